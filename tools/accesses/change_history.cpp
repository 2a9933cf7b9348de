// SPDX-License-Identifier: Apache-2.0
#include "tools/accesses/change_history.hpp"

namespace switchyard::accesses {

void ChangeHistory::add(uint32_t transaction, const StateChanges& changes,
                        const StateView& before) {
    for (const AccountChange& change : changes.accounts) {
        const std::optional<Account> was = before.account(change.address);
        const bool deleted = !change.account;
        const bool balance_kept =
            !deleted && change.balance_is_delta && change.account->balance.is_zero();
        if (!balance_kept)
            balances_[change.address].push_back(
                {transaction, deleted || !change.balance_is_delta, was});
        // A credit is no change of identity, except that it may make the account exist.
        const bool exists_by_it = !was || was->is_empty();
        if (deleted || change.nonce_written || change.code_written || exists_by_it)
            identities_[change.address].push_back(
                {transaction, deleted || (change.nonce_written && change.code_written), was});
        if (deleted || change.storage_cleared) cleared_[change.address] = transaction;
        const auto slots = changes.storage_of(change);
        for (size_t i = 0; i < slots.size(); ++i) {
            const Uint256 old =
                change.storage_cleared ? Uint256{} : before.storage(change.address, slots[i].key);
            if (change.storage_cleared || change.is_added(i) || old != slots[i].value)
                slots_[{change.address, slots[i].key}].push_back(
                    {transaction, !change.is_added(i), old});
        }
    }
}

std::optional<uint32_t> ChangeHistory::who_cleared(const Address& address) const {
    const auto found = cleared_.find(address);
    if (found == cleared_.end()) return std::nullopt;
    return found->second;
}

}  // namespace switchyard::accesses
