// SPDX-License-Identifier: Apache-2.0
#include "host/state/flat/overlay.hpp"

#include <algorithm>

namespace switchyard::flat {

void Overlay::apply(const StateChanges& changes) {
    for (const CodeChange& change : changes.codes) {
        if (codes_.find(change.hash) != nullptr) continue;
        codes_[change.hash] = change.code;
        code_bytes_ += memory_bytes(*change.code);
    }
    for (const AccountChange& change : changes.accounts) {
        AccountEntry& entry = accounts_[change.address];
        SWITCHYARD_ASSERT(!change.account || (!change.balance_is_delta && change.nonce_written &&
                                              change.code_written));
        entry.account = change.account;
        slot_bytes_ -= entry.slots.memory_bytes();
        slot_count_ -= entry.slots.size();
        if (!change.account || change.storage_cleared) {
            entry.storage_cleared = true;
            entry.slots.clear();
        }
        if (change.account) {
            for (const StorageChange& slot : changes.storage_of(change))
                entry.slots[slot.key] = slot.value;
        }
        slot_bytes_ += entry.slots.memory_bytes();
        slot_count_ += entry.slots.size();
    }
}

std::optional<Uint256> Overlay::slot(const Address& address, const Uint256& key) const {
    const AccountEntry* entry = accounts_.find(address);
    if (entry == nullptr) return std::nullopt;
    const Uint256* value = entry->slots.find(key);
    if (value != nullptr) return *value;
    if (entry->storage_cleared) return Uint256{};
    return std::nullopt;
}

StateChanges Overlay::changes() const {
    using Entry = FlatMap<Address, AccountEntry>::Entry;
    std::vector<const Entry*> sorted;
    sorted.reserve(accounts_.size());
    for (const Entry& entry : accounts_.entries())
        sorted.push_back(&entry);
    std::sort(sorted.begin(), sorted.end(),
              [](const Entry* a, const Entry* b) { return a->key < b->key; });

    StateChanges out;
    out.accounts.reserve(accounts_.size());
    out.storage.reserve(slot_count_);
    for (const Entry* entry : sorted) {
        AccountChange change;
        change.address = entry->key;
        change.account = entry->value.account;
        change.storage_cleared = entry->value.storage_cleared;
        change.storage_begin = static_cast<uint32_t>(out.storage.size());
        for (const auto& [key, value] : entry->value.slots.entries())
            if (!change.storage_cleared || !value.is_zero()) out.storage.push_back({key, value});
        change.storage_count = static_cast<uint32_t>(out.storage.size()) - change.storage_begin;
        std::sort(out.storage.begin() + change.storage_begin, out.storage.end(),
                  [](const auto& a, const auto& b) { return a.key < b.key; });
        out.accounts.push_back(std::move(change));
    }
    for (const auto& [hash, code] : codes_.entries())
        out.codes.push_back({hash, code});
    std::sort(out.codes.begin(), out.codes.end(),
              [](const auto& a, const auto& b) { return a.hash < b.hash; });
    return out;
}

size_t memory_bytes(const Code& code) {
    return sizeof(Code) + code.size() + code.size() / 8 + 64;
}

size_t memory_bytes(const StateChanges& changes) {
    return sizeof(StateChanges) + changes.accounts.capacity() * sizeof(AccountChange) +
           changes.storage.capacity() * sizeof(StorageChange) +
           changes.codes.capacity() * sizeof(CodeChange);
}

}  // namespace switchyard::flat
