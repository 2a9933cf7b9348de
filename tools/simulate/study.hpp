// SPDX-License-Identifier: Apache-2.0
// What a chain of blocks would take on other numbers of cores and lanes, from costs measured here.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "host/road/block_road.hpp"
#include "tools/simulate/executor_model.hpp"
#include "tools/simulate/measured_costs.hpp"

namespace switchyard::simulate {

struct StudyOptions {
    std::vector<uint32_t> cores = {1, 2, 4, 8, 16, 32, 64, 128};  ///< each 1 to 1,024
    std::vector<uint32_t> lanes = {8, 16, 32, 64};                ///< each 2 to kLanesMax
    uint32_t rounds = 5;                                          ///< of measuring, 1 to 1,000
    BlockRoadConfig road;  ///< detector and planning; lanes and threads are not read
};

/// Sums over all blocks for one number of cores and lanes.
struct StudyPoint {
    uint32_t cores = 0;
    ModelledBlock sum;      ///< without transactions
    uint64_t bound_ns = 0;  ///< `lower_bound_ns`, summed
};

/// One number of lanes.
struct StudyLanes {
    uint32_t lanes = 0;
    uint64_t serial_ns = 0;  ///< serial execution, measured in turn with what follows
    uint64_t plan_ns = 0;    ///< predicting, measured on one thread
    uint64_t detect_ns = 0;  ///< planning lanes, measured on one thread
    CostSums costs;
    uint64_t before_ns = 0;
    uint64_t blooms_ns = 0;
    uint64_t after_ns = 0;
    uint64_t critical_path_ns = 0;
    uint64_t plan_waits = 0;
    /// Measured beside what the model gives for the same blocks.
    uint64_t measured_one_ns = 0;
    uint64_t modelled_one_ns = 0;
    uint64_t measured_two_ns = 0;
    uint64_t measured_two_cpu_ns = 0;  ///< below twice the wall time: others ran on the cores
    uint64_t modelled_two_ns = 0;
    uint64_t measured_two_aborts = 0;
    uint64_t modelled_two_aborts = 0;
    std::vector<StudyPoint> points;  ///< by `StudyOptions::cores`
};

struct StudyResult {
    uint64_t blocks = 0;
    uint64_t transactions = 0;
    uint64_t gas = 0;
    uint64_t dependencies = 0;
    std::vector<StudyLanes> lanes;
};

/// Feeds blocks to a road for each number of lanes, as production would, and models each block.
/// Not thread-safe.
class Study {
  public:
    /// Errors: InvalidInput for options out of range; what a detector says that cannot run here.
    [[nodiscard]] static Result<std::unique_ptr<Study>> open(const StudyOptions& options);

    /// Lets the roads execute a block without measuring it, so that they learn from it. Returns the
    /// block's changes.
    [[nodiscard]] Result<StateChanges> learn(const execute::BlockInput& input,
                                             const StateView& parent);
    /// Measures and models a block. Returns its changes.
    [[nodiscard]] Result<StateChanges> add(const execute::BlockInput& input,
                                           const StateView& parent);

    [[nodiscard]] const StudyResult& result() const { return result_; }

  private:
    explicit Study(const StudyOptions& options);
    [[nodiscard]] Result<void> add_lanes(size_t at, const execute::BlockInput& input,
                                         const StateView& parent,
                                         const accesses::BlockAccesses& accesses);

    StudyOptions options_;
    CostMeter meter_;
    std::vector<std::unique_ptr<BlockRoad>> roads_;  // by `StudyOptions::lanes`
    StudyResult result_;
};

}  // namespace switchyard::simulate
