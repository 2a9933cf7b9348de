// SPDX-License-Identifier: Apache-2.0
// The parallel executor as a discrete-event model: what a block would take on more cores.
#pragma once

#include <cstdint>
#include <vector>

#include "host/offload/lane_plan.hpp"
#include "tools/accesses/block_accesses.hpp"
#include "tools/simulate/block_costs.hpp"

namespace switchyard::simulate {

/// When one transaction ran, in nanoseconds since the block began.
struct ModelledTransaction {
    uint32_t core = 0;
    uint64_t begin_ns = 0;
    uint64_t end_ns = 0;
    uint64_t commit_begin_ns = 0;
    uint64_t commit_end_ns = 0;
    bool aborted = false;
};

/// One block on `cores` cores. The times of the cores sum up:
/// cores x (total - before - blooms / cores - after) = execute + take + commit + rerun + wait +
/// drain.
struct ModelledBlock {
    uint64_t total_ns = 0;
    uint64_t execute_ns = 0;
    uint64_t take_ns = 0;
    uint64_t commit_ns = 0;  ///< without re-execution
    uint64_t rerun_ns = 0;
    uint64_t wait_ns = 0;   ///< cores without work while transactions wait for others or for a lane
    uint64_t drain_ns = 0;  ///< cores without work while only commits are left
    uint32_t aborts = 0;
    uint32_t in_order = 0;  ///< executed by who commits, where speculation did not pay
    std::vector<ModelledTransaction> transactions;  ///< in block order
};

/// Runs the block on `cores` workers as `execute::ParallelExecutor` does. A worker first commits
/// what is next in block order if it has executed it and nobody else commits; then it takes from
/// its share of the plan what may start (`LaneModel`); without any, it commits for the others, and
/// else waits. A transaction aborts if, when it starts, one that it depends on is not visible as it
/// will be: not yet executed, or executed on reads that will not hold and not yet run again. It
/// then runs again while it is committed. After many aborts the executor runs in order for a while.
///
/// What the model leaves out: that cores share caches, memory and locks; that reads come later than
/// the start. Comparing its 1 and 2 cores with real threads says what that amounts to.
///
/// Deterministic. Preconditions: `cores` at least 1; costs, accesses and plan are of one block;
/// `plan.validate_shape()`. O(n (lanes + cores + log n)).
[[nodiscard]] ModelledBlock model_block(const BlockCosts& costs,
                                        const accesses::BlockAccesses& accesses,
                                        const LanePlan& plan, uint32_t cores);

/// The longest chain of executions that depend on one another: T_inf. No plan is faster, on any
/// number of cores.
[[nodiscard]] uint64_t critical_path_ns(const BlockCosts& costs,
                                        const accesses::BlockAccesses& accesses);

/// What no schedule of this executor can beat on `cores` cores: the largest of the critical path,
/// all work spread evenly (Brent: The parallel evaluation of general arithmetic expressions, 1974),
/// and all commits one after another; with what comes before and after.
[[nodiscard]] uint64_t lower_bound_ns(const BlockCosts& costs,
                                      const accesses::BlockAccesses& accesses, uint32_t cores);

}  // namespace switchyard::simulate
