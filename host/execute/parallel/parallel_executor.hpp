// SPDX-License-Identifier: Apache-2.0
// Executes a block's lanes in parallel, with the result of serial execution for any plan.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "host/core/result.hpp"
#include "host/execute/block_execution.hpp"
#include "host/execute/parallel/block_timeline.hpp"
#include "host/execute/parallel/lane_queue.hpp"
#include "host/execute/serial_executor.hpp"
#include "host/offload/lane_plan.hpp"

namespace switchyard::execute {

/// What happened while a block ran.
struct ParallelStatistics {
    uint32_t lanes = 0;    ///< of the plan
    uint32_t threads = 0;  ///< that could take part: 1 if the block ran serially
    uint64_t transactions = 0;
    uint64_t executions = 0;    ///< transactions and aborts together
    uint64_t aborts = 0;        ///< executions whose reads did not hold: run again, in order
    uint64_t waits = 0;         ///< dependencies between lanes that the plan asked to wait for
    uint64_t in_order = 0;      ///< executed once, by who commits: where speculation did not pay
    uint64_t before_lanes = 0;  ///< executed before lanes took the block over
};

/// The parallel executor.
///
/// Workers take transactions from the lanes as the plan's waits allow, and run each over what the
/// transactions before it have published
/// (`VersionedState`). In block order, every read of a transaction is then compared with the
/// committed state: if all hold, its effects are those of serial execution and become final; if
/// not, it runs once more, over the committed state itself. So the plan decides how much runs
/// twice, and nothing else.
///
/// The parts around and inside transactions are those of `execute_block_serial`. Not thread-safe:
/// one block at a time. Keeps its threads and memory between blocks.
class ParallelExecutor {
  public:
    /// `threads` workers, at least 1; the calling thread is one of them.
    explicit ParallelExecutor(uint32_t threads, PickOrder order = PickOrder::EarliestFirst);
    ~ParallelExecutor();

    /// As `execute_block_serial`, with the same result and errors; a plan that is next to a chain
    /// is executed by it. `parent` must bear reads from all workers. A plan that is not well-formed
    /// for the block (LanePlan::validate_shape, transaction count) is `ErrorCode::InvalidInput`.
    /// `timeline` costs some clock readings for each transaction.
    [[nodiscard]] Result<BlockResult> execute(const BlockInput& input, const StateView& parent,
                                              const LanePlan& plan,
                                              ParallelStatistics* statistics = nullptr,
                                              BlockTimeline* timeline = nullptr);

    /// The rest of a block that a serial executor has begun; as `execute`, with the same result.
    /// The transactions executed so far stay as they are, whatever the plan says of them. After
    /// this, `begun` has to begin another block.
    [[nodiscard]] Result<BlockResult> execute_rest(SerialExecutor& begun, const LanePlan& plan,
                                                   ParallelStatistics* statistics = nullptr);

    /// Calls `job(worker)` for each worker, 0 to `threads()` - 1, at once, and returns when all have
    /// returned.
    void run_on_all(const std::function<void(uint32_t)>& job);
    /// A worker thread that has nothing to do while the caller begins a block serially runs `job`
    /// (`WorkerPool::begin`); false: there is none.
    [[nodiscard]] bool begin_beside(const std::function<void(uint32_t)>& job);
    /// Waits for it, or takes the job back if no thread has come to it yet.
    void end_beside();

    [[nodiscard]] uint32_t threads() const;
    /// Executions that there is memory kept for, between blocks: at most twice the transactions of
    /// the last block.
    [[nodiscard]] size_t kept_executions() const;

  private:
    struct Implementation;
    std::unique_ptr<Implementation> implementation_;
};

}  // namespace switchyard::execute
