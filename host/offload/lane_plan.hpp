// SPDX-License-Identifier: Apache-2.0
// What the conflict detector answers and the executor follows: lanes, and the waits between them.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "host/core/limits.hpp"
#include "host/core/result.hpp"

namespace switchyard {

/// Where a transaction runs.
struct LaneAssignment {
    uint16_t lane = 0;   ///< 0 to lane_count - 1
    uint32_t place = 0;  ///< index of the transaction within its lane, from 0, in block order

    bool operator==(const LaneAssignment&) const = default;
};

/// A schedule of one block over `lane_count` lanes.
///
/// Terms: each lane runs its transactions one after another, in ascending place; `done[l]` is the
/// number of transactions that lane l has finished. Transaction i may start when
/// `done[l] >= waits(i)[l]` for every lane l. A detector sets the entry of the own lane to the
/// transaction's place, so that the wait vector alone says everything.
///
/// A plan counts transactions in the order in which the detector was given them, its positions.
/// That is block order unless `set_order` says which transaction stands at which position.
///
/// A plan is a hint about speed: serial equivalence never rests on it, because the executor checks
/// every read. It must still be well-formed (`validate_shape`), or lanes would wait for ever.
/// Reusable (`reset` keeps the memory); immutable plans may be read from any thread.
class LanePlan {
  public:
    /// Drops everything and opens an empty plan. Precondition: 1 to kLanesMax lanes.
    void reset(uint32_t lane_count);
    /// Makes room for `transactions` in all, so that `append` does not allocate.
    void reserve(uint32_t transactions);

    /// Appends the next transaction in block order and returns its wait vector, `lane_count`
    /// zeros, for the caller to fill; valid until the next call.
    std::span<uint32_t> append(LaneAssignment assignment);

    /// For a batch that was arranged (offload::LookAhead): `order[p]` is the transaction of the
    /// block at position p. Copied. Lasts until `reset`.
    void set_order(std::span<const uint32_t> order) { order_.assign(order.begin(), order.end()); }

    [[nodiscard]] uint32_t lane_count() const { return lane_count_; }
    [[nodiscard]] uint32_t transaction_count() const {
        return static_cast<uint32_t>(assignments_.size());
    }
    /// The transaction of the block at position `i`. Here and below, `i < transaction_count()`.
    [[nodiscard]] uint32_t transaction_at(uint32_t i) const {
        return order_.empty() ? i : order_[i];
    }
    [[nodiscard]] LaneAssignment assignment(uint32_t i) const { return assignments_[i]; }
    [[nodiscard]] std::span<const uint32_t> waits(uint32_t i) const {
        return {waits_.data() + size_t{i} * lane_count_, lane_count_};
    }

    /// Proves that an executor that follows this plan comes to an end: lanes are in range, the
    /// places of each lane are 0, 1, 2, ... in the order of positions, each wait refers only to
    /// earlier positions, and each transaction has one position. It does not prove that conflicts
    /// are ordered: that takes the accesses. Errors: Corrupt, naming the first position that breaks
    /// a rule.
    [[nodiscard]] Result<void> validate_shape() const;

    bool operator==(const LanePlan&) const = default;

  private:
    [[nodiscard]] Result<void> validate_order() const;

    std::vector<LaneAssignment> assignments_;
    std::vector<uint32_t> waits_;  // row-major, lane_count_ per transaction
    std::vector<uint32_t> order_;  // the transaction at each position; empty: the same number
    uint32_t lane_count_ = 1;
};

}  // namespace switchyard
