// SPDX-License-Identifier: Apache-2.0
// Makes a block's access list (EIP-7928) while the block executes.
#pragma once

#include <optional>
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
/// vectors have grown. The state is asked once for each account and slot that changes; after that
/// the builder knows what stands there. Not thread-safe; whoever commits transactions owns it.
class BlockAccessListBuilder {
  public:
    /// Forgets the block before.
    void begin();

    /// Adds what happened at `index`: 0 before the transactions, `i + 1` in transaction `i`, and
    /// then the number of transactions plus one. `changes` holds the accesses, and `before` is the
    /// state that they are about to be applied to, itself the result of all that was added. A value
    /// that ends as it was before is no change. Indices never descend; several additions at one
    /// index are one entry with the last value.
    void add(uint32_t index, const StateChanges& changes, const StateView& before);

    /// The list of everything added since `begin`.
    [[nodiscard]] BlockAccessList build() const;

  private:
    /// What an account or slot has in one of the vectors of events, where the events of all stand
    /// in the order of the block. To append must not touch an older event, which no cache holds.
    struct Chain {
        uint32_t count = 0;
        uint32_t last = 0;        ///< position, if `count` is not 0
        uint32_t last_index = 0;  ///< block access index, likewise
    };
    template <typename Value>
    struct Event {
        uint32_t owner = 0;  ///< in `accounts_` or, for values, in `slots_`
        uint32_t index = 0;
        Value value{};
    };
    struct AccountEntry {
        Address address;
        uint32_t first_slot = FlatIndex::kNone;  ///< list through `SlotEntry::next`
        Chain balances;
        Chain nonces;
        Chain codes;
        std::optional<Account> current;  ///< what stands now; no value: nobody asked yet
    };
    struct SlotEntry {
        Uint256 key;
        uint32_t account = 0;
        uint32_t next = FlatIndex::kNone;
        Chain values;
        Uint256 current;  ///< what stands now, if `known`
        bool known = false;

        void set_current(const Uint256& value) {
            current = value;
            known = true;
        }
    };

    uint32_t account_position(const Address& address);
    uint32_t slot_position(uint32_t account, const Uint256& key);
    void add_account_change(uint32_t index, uint32_t position, const AccountChange& change,
                            const StateChanges& changes, const StateView& before);
    void add_slot_changes(uint32_t index, uint32_t position, const AccountChange& change,
                          const StateChanges& changes, const StateView& before);
    template <typename Value>
    static void append(std::vector<Event<Value>>& events, Chain& chain, uint32_t owner,
                       uint32_t index, Value value);
    void lay_out_slots(const AccountEntry& account, std::vector<uint32_t>& scratch,
                       std::vector<uint32_t>& places, BlockAccessList& out,
                       BlockAccessList::Account& entry) const;

    uint64_t hash_seed_ = process_hash_seed();
    std::vector<AccountEntry> accounts_;
    FlatIndex account_index_;
    std::vector<SlotEntry> slots_;
    FlatIndex slot_index_;
    std::vector<uint32_t> accessed_;  ///< in `slots_`: those that the account at hand accessed
    std::vector<Event<Uint256>> values_;
    std::vector<Event<Uint256>> balances_;
    std::vector<Event<uint64_t>> nonces_;
    std::vector<Event<Bytes>> codes_;
};

}  // namespace switchyard::execute
