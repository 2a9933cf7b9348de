// SPDX-License-Identifier: Apache-2.0
#include "host/execute/parallel/cells.hpp"

namespace switchyard::execute {

AccountEffect AccountEffect::of(const AccountChange& change) {
    AccountEffect out;
    out.clears_storage = change.storage_cleared || !change.account ? 1 : 0;
    if (!change.account) {
        out.deletes = 1;
        return out;
    }
    out.balance = change.account->balance;
    out.nonce = change.account->nonce;
    out.code_hash = change.account->code_hash;
    out.balance_is_delta = change.balance_is_delta ? 1 : 0;
    out.nonce_written = change.nonce_written ? 1 : 0;
    out.code_written = change.code_written ? 1 : 0;
    return out;
}

void AccountEffect::apply_to(AccountValue& value) const {
    if (deletes != 0) {
        value = {};
        return;
    }
    if (balance_is_delta != 0)
        value.account.balance += balance;
    else
        value.account.balance = balance;
    if (nonce_written != 0) value.account.nonce = nonce;
    if (code_written != 0) value.account.code_hash = code_hash;
    value.exists = 1;
}

}  // namespace switchyard::execute
