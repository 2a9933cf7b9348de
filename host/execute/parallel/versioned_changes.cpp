// SPDX-License-Identifier: Apache-2.0
// The net effect of a block out of its versions.
#include <algorithm>
#include <cstring>
#include <functional>
#include <iterator>
#include <utility>

#include "host/execute/parallel/versioned_state.hpp"

namespace switchyard::execute {
namespace {

uint64_t prefix_of(const Address& address) {
    uint64_t out = 0;
    std::memcpy(&out, address.data(), sizeof(out));
    return __builtin_bswap64(out);
}

/// Merges sorted parts two by two. The parts are used up.
template <typename T, typename Less>
std::vector<T> merge_all(std::vector<std::vector<T>> parts, Less less) {
    while (parts.size() > 1) {
        std::vector<std::vector<T>> merged;
        for (size_t i = 0; i < parts.size(); i += 2) {
            if (i + 1 == parts.size() || parts[i + 1].empty()) {
                merged.push_back(std::move(parts[i]));
                continue;
            }
            auto& out = merged.emplace_back();
            out.reserve(parts[i].size() + parts[i + 1].size());
            std::merge(parts[i].begin(), parts[i].end(), parts[i + 1].begin(), parts[i + 1].end(),
                       std::back_inserter(out), less);
        }
        parts = std::move(merged);
    }
    return parts.empty() ? std::vector<T>{} : std::move(parts.front());
}

}  // namespace

bool VersionedState::SlotPosition::operator<(const SlotPosition& other) const {
    if (address_prefix != other.address_prefix) return address_prefix < other.address_prefix;
    if (owner != other.owner) return owner->address < other.owner->address;
    if (key_prefix != other.key_prefix) return key_prefix < other.key_prefix;
    return cell->key < other.cell->key;
}

void VersionedState::sort_part(uint32_t part) {
    Worker& worker = workers_[part];
    worker.sorted_slots.clear();
    for (const SlotCell* cell : worker.slots)
        if (cell->written.load(std::memory_order_relaxed))
            worker.sorted_slots.push_back(
                {prefix_of(cell->owner->address), cell->key.limb[3], cell->owner, cell});
    std::sort(worker.sorted_slots.begin(), worker.sorted_slots.end());

    std::erase_if(worker.accounts, [](const AccountCell* cell) {
        return cell->settled.load() == cell->base &&
               !cell->has_slots.load(std::memory_order_relaxed) &&
               !cell->storage_gone.load(std::memory_order_relaxed);
    });
    std::sort(worker.accounts.begin(), worker.accounts.end(),
              [](const AccountCell* a, const AccountCell* b) { return a->address < b->address; });
}

void VersionedState::append_change(const AccountCell& cell, std::span<const SlotPosition> slots,
                                   StateChanges& out) const {
    const bool gone = cell.storage_gone.load(std::memory_order_relaxed);
    const AccountValue now = cell.settled.load();
    if (slots.empty() && !gone && now == cell.base) return;
    AccountChange& change = out.accounts.emplace_back();
    change.address = cell.address;
    change.account = now.optional();
    change.storage_cleared = gone && base_->has_storage(cell.address);
    change.storage_begin = static_cast<uint32_t>(out.storage.size());
    for (const SlotPosition& slot : slots) {
        const Uint256 before = gone ? Uint256{} : slot.cell->base;
        const Uint256 after = slot.cell->settled.load();
        if (after != before) out.storage.push_back({slot.cell->key, after});
    }
    change.storage_count = static_cast<uint32_t>(out.storage.size()) - change.storage_begin;
    if (change.storage_count == 0 && !change.storage_cleared && now == cell.base)
        out.accounts.pop_back();
}

void VersionedState::changes(StateChanges& out) {
    out.clear();
    std::vector<std::vector<AccountCell*>> account_parts;
    std::vector<std::vector<SlotPosition>> slot_parts;
    for (const Worker& worker : workers_) {
        account_parts.push_back(worker.accounts);
        slot_parts.push_back(worker.sorted_slots);
    }
    const auto accounts = merge_all(
        std::move(account_parts),
        [](const AccountCell* a, const AccountCell* b) { return a->address < b->address; });
    const auto slots = merge_all(std::move(slot_parts), std::less<SlotPosition>{});
    out.accounts.reserve(accounts.size());
    out.storage.reserve(slots.size());
    size_t next = 0;
    for (const AccountCell* cell : accounts) {
        const size_t begin = next;
        while (next < slots.size() && slots[next].owner == cell)
            ++next;
        append_change(*cell, std::span<const SlotPosition>(slots).subspan(begin, next - begin),
                      out);
    }
    for (const auto& [hash, code] : settled_codes_)
        out.codes.push_back({hash, code});
    std::sort(out.codes.begin(), out.codes.end(),
              [](const auto& a, const auto& b) { return a.hash < b.hash; });
}

}  // namespace switchyard::execute
