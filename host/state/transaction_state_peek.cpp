// SPDX-License-Identifier: Apache-2.0
// Questions that leave no trace: neither in the reads nor in the accesses of the transaction.
#include "host/state/transaction_state.hpp"

namespace switchyard {

std::optional<Account> TransactionState::peek_account(const Address& address) const {
    std::optional<Account> out = view_->account(address);
    const uint32_t i = find_account(address);
    if (i == FlatIndex::kNone) return out;
    const AccountEntry& entry = accounts_[i];
    if (!out && !entry.touched) return std::nullopt;
    if (!out) out.emplace();
    out->balance += entry.balance_delta;
    if (entry.nonce_written) out->nonce = entry.nonce;
    if (entry.code != FlatIndex::kNone) out->code_hash = new_codes_[entry.code].hash;
    return out;
}

CodePointer TransactionState::peek_code(const Address& address) const {
    const uint32_t i = find_account(address);
    if (i != FlatIndex::kNone && accounts_[i].code != FlatIndex::kNone)
        return new_codes_[accounts_[i].code].code;
    const std::optional<Account> account = view_->account(address);
    return account && account->has_code() ? view_->code(account->code_hash) : empty_code();
}

Uint256 TransactionState::peek_storage(const Address& address, const Uint256& key) const {
    const uint32_t account = find_account(address);
    if (account == FlatIndex::kNone) return view_->storage(address, key);
    const uint32_t i = find_slot(account, key);
    if (accounts_[account].created)
        return i != FlatIndex::kNone && slots_[i].in_created ? slots_[i].value : Uint256{};
    if (i == FlatIndex::kNone || !slots_[i].loaded) return view_->storage(address, key);
    return slots_[i].value;
}

Uint256 TransactionState::peek_original_storage(const Address& address, const Uint256& key) const {
    const uint32_t account = find_account(address);
    if (account != FlatIndex::kNone && accounts_[account].created) return {};
    return view_->storage(address, key);
}

}  // namespace switchyard
