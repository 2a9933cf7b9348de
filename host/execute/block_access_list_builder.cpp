// SPDX-License-Identifier: Apache-2.0
#include "host/execute/block_access_list_builder.hpp"

#include <algorithm>
#include <numeric>
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
void BlockAccessListBuilder::append(std::vector<Event<Value>>& events, Chain& chain, uint32_t owner,
                                    uint32_t index, Value value) {
    if (chain.count != 0 && chain.last_index == index) {
        events[chain.last].value = std::move(value);
        return;
    }
    ++chain.count;
    chain.last = static_cast<uint32_t>(events.size());
    chain.last_index = index;
    events.push_back({owner, index, std::move(value)});
}

void BlockAccessListBuilder::add(uint32_t index, const StateChanges& changes,
                                 const StateView& before) {
    // What changed was accessed, and stands in the same order: one walk over both finds each
    // account and slot once.
    auto change = changes.accounts.begin();
    for (const AccessSet::Account& accessed : changes.accesses.accounts) {
        const uint32_t account = account_position(accessed.address);
        accessed_.clear();
        for (const Uint256& key : changes.accesses.slots_of(accessed))
            accessed_.push_back(slot_position(account, key));
        if (change != changes.accounts.end() && change->address == accessed.address)
            add_account_change(index, account, *change++, changes, before);
    }
    accessed_.clear();
    for (; change != changes.accounts.end(); ++change)
        add_account_change(index, account_position(change->address), *change, changes, before);
}

void BlockAccessListBuilder::add_account_change(uint32_t index, uint32_t position,
                                                const AccountChange& change,
                                                const StateChanges& changes,
                                                const StateView& before) {
    AccountEntry& account = accounts_[position];
    if (!account.current) account.current = before.account(change.address).value_or(Account{});
    const Account now = change.account ? changed_account(account.current, change) : Account{};
    if (now.balance != account.current->balance)
        append(balances_, account.balances, position, index, now.balance);
    if (now.nonce != account.current->nonce)
        append(nonces_, account.nonces, position, index, now.nonce);
    if (now.code_hash != account.current->code_hash) {
        CodePointer keep;
        append(codes_, account.codes, position, index,
               to_bytes(code_of(now.code_hash, changes, before, keep)));
    }
    account.current = now;
    add_slot_changes(index, position, change, changes, before);
}

void BlockAccessListBuilder::add_slot_changes(uint32_t index, uint32_t position,
                                              const AccountChange& change,
                                              const StateChanges& changes,
                                              const StateView& before) {
    if (!change.account || change.storage_cleared) {
        // A contract that was made or that ended where it was made (EIP-6780): nothing stood in its
        // slots before (EIP-7610).
        for (uint32_t i = accounts_[position].first_slot; i != FlatIndex::kNone; i = slots_[i].next)
            slots_[i].set_current({});
    }
    auto accessed = accessed_.begin();
    const auto slots = changes.storage_of(change);
    for (size_t i = 0; i < slots.size(); ++i) {
        const StorageChange& slot = slots[i];
        while (accessed != accessed_.end() && slots_[*accessed].key != slot.key)
            ++accessed;
        const uint32_t at =
            accessed != accessed_.end() ? *accessed : slot_position(position, slot.key);
        SlotEntry& entry = slots_[at];
        const Uint256 old = entry.known ? entry.current : before.storage(change.address, slot.key);
        const Uint256 now = change.is_added(i) ? old + slot.value : slot.value;
        if (now != old) append(values_, entry.values, at, index, now);
        entry.set_current(now);
    }
}

void BlockAccessListBuilder::lay_out_slots(const AccountEntry& account,
                                           std::vector<uint32_t>& scratch,
                                           std::vector<uint32_t>& places, BlockAccessList& out,
                                           BlockAccessList::Account& entry) const {
    scratch.clear();
    for (uint32_t i = account.first_slot; i != FlatIndex::kNone; i = slots_[i].next)
        scratch.push_back(i);
    std::ranges::sort(scratch, {}, [&](uint32_t i) -> const Uint256& { return slots_[i].key; });
    entry.slots.begin = static_cast<uint32_t>(out.slots.size());
    entry.reads.begin = static_cast<uint32_t>(out.reads.size());
    for (const uint32_t i : scratch) {
        const SlotEntry& slot = slots_[i];
        if (slot.values.count == 0) {
            out.reads.push_back(slot.key);
            continue;
        }
        const BlockAccessList::Range before =
            out.slots.empty() ? BlockAccessList::Range{} : out.slots.back().values;
        out.slots.push_back({slot.key, {before.begin + before.count, slot.values.count}});
        places[i] = out.slots.back().values.begin;
    }
    entry.slots.count = static_cast<uint32_t>(out.slots.size()) - entry.slots.begin;
    entry.reads.count = static_cast<uint32_t>(out.reads.size()) - entry.reads.begin;
}

BlockAccessList BlockAccessListBuilder::build() const {
    std::vector<uint32_t> order(accounts_.size());
    std::iota(order.begin(), order.end(), 0U);
    std::ranges::sort(order, {},
                      [&](uint32_t i) -> const Address& { return accounts_[i].address; });

    // First where everything goes, then the events in the order in which they lie.
    BlockAccessList out;
    out.accounts.reserve(accounts_.size());
    std::vector<uint32_t> balance_places(accounts_.size());
    std::vector<uint32_t> nonce_places(accounts_.size());
    std::vector<uint32_t> code_places(accounts_.size());
    std::vector<uint32_t> value_places(slots_.size());
    std::vector<uint32_t> scratch;
    BlockAccessList::Account end;  // behind what is laid out
    const auto take = [](BlockAccessList::Range& at, uint32_t count, uint32_t& place) {
        place = at.begin;
        const BlockAccessList::Range taken{at.begin, count};
        at.begin += count;
        return taken;
    };
    for (const uint32_t i : order) {
        const AccountEntry& account = accounts_[i];
        BlockAccessList::Account& entry = out.accounts.emplace_back();
        entry.address = account.address;
        lay_out_slots(account, scratch, value_places, out, entry);
        entry.balances = take(end.balances, account.balances.count, balance_places[i]);
        entry.nonces = take(end.nonces, account.nonces.count, nonce_places[i]);
        entry.codes = take(end.codes, account.codes.count, code_places[i]);
    }
    const auto place = [](const auto& events, std::vector<uint32_t>& places, auto& entries) {
        entries.resize(events.size());
        for (const auto& event : events)
            entries[places[event.owner]++] = {event.index, event.value};
    };
    place(values_, value_places, out.values);
    place(balances_, balance_places, out.balances);
    place(nonces_, nonce_places, out.nonces);
    place(codes_, code_places, out.codes);
    return out;
}

}  // namespace switchyard::execute
