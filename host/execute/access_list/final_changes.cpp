// SPDX-License-Identifier: Apache-2.0
#include "host/execute/access_list/final_changes.hpp"

#include "host/execute/access_list/list_shape.hpp"

namespace switchyard::execute {

StateChanges final_changes(const AccessListState& state) {
    const BlockAccessList& list = state.list();
    StateChanges out;
    out.accounts.reserve(list.accounts.size());
    out.storage.reserve(list.slots.size());
    for (uint32_t i = 0; i < list.accounts.size(); ++i) {
        const BlockAccessList::Account& account = list.accounts[i];
        AccountChange change;
        change.storage_begin = static_cast<uint32_t>(out.storage.size());
        for (uint32_t slot = account.slots.begin; slot < account.slots.begin + account.slots.count;
             ++slot) {
            const Uint256& value = list.of(list.values, list.slots[slot].values).back().value;
            if (value != state.parent_storage(slot))
                out.storage.push_back({list.slots[slot].key, value});
        }
        change.storage_count = static_cast<uint32_t>(out.storage.size()) - change.storage_begin;
        const bool has_entries =
            account.balances.count + account.nonces.count + account.codes.count != 0;
        if (!has_entries && change.storage_count == 0) continue;
        change.account = state.account_before(i, UINT32_MAX);
        if (change.storage_count == 0 && change.account == state.parent_account(i)) continue;
        change.address = account.address;
        out.accounts.push_back(change);
    }
    out.codes = state.codes();
    return out;
}

Result<StateChanges> final_changes(const BlockAccessList& list, uint32_t last_index,
                                   const StateView& parent) {
    if (const auto shape = check_list_shape(list, last_index); !shape) return shape.error();
    AccessListState state;
    state.begin(list, parent);
    for (uint32_t job = 0; job < state.job_count(); ++job)
        state.run_job(job);
    return final_changes(state);
}

}  // namespace switchyard::execute
