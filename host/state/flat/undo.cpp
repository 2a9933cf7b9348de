// SPDX-License-Identifier: Apache-2.0
#include "host/state/flat/undo.hpp"

#include <algorithm>

#include "host/state/flat/overlay.hpp"

namespace switchyard::flat {
namespace {

size_t bytes_of(const CheckpointBlock& block) {
    return sizeof(CheckpointBlock) + (block.undo == nullptr ? 0 : memory_bytes(*block.undo));
}

void sort_by_key(std::vector<StorageChange>& slots, uint32_t begin) {
    std::sort(slots.begin() + begin, slots.end(),
              [](const auto& a, const auto& b) { return a.key < b.key; });
}

}  // namespace

std::shared_ptr<const StateChanges> undo_of(const StateChanges& changes,
                                            const EnumerableView& before, size_t bytes_max) {
    auto out = std::make_shared<StateChanges>();
    out->accounts.reserve(changes.accounts.size());
    out->storage.reserve(changes.storage.size());
    const size_t slots_max = bytes_max / sizeof(StorageChange);
    for (const AccountChange& change : changes.accounts) {
        AccountChange undo;
        undo.address = change.address;
        undo.account = before.account(change.address);
        undo.storage_begin = static_cast<uint32_t>(out->storage.size());
        const bool storage_dropped = !change.account || change.storage_cleared;
        if (undo.account && storage_dropped) {
            undo.storage_cleared = true;
            before.for_each_slot(change.address, [&](const Uint256& key, const Uint256& value) {
                out->storage.push_back({key, value});
                return out->storage.size() <= slots_max;
            });
            sort_by_key(out->storage, undo.storage_begin);
        } else if (undo.account) {
            for (const StorageChange& slot : changes.storage_of(change))
                out->storage.push_back({slot.key, before.storage(change.address, slot.key)});
        }
        if (out->storage.size() > slots_max) return nullptr;
        undo.storage_count = static_cast<uint32_t>(out->storage.size()) - undo.storage_begin;
        out->accounts.push_back(std::move(undo));
    }
    return out;
}

const AccountChange* find_sorted(const StateChanges& changes, const Address& address) {
    const auto found = std::lower_bound(
        changes.accounts.begin(), changes.accounts.end(), address,
        [](const AccountChange& change, const Address& a) { return change.address < a; });
    return found == changes.accounts.end() || found->address != address ? nullptr : &*found;
}

std::optional<Uint256> find_slot_sorted(const StateChanges& undo, const Address& address,
                                        const Uint256& key) {
    const AccountChange* change = find_sorted(undo, address);
    if (change == nullptr) return std::nullopt;
    const auto slots = undo.storage_of(*change);
    const auto found =
        std::lower_bound(slots.begin(), slots.end(), key,
                         [](const StorageChange& slot, const Uint256& k) { return slot.key < k; });
    if (found != slots.end() && found->key == key) return found->value;
    if (!change->account || change->storage_cleared) return Uint256{};
    return std::nullopt;
}

void UndoHistory::push(CheckpointBlock block) {
    waiting_bytes_ += bytes_of(block);
    ++waiting_;
    blocks_.push_back(std::move(block));
}

void UndoHistory::stored_up_to(uint64_t number, size_t bytes_max, uint64_t blocks_max) {
    while (waiting_ > 0) {
        const CheckpointBlock& block = blocks_[blocks_.size() - waiting_];
        if (block.block.number > number) break;
        waiting_bytes_ -= bytes_of(block);
        stored_bytes_ += bytes_of(block);
        --waiting_;
    }
    while (blocks_.size() > waiting_ &&
           (stored_bytes_ > bytes_max || blocks_.size() - waiting_ > blocks_max)) {
        stored_bytes_ -= bytes_of(blocks_.front());
        blocks_.pop_front();
    }
}

void UndoHistory::clear() {
    blocks_.clear();
    waiting_ = 0;
    waiting_bytes_ = 0;
    stored_bytes_ = 0;
}

}  // namespace switchyard::flat
