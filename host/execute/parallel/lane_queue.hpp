// SPDX-License-Identifier: Apache-2.0
// The lanes of a plan as workers take transactions from them.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "host/offload/lane_plan.hpp"

namespace switchyard::execute {

/// Which of the transactions that may start goes first.
enum class PickOrder : uint8_t {
    EarliestFirst,  ///< in the plan's order. Where that is block order, what commits next is what
                    ///< is executed next.
    LatestFirst,    ///< against it: as many executions as possible see stale state. For tests.
};

/// A transaction taken from its lane. `finish` must follow.
struct LaneSlot {
    uint32_t lane;
    uint32_t transaction;  ///< of the block
    uint32_t position;     ///< of the plan
};

/// Hands out the transactions of a plan: each once, each lane in its order, none before its waits
/// are met. Any thread; lock-free.
///
/// A worker takes a few positions of the plan in a row. What the plan has side by side then runs on
/// one core: it lies side by side in memory, and commits are handed from core to core once for each
/// row and not for each transaction. Lanes say what has to wait for what. A transaction that may
/// not start yet is set aside, and the worker goes on with the next.
class LaneQueues {
  public:
    /// Positions that one worker has taken and not yet started.
    class Share {
      public:
        [[nodiscard]] bool empty() const { return size_ == 0; }

      private:
        friend class LaneQueues;
        static constexpr uint32_t kCapacity = 64;
        std::array<uint32_t, kCapacity> positions_{};  ///< ascending
        uint32_t size_ = 0;
        uint32_t row_next_ = 0;  ///< of the row that the worker holds
        uint32_t row_end_ = 0;
        std::array<uint32_t, kLanesMax> seen_{};  ///< of each lane, at least so many are done
    };

    /// Precondition: `plan.validate_shape()`; the plan outlives the block. `workers` will take.
    /// Of transactions below `first`, which are done, those that stand at the plan's beginning are
    /// not handed out. Not thread-safe; every `Share` begins anew with `begin_share`.
    void begin(const LanePlan& plan, PickOrder order, uint32_t workers, uint32_t first = 0);
    static void begin_share(Share& share) { share = {}; }

    /// A transaction of the worker's share that may start at this moment, or none. Never blocks.
    /// As long as some transaction is neither taken nor finished and every worker that holds a
    /// share repeats the call, one of them gets one.
    [[nodiscard]] std::optional<LaneSlot> try_take(Share& share);

    /// The transaction's effects are published: those that wait for it may start.
    void finish(Share& share, LaneSlot slot);

    /// Positions that a worker takes in a row.
    [[nodiscard]] static uint32_t row_length(uint32_t lanes, uint32_t workers);
    /// Positions that a worker sets aside before it only waits for one of them.
    [[nodiscard]] static uint32_t aside_max(uint32_t lanes, uint32_t workers);

    [[nodiscard]] uint32_t transaction_at(uint32_t position) const {
        return plan_->transaction_at(position);
    }
    [[nodiscard]] uint32_t lane_count() const { return lane_count_; }

  private:
    [[nodiscard]] bool is_ready(Share& share, uint32_t position) const;
    void look_again(Share& share) const;
    [[nodiscard]] std::optional<uint32_t> next_position(Share& share);
    [[nodiscard]] LaneSlot slot_of(uint32_t position) const {
        return {plan_->assignment(position).lane, plan_->transaction_at(position), position};
    }

    const LanePlan* plan_ = nullptr;
    uint32_t count_ = 0;
    uint32_t lane_count_ = 0;
    uint32_t row_length_ = 1;
    uint32_t aside_max_ = 0;
    PickOrder order_ = PickOrder::EarliestFirst;
    alignas(64) std::atomic<uint32_t> next_{0};  ///< first position that nobody took
    /// Transactions finished in each lane; release in `finish` pairs with acquire in `look_again`,
    /// which carries their published effects over.
    alignas(64) std::array<std::atomic<uint32_t>, kLanesMax> done_{};
};

}  // namespace switchyard::execute
