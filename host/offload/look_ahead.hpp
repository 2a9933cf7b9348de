// SPDX-License-Identifier: Apache-2.0
// The order in which a detector is given a block's transactions, so that its lanes end together.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "host/offload/access_batch.hpp"
#include "host/offload/software/key_index.hpp"

namespace switchyard::offload {

/// Arranges a block by what depends on each transaction: a detector places transactions as they
/// come and never looks ahead, so that a heavy one at the end of the block, or the first of a long
/// chain in the middle, may start when the lanes are full. The rule is list scheduling by highest
/// level first (Adam, Chandy, Dickson: A comparison of list schedules for parallel processing
/// systems, 1974): a transaction's tail is its own gas and the largest tail of those that conflict
/// with it and come later; larger tails go first, equal ones in block order.
///
/// Of two that conflict, the earlier has the larger tail, because it holds the later one's. So a
/// detector that orders conflicts as its batch has them orders them as the block has them.
///
/// Costs about as much as planning in software: one look-up of each key, and a sort. Keeps its
/// memory. Not thread-safe.
class LookAhead {
  public:
    /// `hash_seed` decides where keys go in a hash table, and nothing else.
    explicit LookAhead(uint64_t hash_seed) : index_(hash_seed) {}

    /// `arranged` becomes `batch` in the order of `order()`. Precondition: no more than
    /// kBatchAccessesMax accesses and kBlockTransactionsMax transactions.
    void arrange(const AccessBatch& batch, AccessBatch& arranged);

    /// Of the batch arranged last: the transaction that each position holds.
    [[nodiscard]] std::span<const uint32_t> order() const { return order_; }

  private:
    /// The largest tail of those that access a key, by how they do.
    struct KeyTails {
        uint64_t read = 0;
        uint64_t write = 0;
        uint64_t add = 0;

        [[nodiscard]] uint64_t behind(AccessKind kind) const;
        void join(AccessKind kind, uint64_t tail);
    };
    void find_tails(const AccessBatch& batch);

    KeyIndex index_;
    std::vector<uint32_t> numbers_;  // of the batch's keys
    std::vector<KeyTails> keys_;
    std::vector<uint64_t> tails_;
    std::vector<uint32_t> order_;
};

}  // namespace switchyard::offload
