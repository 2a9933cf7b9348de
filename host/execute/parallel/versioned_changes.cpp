// SPDX-License-Identifier: Apache-2.0
// The net effect of a block out of its versions: each worker sorts the cells that it made, and
// then each merges an equal range of the whole.
#include <algorithm>
#include <cstring>
#include <utility>

#include "host/execute/parallel/versioned_state.hpp"

namespace switchyard::execute {
namespace {

/// Cells that are fetched before their turn comes: in sorted order they lie anywhere.
constexpr size_t kFetchAhead = 8;

uint64_t prefix_of(const Address& address) {
    uint64_t out = 0;
    std::memcpy(&out, address.data(), sizeof(out));
    return __builtin_bswap64(out);
}

template <typename Cell>
void prefetch(const Cell* cell) {
    for (size_t at = 0; at < sizeof(Cell); at += 64)
        __builtin_prefetch(reinterpret_cast<const char*>(cell) + at);
}

/// The lists of all workers.
template <typename Workers, typename Member>
auto lists_of(const Workers& workers, Member member) {
    std::vector<const std::remove_reference_t<decltype(workers.front().*member)>*> out;
    for (const auto& worker : workers)
        out.push_back(&(worker.*member));
    return out;
}

/// Cuts sorted lists into `ranges` of about the same size, by the elements of the longest.
template <typename List>
void cut(const std::vector<const List*>& lists, uint32_t ranges,
         std::vector<std::vector<size_t>>& cuts) {
    cuts.resize(ranges + 1);
    const List& longest =
        **std::ranges::max_element(lists, {}, [](const List* list) { return list->size(); });
    for (uint32_t range = 0; range <= ranges; ++range) {
        cuts[range].clear();
        for (const List* list : lists) {
            size_t at = range == 0 ? 0 : list->size();
            if (range != 0 && range != ranges && !longest.empty()) {
                const auto& pivot = longest[longest.size() * range / ranges];
                at = static_cast<size_t>(std::ranges::lower_bound(*list, pivot, std::less<>{}) -
                                         list->begin());
            }
            cuts[range].push_back(at);
        }
    }
}

size_t total(const std::vector<size_t>& ends) {
    size_t out = 0;
    for (const size_t end : ends)
        out += end;
    return out;
}

/// Visits what lies between two cuts in ascending order.
template <typename List, typename Visit>
void merge(const std::vector<const List*>& lists, const std::vector<size_t>& from,
           const std::vector<size_t>& to, Visit visit) {
    std::vector<size_t> at = from;
    for (;;) {
        size_t least = lists.size();
        for (size_t w = 0; w < lists.size(); ++w)
            if (at[w] != to[w] &&
                (least == lists.size() || (*lists[w])[at[w]] < (*lists[least])[at[least]]))
                least = w;
        if (least == lists.size()) return;
        const List& list = *lists[least];
        if (at[least] + kFetchAhead < to[least]) prefetch(list[at[least] + kFetchAhead].cell);
        visit(list[at[least]++]);
    }
}

}  // namespace

bool VersionedState::SlotPosition::operator<(const SlotPosition& other) const {
    if (address_prefix != other.address_prefix) return address_prefix < other.address_prefix;
    if (owner != other.owner) return owner->address < other.owner->address;
    if (key_prefix != other.key_prefix) return key_prefix < other.key_prefix;
    return cell->key < other.cell->key;
}

bool VersionedState::AccountPosition::operator<(const AccountPosition& other) const {
    return prefix != other.prefix ? prefix < other.prefix : cell->address < other.cell->address;
}

void VersionedState::sort_part(uint32_t part) {
    Worker& worker = workers_[part];
    worker.sorted_slots.clear();
    for (const SlotCell* cell : worker.slots) {
        if (!cell->written.load(std::memory_order_relaxed)) continue;
        const AccountCell& owner = *cell->owner;
        const bool gone = owner.storage_gone.load(std::memory_order_relaxed);
        if (cell->settled.load() != (gone ? Uint256{} : cell->base))
            worker.sorted_slots.push_back(
                {prefix_of(owner.address), cell->key.limb[3], &owner, cell});
    }
    std::ranges::sort(worker.sorted_slots, std::less<>{});

    worker.sorted_accounts.clear();
    for (const AccountCell* cell : worker.accounts)
        if (cell->settled.load() != cell->base || cell->has_slots.load(std::memory_order_relaxed) ||
            cell->storage_gone.load(std::memory_order_relaxed))
            worker.sorted_accounts.push_back({prefix_of(cell->address), cell});
    std::ranges::sort(worker.sorted_accounts, std::less<>{});
}

void VersionedState::begin_changes(uint32_t ranges, StateChanges& out) {
    out.clear();
    cut(lists_of(workers_, &Worker::sorted_slots), ranges, slot_cuts_);
    cut(lists_of(workers_, &Worker::sorted_accounts), ranges, account_cuts_);
    unchanged_.resize(std::max<size_t>(unchanged_.size(), ranges));
    for (auto& each : unchanged_)
        each.clear();
    out.storage.resize(total(slot_cuts_[ranges]));
    out.accounts.resize(total(account_cuts_[ranges]));
}

void VersionedState::write_changes(uint32_t range, StateChanges& out) {
    write_slots(range, out);
    write_accounts(range, out);
}

void VersionedState::write_slots(uint32_t range, StateChanges& out) const {
    StorageChange* to = out.storage.data() + total(slot_cuts_[range]);
    merge(lists_of(workers_, &Worker::sorted_slots), slot_cuts_[range], slot_cuts_[range + 1],
          [&to](const SlotPosition& position) {
              *to++ = {position.cell->key, position.cell->settled.load()};
          });
}

/// Changed slots of the accounts before `cell` in the order of addresses.
size_t VersionedState::slots_up_to(const AccountCell& cell, bool and_its_own) const {
    const uint64_t prefix = prefix_of(cell.address);
    size_t out = 0;
    for (const Worker& worker : workers_) {
        const auto is_before = [&](const SlotPosition& slot) {
            if (slot.address_prefix != prefix) return slot.address_prefix < prefix;
            if (slot.owner == &cell) return and_its_own;
            return slot.owner->address < cell.address;
        };
        out += static_cast<size_t>(std::ranges::partition_point(worker.sorted_slots, is_before) -
                                   worker.sorted_slots.begin());
    }
    return out;
}

void VersionedState::write_accounts(uint32_t range, StateChanges& out) {
    const size_t first = total(account_cuts_[range]);
    size_t at = first;
    size_t slots = 0;
    merge(lists_of(workers_, &Worker::sorted_accounts), account_cuts_[range],
          account_cuts_[range + 1], [&](const AccountPosition& position) {
              const AccountCell& cell = *position.cell;
              const AccountValue now = cell.settled.load();
              if (at == first) slots = slots_up_to(cell, false);
              AccountChange& change = out.accounts[at++];
              change.address = cell.address;
              change.account = now.optional();
              change.storage_cleared = cell.storage_gone.load(std::memory_order_relaxed) &&
                                       base_->has_storage(cell.address);
              change.storage_begin = static_cast<uint32_t>(slots);
              if (cell.has_slots.load(std::memory_order_relaxed)) slots = slots_up_to(cell, true);
              change.storage_count = static_cast<uint32_t>(slots) - change.storage_begin;
              if (change.storage_count == 0 && !change.storage_cleared && now == cell.base)
                  unchanged_[range].push_back(at - 1);
          });
}

void VersionedState::end_changes(StateChanges& out) {
    // Ascending over all ranges: each that is left moves up by those before it that are not.
    size_t gaps = 0;
    size_t moved = 0;
    const auto close_up = [&](size_t end) {
        if (gaps != 0)
            std::move(out.accounts.begin() + static_cast<ptrdiff_t>(moved),
                      out.accounts.begin() + static_cast<ptrdiff_t>(end),
                      out.accounts.begin() + static_cast<ptrdiff_t>(moved - gaps));
    };
    for (const auto& range : unchanged_)
        for (const size_t unchanged : range) {
            close_up(unchanged);
            moved = unchanged + 1;
            ++gaps;
        }
    close_up(out.accounts.size());
    out.accounts.resize(out.accounts.size() - gaps);

    for (const auto& [hash, code] : settled_codes_)
        out.codes.push_back({hash, code});
    std::ranges::sort(out.codes, {}, &CodeChange::hash);
}

}  // namespace switchyard::execute
