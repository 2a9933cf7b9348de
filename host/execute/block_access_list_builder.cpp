// SPDX-License-Identifier: Apache-2.0
#include "host/execute/block_access_list_builder.hpp"

#include <algorithm>
#include <utility>

namespace switchyard::execute {
namespace {

/// The code behind `hash`, which one of the changes wrote or the state knows.
BytesView code_of(const Bytes32& hash, const StateChanges& changes, const StateView& before,
                  CodePointer& keep) {
    if (hash == kEmptyCodeHash) return {};
    const auto written = std::ranges::find(changes.codes, hash, &CodeChange::hash);
    keep = written != changes.codes.end() ? written->code : before.code(hash);
    return keep->bytes();
}

}  // namespace

void BlockAccessListBuilder::begin() {
    accounts_.clear();
    account_index_.clear();
    slots_.clear();
    slot_index_.clear();
    values_.clear();
    balances_.clear();
    nonces_.clear();
    codes_.clear();
}

uint32_t BlockAccessListBuilder::account_position(const Address& address) {
    const uint64_t hash = flat_hash(address, hash_seed_);
    uint32_t i =
        account_index_.find(hash, [&](uint32_t at) { return accounts_[at].address == address; });
    if (i == FlatIndex::kNone) {
        i = static_cast<uint32_t>(accounts_.size());
        accounts_.emplace_back().address = address;
        account_index_.insert(hash, i);
    }
    return i;
}

uint32_t BlockAccessListBuilder::slot_position(uint32_t account, const Uint256& key) {
    const uint64_t hash = flat_hash(key, hash_seed_ + account);
    uint32_t i = slot_index_.find(
        hash, [&](uint32_t at) { return slots_[at].account == account && slots_[at].key == key; });
    if (i == FlatIndex::kNone) {
        i = static_cast<uint32_t>(slots_.size());
        SlotEntry& slot = slots_.emplace_back();
        slot.key = key;
        slot.account = account;
        slot.next = std::exchange(accounts_[account].first_slot, i);
        slot_index_.insert(hash, i);
    }
    return i;
}

template <typename Value>
void BlockAccessListBuilder::append(std::vector<Event<Value>>& events, Chain& chain, uint32_t index,
                                    Value value) {
    if (chain.last != FlatIndex::kNone && events[chain.last].index == index) {
        events[chain.last].value = std::move(value);
        return;
    }
    const auto position = static_cast<uint32_t>(events.size());
    events.push_back({index, FlatIndex::kNone, std::move(value)});
    if (chain.last == FlatIndex::kNone)
        chain.first = position;
    else
        events[chain.last].next = position;
    chain.last = position;
}

void BlockAccessListBuilder::add(uint32_t index, const StateChanges& changes,
                                 const StateView& before) {
    for (const AccessSet::Account& accessed : changes.accesses.accounts) {
        const uint32_t account = account_position(accessed.address);
        for (const Uint256& key : changes.accesses.slots_of(accessed))
            slot_position(account, key);
    }
    for (const AccountChange& change : changes.accounts)
        add_account_change(index, change, changes, before);
}

void BlockAccessListBuilder::add_account_change(uint32_t index, const AccountChange& change,
                                                const StateChanges& changes,
                                                const StateView& before) {
    const uint32_t position = account_position(change.address);
    AccountEntry& account = accounts_[position];
    const std::optional<Account> found = before.account(change.address);
    const Account old = found.value_or(Account{});
    const Account now = change.account ? changed_account(found, change) : Account{};
    if (now.balance != old.balance) append(balances_, account.balances, index, now.balance);
    if (now.nonce != old.nonce) append(nonces_, account.nonces, index, now.nonce);
    if (now.code_hash != old.code_hash) {
        CodePointer keep;
        append(codes_, account.codes, index,
               to_bytes(code_of(now.code_hash, changes, before, keep)));
    }
    for (const StorageChange& slot : changes.storage_of(change)) {
        if (before.storage(change.address, slot.key) == slot.value) continue;
        append(values_, slots_[slot_position(position, slot.key)].values, index, slot.value);
    }
}

template <typename Value>
BlockAccessList::Range BlockAccessListBuilder::emit(
    const std::vector<Event<Value>>& events, const Chain& chain,
    std::vector<BlockAccessList::Change<Value>>& out) {
    const auto begin = static_cast<uint32_t>(out.size());
    for (uint32_t i = chain.first; i != FlatIndex::kNone; i = events[i].next)
        out.push_back({events[i].index, events[i].value});
    return {begin, static_cast<uint32_t>(out.size()) - begin};
}

void BlockAccessListBuilder::emit_slots(const AccountEntry& account, std::vector<uint32_t>& scratch,
                                        BlockAccessList& out,
                                        BlockAccessList::Account& entry) const {
    scratch.clear();
    for (uint32_t i = account.first_slot; i != FlatIndex::kNone; i = slots_[i].next)
        scratch.push_back(i);
    std::ranges::sort(scratch, {}, [&](uint32_t i) -> const Uint256& { return slots_[i].key; });
    entry.slots.begin = static_cast<uint32_t>(out.slots.size());
    entry.reads.begin = static_cast<uint32_t>(out.reads.size());
    for (const uint32_t i : scratch) {
        const SlotEntry& slot = slots_[i];
        if (slot.values.first == FlatIndex::kNone)
            out.reads.push_back(slot.key);
        else
            out.slots.push_back({slot.key, emit(values_, slot.values, out.values)});
    }
    entry.slots.count = static_cast<uint32_t>(out.slots.size()) - entry.slots.begin;
    entry.reads.count = static_cast<uint32_t>(out.reads.size()) - entry.reads.begin;
}

BlockAccessList BlockAccessListBuilder::build() const {
    std::vector<uint32_t> order(accounts_.size());
    for (uint32_t i = 0; i < order.size(); ++i)
        order[i] = i;
    std::ranges::sort(order, {},
                      [&](uint32_t i) -> const Address& { return accounts_[i].address; });
    BlockAccessList out;
    out.accounts.reserve(accounts_.size());
    out.values.reserve(values_.size());
    out.balances.reserve(balances_.size());
    out.nonces.reserve(nonces_.size());
    out.codes.reserve(codes_.size());
    std::vector<uint32_t> scratch;
    for (const uint32_t i : order) {
        const AccountEntry& account = accounts_[i];
        BlockAccessList::Account& entry = out.accounts.emplace_back();
        entry.address = account.address;
        emit_slots(account, scratch, out, entry);
        entry.balances = emit(balances_, account.balances, out.balances);
        entry.nonces = emit(nonces_, account.nonces, out.nonces);
        entry.codes = emit(codes_, account.codes, out.codes);
    }
    return out;
}

}  // namespace switchyard::execute
