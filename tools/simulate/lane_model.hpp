// SPDX-License-Identifier: Apache-2.0
// The lanes of a plan as the executor's workers take transactions from them.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "host/offload/lane_plan.hpp"

namespace switchyard::simulate {

/// What `execute::LaneQueues` does with `PickOrder::EarliestFirst`, one step at a time: a worker
/// takes positions of the plan in rows, sets aside what may not start yet, and goes on.
class LaneModel {
  public:
    /// One worker's positions.
    struct Share {
        std::vector<uint32_t> aside;  ///< ascending
        uint32_t row_next = 0;
        uint32_t row_end = 0;
    };

    /// The plan outlives this.
    LaneModel(const LanePlan& plan, uint32_t workers);

    /// A position of the worker's share that may start, or none.
    [[nodiscard]] std::optional<uint32_t> try_take(Share& share);
    /// Its effects are published.
    void finish(uint32_t position);

  private:
    [[nodiscard]] std::optional<uint32_t> next_position(Share& share);

    uint32_t count_;
    uint32_t row_length_;
    uint32_t aside_max_;
    uint32_t next_ = 0;
    std::vector<uint32_t> unmet_;                 ///< of each position: those it still waits for
    std::vector<std::vector<uint32_t>> waiting_;  ///< of each position: those that wait for it
};

}  // namespace switchyard::simulate
