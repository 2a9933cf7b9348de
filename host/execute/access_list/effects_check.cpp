// SPDX-License-Identifier: Apache-2.0
#include "host/execute/access_list/effects_check.hpp"

#include <algorithm>

namespace switchyard::execute {
namespace {

constexpr Account kAbsent{};

template <typename Value>
void count_entries(const std::vector<BlockAccessList::Change<Value>>& changes,
                   std::vector<uint32_t>& counts) {
    for (const auto& change : changes)
        ++counts[change.index];
}

/// Whether each of a part's entries stands in the list.
template <typename Value>
bool holds_all(const std::vector<BlockAccessList::Change<Value>>& all, BlockAccessList::Range range,
               std::span<const BlockAccessList::Change<Value>> part, uint32_t& matched) {
    for (const auto& change : part) {
        const auto* const entry = entries_around(all, range, change.index).at;
        if (entry == nullptr || entry->value != change.value) return false;
        ++matched;
    }
    return true;
}

}  // namespace

const char* to_string(ListFault fault) {
    switch (fault) {
        case ListFault::None:
            return "none";
        case ListFault::AccountMissing:
            return "an account was accessed that the list does not name";
        case ListFault::SlotMissing:
            return "a slot was accessed that the list does not name";
        case ListFault::WrongEntry:
            return "something changed otherwise than the list says";
        case ListFault::NeverAccessed:
            return "the list names something that was not accessed";
        case ListFault::Unrepresentable:
            return "the state holds what no access list can express";
    }
    return "unknown";
}

void EffectsCheck::Marks::begin(size_t size) {
    if (size > capacity_) {
        bytes_ = std::make_unique<std::atomic<uint8_t>[]>(size);
        capacity_ = size;
    }
    size_ = size;
    for (size_t i = 0; i < size; ++i)
        bytes_[i].store(0, std::memory_order_relaxed);
}

bool EffectsCheck::Marks::all() const {
    for (size_t i = 0; i < size_; ++i)
        if (bytes_[i].load(std::memory_order_relaxed) == 0) return false;
    return true;
}

void EffectsCheck::begin(const AccessListState& state, uint32_t last_index) {
    state_ = &state;
    const BlockAccessList& list = state.list();
    entries_.assign(size_t{last_index} + 1, 0);
    count_entries(list.values, entries_);
    count_entries(list.balances, entries_);
    count_entries(list.nonces, entries_);
    count_entries(list.codes, entries_);
    accounts_.begin(list.accounts.size());
    reads_.begin(list.reads.size());
}

void EffectsCheck::mark_slot(uint32_t slot) {
    // A changed slot has an entry, and every entry finds its change.
    if (!state_->is_changed(slot))
        reads_.set(slot - static_cast<uint32_t>(state_->list().slots.size()));
}

ListFault EffectsCheck::check(uint32_t index, const StateChanges& changes, Scratch& scratch) {
    // What changed was accessed, and stands in the same order (`BlockAccessListBuilder::add`).
    uint32_t matched = 0;
    auto change = changes.accounts.begin();
    for (const AccessSet::Account& accessed : changes.accesses.accounts) {
        const uint32_t account = state_->find_account(accessed.address);
        if (account == FlatIndex::kNone) return ListFault::AccountMissing;
        accounts_.set(account);
        scratch.slots.clear();
        for (const Uint256& key : changes.accesses.slots_of(accessed)) {
            const uint32_t slot = state_->find_slot(account, key);
            if (slot == FlatIndex::kNone) return ListFault::SlotMissing;
            mark_slot(slot);
            scratch.slots.push_back(slot);
        }
        if (change == changes.accounts.end() || change->address != accessed.address) continue;
        const ListFault fault = check_account(index, account, *change++, changes, scratch, matched);
        if (fault != ListFault::None) return fault;
    }
    scratch.slots.clear();
    for (; change != changes.accounts.end(); ++change) {
        const uint32_t account = state_->find_account(change->address);
        if (account == FlatIndex::kNone) return ListFault::AccountMissing;
        accounts_.set(account);
        const ListFault fault = check_account(index, account, *change, changes, scratch, matched);
        if (fault != ListFault::None) return fault;
    }
    return matched == entries_[index] ? ListFault::None : ListFault::WrongEntry;
}

ListFault EffectsCheck::check_account(uint32_t index, uint32_t position,
                                      const AccountChange& change, const StateChanges& changes,
                                      const Scratch& scratch, uint32_t& matched) const {
    const BlockAccessList& list = state_->list();
    const BlockAccessList::Account& account = list.accounts[position];
    const auto balance = entries_around(list.balances, account.balances, index);
    const auto nonce = entries_around(list.nonces, account.nonces, index);
    const auto code = entries_around(list.codes, account.codes, index);
    const std::optional<Account> before =
        state_->account_from(position, balance.before, nonce.before, code.before);
    const Account& old = before ? *before : kAbsent;
    const Account now = change.account ? changed_account(before, change) : kAbsent;
    // A state after Spurious Dragon may still hold empty accounts from before. One that goes, or
    // stays in spite of a change, is not to be seen in a list.
    if (now.is_empty() && (change.account || (before && before->is_empty())))
        return ListFault::Unrepresentable;
    if ((!change.account || change.storage_cleared) && state_->has_storage_before(position, index))
        return ListFault::Unrepresentable;
    if (now.balance != old.balance) {
        if (balance.at == nullptr || balance.at->value != now.balance) return ListFault::WrongEntry;
        ++matched;
    }
    if (now.nonce != old.nonce) {
        if (nonce.at == nullptr || nonce.at->value != now.nonce) return ListFault::WrongEntry;
        ++matched;
    }
    if (now.code_hash != old.code_hash) {
        if (code.at == nullptr ||
            state_->code_hash(static_cast<uint32_t>(code.at - list.codes.data())) != now.code_hash)
            return ListFault::WrongEntry;
        ++matched;
    }
    return change.storage_count == 0
               ? ListFault::None
               : check_slots(index, position, change, changes, scratch, matched);
}

ListFault EffectsCheck::check_slots(uint32_t index, uint32_t position, const AccountChange& change,
                                    const StateChanges& changes, const Scratch& scratch,
                                    uint32_t& matched) const {
    const BlockAccessList& list = state_->list();
    auto accessed = scratch.slots.begin();
    for (const StorageChange& storage : changes.storage_of(change)) {
        while (accessed != scratch.slots.end() && state_->key_of(*accessed) != storage.key)
            ++accessed;
        const uint32_t slot =
            accessed != scratch.slots.end() ? *accessed : state_->find_slot(position, storage.key);
        if (slot == FlatIndex::kNone) return ListFault::SlotMissing;
        if (!state_->is_changed(slot)) {
            if (state_->parent_storage(slot) == storage.value) continue;
            return ListFault::WrongEntry;
        }
        const auto value = entries_around(list.values, list.slots[slot].values, index);
        const Uint256& old =
            value.before != nullptr ? value.before->value : state_->parent_storage(slot);
        if (old == storage.value) continue;
        if (value.at == nullptr || value.at->value != storage.value) return ListFault::WrongEntry;
        ++matched;
    }
    return ListFault::None;
}

ListFault EffectsCheck::check(uint32_t index, const BlockAccessList& part) {
    uint32_t matched = 0;
    for (const BlockAccessList::Account& account : part.accounts) {
        const ListFault fault = check_part_account(part, account, matched);
        if (fault != ListFault::None) return fault;
    }
    return matched == entries_[index] ? ListFault::None : ListFault::WrongEntry;
}

ListFault EffectsCheck::check_part_account(const BlockAccessList& part,
                                           const BlockAccessList::Account& account,
                                           uint32_t& matched) {
    const BlockAccessList& list = state_->list();
    const uint32_t position = state_->find_account(account.address);
    if (position == FlatIndex::kNone) return ListFault::AccountMissing;
    accounts_.set(position);
    const BlockAccessList::Account& entry = list.accounts[position];
    for (const Uint256& key : part.of(part.reads, account.reads)) {
        const uint32_t slot = state_->find_slot(position, key);
        if (slot == FlatIndex::kNone) return ListFault::SlotMissing;
        mark_slot(slot);
    }
    for (const BlockAccessList::Slot& changed : part.of(part.slots, account.slots)) {
        const uint32_t slot = state_->find_slot(position, changed.key);
        if (slot == FlatIndex::kNone) return ListFault::SlotMissing;
        if (!state_->is_changed(slot) || !holds_all(list.values, list.slots[slot].values,
                                                    part.of(part.values, changed.values), matched))
            return ListFault::WrongEntry;
    }
    const bool holds =
        holds_all(list.balances, entry.balances, part.of(part.balances, account.balances),
                  matched) &&
        holds_all(list.nonces, entry.nonces, part.of(part.nonces, account.nonces), matched) &&
        holds_all(list.codes, entry.codes, part.of(part.codes, account.codes), matched);
    return holds ? ListFault::None : ListFault::WrongEntry;
}

ListFault EffectsCheck::whole() const {
    return accounts_.all() && reads_.all() ? ListFault::None : ListFault::NeverAccessed;
}

}  // namespace switchyard::execute
