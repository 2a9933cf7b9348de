// SPDX-License-Identifier: Apache-2.0
#include "host/state/store/trie_catch_up.hpp"

#include <algorithm>

namespace switchyard {

void TrieCatchUp::add(const StateChanges& changes) {
    for (const AccountChange& change : changes.accounts) {
        Touched& touched = touched_[change.address];
        touched.whole_storage |= !change.account || change.storage_cleared;
        for (const StorageChange& slot : changes.storage_of(change))
            touched.slots[slot.key] = true;
    }
}

StateChanges TrieCatchUp::changes(const flat::EnumerableView& now) const {
    std::vector<const FlatMap<Address, Touched>::Entry*> order;
    order.reserve(touched_.size());
    for (const auto& entry : touched_.entries())
        order.push_back(&entry);
    std::sort(order.begin(), order.end(),
              [](const auto* a, const auto* b) { return a->key < b->key; });
    StateChanges out;
    out.accounts.reserve(order.size());
    for (const auto* entry : order) {
        const auto& [address, touched] = *entry;
        AccountChange change;
        change.address = address;
        change.account = now.account(address);
        change.storage_begin = static_cast<uint32_t>(out.storage.size());
        if (change.account && touched.whole_storage) {
            change.storage_cleared = true;
            now.for_each_slot(address, [&](const Uint256& key, const Uint256& value) {
                out.storage.push_back({key, value});
                return true;
            });
        } else if (change.account) {
            for (const auto& [key, unused] : touched.slots.entries())
                out.storage.push_back({key, now.storage(address, key)});
        }
        std::sort(out.storage.begin() + change.storage_begin, out.storage.end(),
                  [](const StorageChange& a, const StorageChange& b) { return a.key < b.key; });
        change.storage_count = static_cast<uint32_t>(out.storage.size()) - change.storage_begin;
        out.accounts.push_back(std::move(change));
    }
    return out;
}

}  // namespace switchyard
