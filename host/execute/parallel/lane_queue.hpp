// SPDX-License-Identifier: Apache-2.0
// The lanes of a plan as workers take transactions from them.
#pragma once

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
};

/// Hands out the transactions of a plan: each once, each lane in its order, none before its waits
/// are met. Lock-free; any thread.
///
/// A worker keeps a lane for a run of transactions: what follows another in a lane often needs what
/// that one left in the cache, and a choice among all lanes costs a look at each of them. A run is
/// short, so that lanes advance together and the transactions in flight stay few.
class LaneQueues {
  public:
    /// Transactions that a worker takes from a lane before it looks at the others.
    static constexpr uint32_t kRunLength = 8;

    /// The lane that one worker holds between its transactions.
    struct Run {
        static constexpr uint32_t kNone = UINT32_MAX;
        uint32_t lane = kNone;
        uint32_t length = 0;
    };

    /// Precondition: `plan.validate_shape()`; the plan outlives the block. Not thread-safe.
    void begin(const LanePlan& plan, PickOrder order);

    /// The next transaction of the worker's run or, if there is none that may start, the first one
    /// by the pick order that may start at this moment and whose lane no other worker holds, or
    /// none; the run then is over. Never blocks. As long as some transaction is neither taken nor
    /// finished, a worker that repeats the call gets one eventually.
    [[nodiscard]] std::optional<LaneSlot> try_take(Run& run);

    /// The transaction's effects are published: those that wait for it may start.
    void finish(LaneSlot slot);
    /// Gives the worker's lane back. Before it does anything long but execute.
    void release(Run& run);

    [[nodiscard]] uint32_t lane_count() const { return lane_count_; }

  private:
    struct alignas(64) Lane {
        std::atomic<bool> held{false};
        /// Transactions finished; pairs release in `finish` with acquire in `is_ready`, which
        /// carries their published effects over.
        std::atomic<uint32_t> done{0};
        std::vector<uint32_t> positions;  ///< in the plan, of its transactions
    };
    [[nodiscard]] bool is_ready(uint32_t position) const;
    [[nodiscard]] std::optional<LaneSlot> take_any(Run& run);

    const LanePlan* plan_ = nullptr;
    uint32_t lane_count_ = 0;
    PickOrder order_ = PickOrder::EarliestFirst;
    std::unique_ptr<Lane[]> lanes_;
    uint32_t lanes_allocated_ = 0;
};

}  // namespace switchyard::execute
