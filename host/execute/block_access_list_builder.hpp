// SPDX-License-Identifier: Apache-2.0
// Makes a block's access list (EIP-7928) while the block executes.
#pragma once

#include <vector>

#include "host/chain/block_access_list.hpp"
#include "host/state/flat_index.hpp"
#include "host/state/state_view.hpp"

namespace switchyard::execute {

/// Collects what each part of a block accessed and changed, in block order, and puts it into the
/// order of EIP-7928 at the end.
///
/// Everything lies in flat vectors that are used again for the next block: a transaction costs one
/// look-up in a hash table for each account and slot it accessed, and no allocation once the
/// vectors have grown. Not thread-safe; whoever commits transactions owns it.
class BlockAccessListBuilder {
  public:
    /// Forgets the block before.
    void begin();

    /// Adds what happened at `index`: 0 before the transactions, `i + 1` in transaction `i`, and
    /// then the number of transactions plus one. `changes` holds the accesses, and `before` is the
    /// state that they are about to be applied to. A value that ends as it was before is no change.
    /// Indices never descend; several additions at one index are one entry with the last value.
    void add(uint32_t index, const StateChanges& changes, const StateView& before);

    /// The list of everything added since `begin`.
    [[nodiscard]] BlockAccessList build() const;

  private:
    /// Entries of one account or slot form a list through `next`, in the order of their indices.
    struct Chain {
        uint32_t first = FlatIndex::kNone;
        uint32_t last = FlatIndex::kNone;
    };
    template <typename Value>
    struct Event {
        uint32_t index = 0;
        uint32_t next = FlatIndex::kNone;
        Value value{};
    };
    struct AccountEntry {
        Address address;
        uint32_t first_slot = FlatIndex::kNone;  ///< list through `SlotEntry::next`
        Chain balances;
        Chain nonces;
        Chain codes;
    };
    struct SlotEntry {
        Uint256 key;
        uint32_t account = 0;
        uint32_t next = FlatIndex::kNone;
        Chain values;
    };

    uint32_t account_position(const Address& address);
    uint32_t slot_position(uint32_t account, const Uint256& key);
    void add_account_change(uint32_t index, const AccountChange& change,
                            const StateChanges& changes, const StateView& before);
    template <typename Value>
    static void append(std::vector<Event<Value>>& events, Chain& chain, uint32_t index,
                       Value value);
    template <typename Value>
    static BlockAccessList::Range emit(const std::vector<Event<Value>>& events, const Chain& chain,
                                       std::vector<BlockAccessList::Change<Value>>& out);
    void emit_slots(const AccountEntry& account, std::vector<uint32_t>& scratch,
                    BlockAccessList& out, BlockAccessList::Account& entry) const;

    uint64_t hash_seed_ = process_hash_seed();
    std::vector<AccountEntry> accounts_;
    FlatIndex account_index_;
    std::vector<SlotEntry> slots_;
    FlatIndex slot_index_;
    std::vector<Event<Uint256>> values_;
    std::vector<Event<Uint256>> balances_;
    std::vector<Event<uint64_t>> nonces_;
    std::vector<Event<Bytes>> codes_;
};

}  // namespace switchyard::execute
