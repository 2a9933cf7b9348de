// SPDX-License-Identifier: Apache-2.0
// Block access lists (EIP-7928): every account and slot that a block's execution accessed, and what
// each transaction made of them.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "host/core/bytes.hpp"
#include "host/core/result.hpp"
#include "host/core/uint256.hpp"

namespace switchyard {

/// EIP-7928, ITEM_COST: for each of so much gas that a block may use, its list may hold one item.
inline constexpr uint64_t kBlockAccessListItemGas = 2'000;

/// What a block accessed. Flat: each kind of entry lies in one vector, grouped by account in the
/// order of `accounts`, so that a list of any size is a handful of allocations.
///
/// Invariants of a well-formed list, which `decode_block_access_list` and the builder guarantee:
/// accounts ascend by address, slots and reads by key within an account, and entries by block
/// access index within an account or slot; nothing stands twice; no slot is both changed and read;
/// no slot among the changed ones is without a value.
///
/// A block access index is 0 for what happens before the transactions, `i + 1` for transaction `i`,
/// and the number of transactions plus one for what happens after them.
struct BlockAccessList {
    struct Range {
        uint32_t begin = 0;
        uint32_t count = 0;
        bool operator==(const Range&) const = default;
    };
    struct Account {
        Address address;
        Range slots;  ///< in `BlockAccessList::slots`: those that changed
        Range reads;  ///< in `BlockAccessList::reads`: those that were accessed and never changed
        Range balances;  ///< in `BlockAccessList::balances`
        Range nonces;    ///< in `BlockAccessList::nonces`
        Range codes;     ///< in `BlockAccessList::codes`
        bool operator==(const Account&) const = default;
    };
    struct Slot {
        Uint256 key;
        Range values;  ///< in `BlockAccessList::values`
        bool operator==(const Slot&) const = default;
    };
    /// What stands at the end of the transaction with this index, of which it is the work.
    template <typename Value>
    struct Change {
        uint32_t index = 0;
        Value value{};
        bool operator==(const Change&) const = default;
    };

    std::vector<Account> accounts;
    std::vector<Slot> slots;
    std::vector<Change<Uint256>> values;  ///< of slots
    std::vector<Uint256> reads;
    std::vector<Change<Uint256>> balances;  ///< in Wei
    std::vector<Change<uint64_t>> nonces;
    std::vector<Change<Bytes>> codes;

    /// The entries of one account or slot: `of(balances, account.balances)`.
    template <typename Entry>
    [[nodiscard]] static std::span<const Entry> of(const std::vector<Entry>& entries, Range range) {
        return std::span(entries).subspan(range.begin, range.count);
    }
    /// EIP-7928, `bal_items`: addresses and storage keys.
    [[nodiscard]] size_t item_count() const {
        return accounts.size() + slots.size() + reads.size();
    }
    bool operator==(const BlockAccessList&) const = default;
};

/// The RLP of EIP-7928: a list of [address, slot changes, reads, balances, nonces, codes].
[[nodiscard]] Bytes encode_block_access_list(const BlockAccessList& list);

/// Strict: the whole input is one list's RLP and the list well-formed. What decodes is encoded to
/// the same bytes again. `InvalidInput` names the account and what is wrong with it.
[[nodiscard]] Result<BlockAccessList> decode_block_access_list(BytesView encoded);

/// What the header states: the Keccak-256 of the list's encoding.
[[nodiscard]] Bytes32 block_access_list_hash(const BlockAccessList& list);

/// The rules on a list that need no execution: no more items than the block's gas limit allows, and
/// no index beyond the one after its transactions. `InvalidInput` names the rule. Precondition: the
/// list is well-formed.
[[nodiscard]] Result<void> validate_block_access_list(const BlockAccessList& list,
                                                      uint64_t gas_limit, size_t transaction_count);

}  // namespace switchyard
