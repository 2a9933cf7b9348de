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
/// with it and come later. Whenever a lane is free, of the transactions whose conflicts are over
/// the one with the largest tail starts, the earlier one of two. They are arranged as they start.
///
/// A transaction starts after those that it conflicts with and that come before it in the block, so
/// that a detector which orders conflicts as its batch has them orders them as the block has them.
/// Given transactions as they start here, it starts none later, and ends no later.
///
/// Keeps its memory. Not thread-safe.
class LookAhead {
  public:
    /// `hash_seed` decides where keys go in a hash table, and nothing else.
    explicit LookAhead(uint64_t hash_seed) : index_(hash_seed) {}

    /// `arranged` becomes `batch` in the order of `order()`, for `lanes` lanes, at least 1.
    /// Precondition: no more than kBatchAccessesMax accesses and kBlockTransactionsMax
    /// transactions.
    void arrange(const AccessBatch& batch, uint32_t lanes, AccessBatch& arranged);

    /// Of the batch arranged last: the transaction that each position holds.
    [[nodiscard]] std::span<const uint32_t> order() const { return order_; }

  private:
    static constexpr uint32_t kNone = UINT32_MAX;

    /// Transactions `begin` to `end` of the batch, without barriers.
    struct Segment {
        uint32_t begin = 0;
        uint32_t end = 0;
    };
    /// Accesses of one key that do not conflict with one another (hls/conflict_detector/README.md,
    /// rule 2). Opens when all members of the epoch before have ended.
    struct Epoch {
        uint32_t members = 0;    ///< that have not ended
        uint32_t first = kNone;  ///< access; the others through `Access::next`
        uint32_t next = kNone;   ///< epoch
        bool is_first = true;    ///< of its key
        AccessKind kind = AccessKind::Read;
    };
    struct Access {
        uint32_t key = 0;  ///< by the numbers of `index_`
        uint32_t transaction = 0;
        uint32_t epoch = kNone;  ///< kNone: another access of the transaction says it already
        uint32_t next = kNone;   ///< in the epoch
    };
    struct Key {
        uint64_t tails[3] = {0, 0, 0};  ///< the largest, of those that access it, by kind
        uint32_t epoch = kNone;         ///< the last one
        uint32_t last_access = kNone;

        [[nodiscard]] uint64_t tail_behind(AccessKind kind) const;
    };
    struct Waiting {
        uint64_t tail;
        uint32_t transaction;
    };
    struct Running {
        uint64_t finish;
        uint32_t transaction;
    };

    void number_accesses(const AccessBatch& batch, Segment segment);
    void find_tails(const AccessBatch& batch, Segment segment);
    void find_epochs(const AccessBatch& batch, Segment segment);
    void join(uint32_t access, AccessKind kind);
    void open_epoch(uint32_t access, AccessKind kind);
    void run(const AccessBatch& batch, Segment segment, uint32_t lanes);
    void leave(uint32_t epoch);
    void make_ready(uint32_t transaction);

    KeyIndex index_;
    std::vector<uint32_t> numbers_;
    std::vector<Key> keys_;
    std::vector<Access> accesses_;  // of the segment
    std::vector<uint32_t>
        access_begin_;  // by transaction: its first one in `accesses_`, and the end
    std::vector<Epoch> epochs_;
    std::vector<uint64_t> tails_;     // by transaction
    std::vector<uint32_t> blockers_;  // by transaction: epochs that it is in and that are not open
    std::vector<Waiting> ready_;      // heap
    std::vector<Running> running_;    // heap
    std::vector<uint32_t> order_;
};

}  // namespace switchyard::offload
