// SPDX-License-Identifier: Apache-2.0
// One block on its way through the workers: first executions over lanes, commits in block order.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <vector>

#include "host/execute/block_access_list_builder.hpp"
#include "host/execute/block_execution.hpp"
#include "host/execute/parallel/abort_watch.hpp"
#include "host/execute/parallel/block_timeline.hpp"
#include "host/execute/parallel/idle_wait.hpp"
#include "host/execute/parallel/lane_queue.hpp"
#include "host/execute/parallel/versioned_state.hpp"

namespace switchyard::execute {

/// A first execution of one transaction, from the worker that ran it to its commit.
struct Speculation {
    /// The worker that executed. Others ask before they may look at the rest, when the buffer may
    /// be in use again.
    std::atomic<uint32_t> owner{0};
    TransactionOutcome outcome;
    StateChanges changes;
    ReadSet reads;
    VersionedState::Touched touched;
    std::unique_ptr<evm::Tracer> tracer;
};

/// What the executor keeps from block to block.
struct ExecutorMemory {
    explicit ExecutorMemory(uint32_t workers);

    /// Shares the free buffers out evenly, since who commits keeps them, and keeps no more than
    /// `most` in all.
    void level_buffers(size_t most);
    /// Free buffers: all there are between blocks.
    [[nodiscard]] size_t buffer_count() const;

    /// One worker's own.
    struct alignas(64) Worker {
        Worker(VersionedState& versions, uint32_t number)
            : view(versions, number), commit_view(versions, number) {}

        std::optional<evm::Evm> evm;
        Revision revision = Revision::Frontier;
        bool is_traced = false;
        TracerSwitch tracer_switch;
        ObservedEvm observed;
        TransactionState state;
        VersionedState::View view;         ///< of the transaction being executed
        VersionedState::View commit_view;  ///< of the transaction being committed
        LaneQueues::Share share;
        LogsBloom logs_bloom;  ///< of the receipts that this worker completed
        /// Buffers that nobody uses: the one given back last is in the cache.
        std::vector<std::unique_ptr<Speculation>> free;

        evm::Evm& evm_for(const BlockInput& input);
        [[nodiscard]] std::unique_ptr<Speculation> take_buffer();
    };

    VersionedState versions;
    std::vector<std::unique_ptr<Worker>> workers;
    LaneQueues lanes;
    IdleWait idle;
    /// Of each transaction: null, `kRunning`, or its first execution, which the entry then owns.
    std::unique_ptr<std::atomic<Speculation*>[]> executed;
    size_t executed_size = 0;
};

/// Runs on every worker at once. Commits happen in block order, each by the worker that executed
/// the transaction, which has its reads and effects in its cache; a worker without anything to
/// execute commits for the others. The plan orders first executions and nothing else.
class BlockRun {
  public:
    /// Everything is borrowed. The transactions below `first` are committed, and the versions hold
    /// what came of them and of what was before. `access_list` is the block's, or null.
    BlockRun(ExecutorMemory& memory, const BlockInput& input, uint32_t first, BlockResult& result,
             BlockAccessListBuilder* access_list, BlockTimeline* timeline, uint64_t begin_ns);
    ~BlockRun();
    BlockRun(const BlockRun&) = delete;
    BlockRun& operator=(const BlockRun&) = delete;

    /// For each worker on a thread of its own: until the block is committed or has failed, and its
    /// share of the blooms is made.
    void work(uint32_t worker);

    // After `work` has returned on all workers.
    [[nodiscard]] const std::optional<Error>& error() const { return error_; }
    [[nodiscard]] uint64_t aborts() const { return aborts_; }
    [[nodiscard]] uint64_t serial_executions() const { return serial_executions_; }

  private:
    using Worker = ExecutorMemory::Worker;

    void prefetch_behind(uint32_t position) const;
    void execute_first(uint32_t worker, LaneSlot slot);
    void execute_into(Worker& context, VersionedState::View& view, uint32_t i,
                      Speculation& speculation);
    [[nodiscard]] bool claim(uint32_t i);
    [[nodiscard]] bool is_committable(uint32_t worker, uint32_t i, bool for_all) const;
    bool try_commit(uint32_t worker, bool for_all);
    [[nodiscard]] bool commit(uint32_t worker, uint32_t i);
    [[nodiscard]] std::unique_ptr<Speculation> execute_in_order(uint32_t worker, uint32_t i);
    void fail(const Error& error);
    void fill_blooms(uint32_t worker);
    [[nodiscard]] uint32_t since_begin(uint64_t at_ns) const;

    ExecutorMemory& memory_;
    const BlockInput& input_;
    const uint32_t count_;
    evm::BlockContext block_;
    BlockTimeline* timeline_;  // null: nobody asked; each entry belongs to who runs the transaction
    uint64_t begin_ns_;

    // Who commits: one worker at a time, which holds `committing_`. What stands beside it is
    // read and written by that worker alone, and lies on the line that it has to fetch anyway.
    alignas(64) std::atomic<uint32_t> committed_{0};  // transactions that are final
    std::atomic<bool> committing_{false};
    /// Speculation does not pay for the moment: workers take nothing, and who commits executes.
    std::atomic<bool> in_order_{false};
    std::atomic<bool> failed_{false};
    AbortWatch abort_watch_;
    uint64_t aborts_ = 0;
    uint64_t serial_executions_ = 0;
    BlockAccessListBuilder* access_list_;
    BlockResult& result_;
    std::optional<Error> error_;
};

/// Nanoseconds of a steady clock.
[[nodiscard]] uint64_t steady_ns();

}  // namespace switchyard::execute
