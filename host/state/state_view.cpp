// SPDX-License-Identifier: Apache-2.0
#include "host/state/state_view.hpp"

#include "host/core/assert.hpp"

#include <algorithm>

namespace switchyard {
namespace {

constexpr Account kAbsent{};

bool is_dead(const std::optional<Account>& account) {
    return !account || account->is_empty();
}

}  // namespace

const AccountChange* StateChanges::find(const Address& address) const {
    const auto found = std::find_if(accounts.begin(), accounts.end(),
                                    [&](const auto& change) { return change.address == address; });
    return found == accounts.end() ? nullptr : &*found;
}

bool ReadSet::AccountRead::holds(const std::optional<Account>& now) const {
    const Account& then_value = account ? *account : kAbsent;
    const Account& now_value = now ? *now : kAbsent;
    if (depends_on(AccountField::Balance) && then_value.balance != now_value.balance) return false;
    if (depends_on(AccountField::BalanceAtLeast)) {
        // From 2^255 on the sums of a transaction might wrap; nobody has as much.
        const bool is_real = (now_value.balance.limb[3] >> 63) == 0;
        if (is_real ? now_value.balance < balance_at_least
                    : now_value.balance != then_value.balance)
            return false;
    }
    if (depends_on(AccountField::Nonce) && then_value.nonce != now_value.nonce) return false;
    if (depends_on(AccountField::CodeHash) && then_value.code_hash != now_value.code_hash)
        return false;
    return !depends_on(AccountField::Existence) ||
           (account.has_value() == now.has_value() && is_dead(account) == is_dead(now));
}

bool reads_hold(const ReadSet& reads, const StateView& view) {
    for (const ReadSet::AccountRead& read : reads.accounts) {
        if (read.fields == 0) continue;
        if (!read.holds(view.account(read.address))) return false;
        if (read.depends_on(AccountField::HasStorage) &&
            read.has_storage != view.has_storage(read.address))
            return false;
    }
    return std::all_of(reads.storage.begin(), reads.storage.end(), [&](const auto& read) {
        return reads.holds(read, view.storage(read.address, read.key));
    });
}

Account changed_account(const std::optional<Account>& before, const AccountChange& change) {
    SWITCHYARD_ASSERT(change.account.has_value());
    Account after = before.value_or(kAbsent);
    if (change.balance_is_delta)
        after.balance += change.account->balance;
    else
        after.balance = change.account->balance;
    if (change.nonce_written) after.nonce = change.account->nonce;
    if (change.code_written) after.code_hash = change.account->code_hash;
    return after;
}

}  // namespace switchyard
