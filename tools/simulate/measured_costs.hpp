// SPDX-License-Identifier: Apache-2.0
// Measures what the parts of a block cost, on the executors themselves.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "host/core/result.hpp"
#include "host/execute/parallel/parallel_executor.hpp"
#include "tools/simulate/block_costs.hpp"

namespace switchyard::simulate {

/// What one block cost, from several rounds in turn, on a machine that also does other things. The
/// costs of its parts are wall time, of which a third of the rounds stays below: a part is met
/// undisturbed in most rounds, and one that is not would hold up all that depend on it in the
/// model. Sums over a whole block, which never are undisturbed, are medians of the thread's CPU
/// time. Two threads need the machine to
/// themselves: the fastest round counts, in wall time.
struct MeasuredBlock {
    BlockCosts costs;            ///< of the parallel executor on one thread
    uint64_t serial_ns = 0;      ///< `execute_block_serial`
    uint64_t one_thread_ns = 0;  ///< the parallel executor on one thread
    uint64_t two_threads_ns = 0;
    /// CPU time of the process in that round. Threads that wait keep their core busy: less than
    /// twice the wall time says that others ran on the cores.
    uint64_t two_threads_cpu_ns = 0;
    uint64_t two_threads_aborts = 0;  ///< in that round
    /// On more than one thread a road runs this plan serially, as it allows too little
    /// (`BlockRoadConfig::serial_where_faster`).
    bool runs_serially = false;
};

/// Runs blocks again and again. Keeps executors between blocks. Not thread-safe.
class CostMeter {
  public:
    /// `rounds` at least 1.
    explicit CostMeter(uint32_t rounds);

    /// Executes the block `rounds` times each serially, on one and on two threads, after one round
    /// to warm up. Every result is compared with the serial one: a difference is
    /// `ErrorCode::Mismatch`. Precondition: `plan` has more than one lane. A transaction that runs
    /// twice on one thread, which takes a plan out of block order, counts with its first execution.
    [[nodiscard]] Result<MeasuredBlock> measure(const execute::BlockInput& input,
                                                const StateView& parent, const LanePlan& plan);

  private:
    uint32_t rounds_;
    execute::ParallelExecutor one_thread_;
    execute::ParallelExecutor two_threads_;
    IdleCosts idle_;
};

/// The costs in a timeline of one thread, of which `blooms_ns` were spent on blooms at the end.
/// Empty for a timeline without transactions.
[[nodiscard]] BlockCosts costs_of(const execute::BlockTimeline& timeline, uint64_t blooms_ns);

/// For each cost the value that a third of several measurements of one block stays below: of three
/// the one in the middle, of five the second. Precondition: at least one, and all with the same
/// number of transactions.
[[nodiscard]] BlockCosts third_of(const std::vector<BlockCosts>& rounds);

}  // namespace switchyard::simulate
