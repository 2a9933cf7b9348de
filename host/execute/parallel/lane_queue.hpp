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
class LaneQueues {
  public:
    /// Precondition: `plan.validate_shape()`; the plan outlives the block. Not thread-safe.
    void begin(const LanePlan& plan, PickOrder order);

    /// The first transaction by the pick order that may start at this moment and that no other
    /// worker holds, or none. Never blocks. As long as some transaction is neither taken nor
    /// finished, a worker that repeats the call gets one eventually.
    [[nodiscard]] std::optional<LaneSlot> try_take();

    /// The transaction's effects are published: those that wait for it may start.
    void finish(LaneSlot slot);

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

    const LanePlan* plan_ = nullptr;
    uint32_t lane_count_ = 0;
    PickOrder order_ = PickOrder::EarliestFirst;
    std::unique_ptr<Lane[]> lanes_;
    uint32_t lanes_allocated_ = 0;
};

}  // namespace switchyard::execute
