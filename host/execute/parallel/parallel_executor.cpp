// SPDX-License-Identifier: Apache-2.0
#include "host/execute/parallel/parallel_executor.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "host/execute/block_access_list_builder.hpp"
#include "host/execute/parallel/versioned_state.hpp"
#include "host/execute/parallel/worker_pool.hpp"
#include "host/state/block_state.hpp"

namespace switchyard::execute {
namespace {

/// Version 0 holds what the block does before its transactions; transaction i publishes version i
/// + 1.
constexpr uint32_t version_of(uint32_t transaction) {
    return transaction + 1;
}

uint64_t now_ns() {
    return static_cast<uint64_t>(std::chrono::steady_clock::now().time_since_epoch() /
                                 std::chrono::nanoseconds(1));
}

/// Waits of the plan that an executor may meet: of a transaction on another lane, beyond what the
/// transactions before it in its lane waited for already.
uint64_t count_waits(const LanePlan& plan) {
    uint64_t count = 0;
    std::vector<uint32_t> waited(size_t{plan.lane_count()} * plan.lane_count(), 0);
    for (uint32_t i = 0; i < plan.transaction_count(); ++i) {
        const uint32_t own = plan.assignment(i).lane;
        const auto waits = plan.waits(i);
        for (uint32_t l = 0; l < plan.lane_count(); ++l) {
            uint32_t& before = waited[size_t{own} * plan.lane_count() + l];
            if (l == own || waits[l] <= before) continue;
            before = waits[l];
            ++count;
        }
    }
    return count;
}

/// What one thread needs to execute; reused for every transaction that it runs.
struct WorkerContext {
    std::optional<evm::Evm> evm;
    Revision revision = Revision::Frontier;
    bool is_traced = false;
    TracerSwitch tracer_switch;
    ObservedEvm observed;
    TransactionState state;
    uint64_t execute_ns = 0;

    evm::Evm& evm_for(const BlockInput& input) {
        const Revision wanted = input.rules.revision;
        const bool traces = input.tracing != nullptr;
        if (!evm || revision != wanted || is_traced != traces) {
            if (traces)
                evm.emplace(wanted, tracer_switch);
            else
                evm.emplace(wanted);
            revision = wanted;
            is_traced = traces;
        }
        return *evm;
    }
};

/// The first execution of one transaction, from the worker that ran it to the one that commits it.
struct Speculation {
    /// Set with release when the rest is complete, read with acquire by the committer.
    std::atomic<bool> executed{false};
    TransactionOutcome outcome;
    StateChanges changes;
    ReadSet reads;
    std::unique_ptr<evm::Tracer> tracer;
};

}  // namespace

struct ParallelExecutor::Implementation {
    Implementation(uint32_t threads, PickOrder pick_order)
        : pool(threads), order(pick_order), contexts(pool.size()) {}

    Speculation& speculation(size_t i) { return *speculations[i]; }
    void grow(size_t transactions) {
        while (speculations.size() < transactions)
            speculations.push_back(std::make_unique<Speculation>());
        for (size_t i = 0; i < transactions; ++i)
            speculations[i]->executed.store(false, std::memory_order_relaxed);
    }

    WorkerPool pool;
    PickOrder order;
    std::vector<WorkerContext> contexts;
    std::vector<std::unique_ptr<Speculation>> speculations;
    LaneQueues lanes;
    VersionedState versions;
    BlockAccessListBuilder access_list;
};

/// One block from its first transaction to its last.
class ParallelExecutor::BlockRun {
  public:
    BlockRun(Implementation& shared, const BlockInput& input, BlockState& committed,
             BlockResult& result, BlockTimeline* timeline, uint64_t block_begin_ns)
        : shared_(shared),
          input_(input),
          block_(block_context(input)),
          access_list_(makes_access_list(input) ? &shared.access_list : nullptr),
          timeline_(timeline),
          block_begin_ns_(block_begin_ns),
          committed_(committed),
          result_(result) {}

    /// Runs on every worker until the block is committed or has failed.
    void work(uint32_t worker) {
        WorkerContext& context = shared_.contexts[worker];
        const auto count = static_cast<uint32_t>(input_.transactions.size());
        while (committed_count_.load(std::memory_order_acquire) < count &&
               !failed_.load(std::memory_order_acquire)) {
            const bool committed_some = try_commit(context, worker);
            if (const auto slot = shared_.lanes.try_take()) {
                execute_first(context, *slot, worker);
                shared_.lanes.finish(*slot);
            } else if (!committed_some) {
                std::this_thread::yield();
            }
        }
    }

    [[nodiscard]] const std::optional<Error>& error() const { return error_; }
    [[nodiscard]] uint64_t aborts() const { return aborts_; }
    [[nodiscard]] uint64_t commit_ns() const { return commit_ns_; }

  private:
    void execute_first(WorkerContext& context, LaneSlot slot, uint32_t worker) {
        const uint32_t i = slot.transaction;
        const uint64_t begin = now_ns();
        Speculation& speculation = shared_.speculation(i);
        const VersionedState::View view(shared_.versions, version_of(i));
        execute_over(view, context, i);
        context.state.exchange_reads(speculation.reads);
        shared_.versions.publish(version_of(i), speculation.changes);
        const uint64_t end = now_ns();
        context.execute_ns += end - begin;
        if (timeline_ != nullptr) {
            TransactionTimes& times = timeline_->transactions[i];
            times = {.lane = slot.lane,
                     .thread = worker,
                     .begin_ns = since_begin(begin),
                     .end_ns = since_begin(end)};
        }
        speculation.executed.store(true, std::memory_order_release);
    }

    [[nodiscard]] uint32_t since_begin(uint64_t at_ns) const {
        return static_cast<uint32_t>(std::min<uint64_t>(at_ns - block_begin_ns_, UINT32_MAX));
    }

    /// Executes transaction `i` over `view` into its speculation.
    void execute_over(const StateView& view, WorkerContext& context, uint32_t i) {
        Speculation& speculation = shared_.speculation(i);
        evm::Evm& evm = context.evm_for(input_);
        if (input_.tracing != nullptr) speculation.tracer = input_.tracing->begin(i);
        context.tracer_switch.use(speculation.tracer.get());
        speculation.outcome = execute_transaction(
            evm_of_transaction(input_, i, evm, context.observed), context.state, view, input_.rules,
            block_, input_.transactions[i], speculation.changes);
        context.tracer_switch.use(nullptr);
    }

    /// Commits what is next in block order and executed. Returns whether there was anything.
    bool try_commit(WorkerContext& context, uint32_t worker) {
        const auto count = static_cast<uint32_t>(input_.transactions.size());
        const uint32_t next = committed_count_.load(std::memory_order_acquire);
        if (next >= count || !shared_.speculation(next).executed.load(std::memory_order_acquire))
            return false;
        const std::unique_lock lock(commit_mutex_, std::try_to_lock);
        if (!lock) return false;
        const uint64_t begin = now_ns();
        bool any = false;
        for (uint32_t i = committed_count_.load(std::memory_order_relaxed);
             i < count && !failed_.load(std::memory_order_relaxed) &&
             shared_.speculation(i).executed.load(std::memory_order_acquire);
             ++i) {
            commit(context, i, worker);
            committed_count_.store(i + 1, std::memory_order_release);
            any = true;
        }
        commit_ns_ += now_ns() - begin;
        return any;
    }

    void commit(WorkerContext& context, uint32_t i, uint32_t worker) {
        Speculation& speculation = shared_.speculation(i);
        TransactionTimes* const times =
            timeline_ == nullptr ? nullptr : &timeline_->transactions[i];
        if (times != nullptr) {
            times->commit_thread = worker;
            times->commit_begin_ns = since_begin(now_ns());
        }
        if (!reads_hold(speculation.reads, committed_)) {
            const uint64_t begin = times != nullptr ? now_ns() : 0;
            ++aborts_;
            shared_.versions.withdraw(version_of(i), speculation.changes);
            execute_over(committed_, context, i);
            context.state.exchange_reads(speculation.reads);
            shared_.versions.publish(version_of(i), speculation.changes);
            if (times != nullptr) times->rerun_ns = static_cast<uint32_t>(now_ns() - begin);
        }
        if (observes(input_))
            input_.observation->commit(i, speculation.reads, speculation.changes,
                                       speculation.outcome);
        const auto done =
            commit_transaction(input_, i, std::move(speculation.outcome), speculation.changes,
                               committed_, result_, access_list_);
        if (!done) {
            error_ = done.error();
            failed_.store(true, std::memory_order_release);
        } else if (input_.tracing != nullptr) {
            input_.tracing->commit(i, std::move(speculation.tracer), speculation.outcome);
        }
        if (times != nullptr) times->commit_end_ns = since_begin(now_ns());
    }

    Implementation& shared_;
    const BlockInput& input_;
    evm::BlockContext block_;
    BlockAccessListBuilder* access_list_;  // null: no list is made; guarded by the mutex as well

    BlockTimeline* timeline_;  // null: nobody asked; each entry belongs to who runs the transaction
    uint64_t block_begin_ns_;

    std::mutex commit_mutex_;  // guards the members below
    BlockState& committed_;
    BlockResult& result_;
    std::optional<Error> error_;
    uint64_t aborts_ = 0;
    uint64_t commit_ns_ = 0;
    std::atomic<uint32_t> committed_count_{0};  // written under the mutex, read by all
    std::atomic<bool> failed_{false};
};

ParallelExecutor::ParallelExecutor(uint32_t threads, PickOrder order)
    : implementation_(std::make_unique<Implementation>(threads == 0 ? 1 : threads, order)) {}
ParallelExecutor::~ParallelExecutor() = default;

uint32_t ParallelExecutor::threads() const {
    return implementation_->pool.size();
}

Result<BlockResult> ParallelExecutor::execute(const BlockInput& input, const StateView& parent,
                                              const LanePlan& plan, ParallelStatistics* statistics,
                                              BlockTimeline* timeline) {
    if (plan.transaction_count() != input.transactions.size())
        return Error{ErrorCode::InvalidInput, "the lane plan is for " +
                                                  std::to_string(plan.transaction_count()) +
                                                  " transactions, the block has " +
                                                  std::to_string(input.transactions.size())};
    if (const auto shape = plan.validate_shape(); !shape)
        return Error{ErrorCode::InvalidInput, shape.error().message};

    if (plan.lane_count() == 1) {
        // Block order on one lane is serial execution: versions and validation would only cost.
        if (statistics != nullptr)
            *statistics = {.lanes = 1,
                           .threads = 1,
                           .transactions = input.transactions.size(),
                           .executions = input.transactions.size()};
        if (timeline != nullptr) *timeline = {};
        return execute_block_serial(input, parent);
    }

    const uint64_t block_begin_ns = now_ns();
    Implementation& shared = *implementation_;
    WorkerContext& own = shared.contexts[0];
    evm::Evm& evm = own.evm_for(input);
    BlockState committed(parent);
    BlockResult result;
    shared.access_list.begin();
    BlockAccessListBuilder* const access_list =
        makes_access_list(input) ? &shared.access_list : nullptr;
    if (auto before = execute_before_transactions(input, evm, own.state, committed, access_list);
        !before)
        return before.error();

    StateChanges prelude;
    committed.changes(prelude);
    shared.versions.begin(parent, input.rules.revision);
    shared.versions.publish(0, prelude);
    shared.grow(input.transactions.size());
    shared.lanes.begin(plan, shared.order);
    for (WorkerContext& context : shared.contexts)
        context.execute_ns = 0;

    BlockRun run(shared, input, committed, result, timeline, block_begin_ns);
    if (timeline != nullptr) {
        timeline->transactions.assign(input.transactions.size(), {});
        timeline->threads = shared.pool.size();
        timeline->before_ns = static_cast<uint32_t>(now_ns() - block_begin_ns);
    }
    shared.pool.run([&run](uint32_t worker) { run.work(worker); });
    if (run.error()) return *run.error();

    if (auto after =
            execute_after_transactions(input, evm, own.state, committed, result, access_list);
        !after)
        return after.error();
    if (timeline != nullptr) timeline->total_ns = static_cast<uint32_t>(now_ns() - block_begin_ns);
    if (statistics != nullptr) {
        statistics->lanes = plan.lane_count();
        statistics->threads = shared.pool.size();
        statistics->transactions = input.transactions.size();
        statistics->aborts = run.aborts();
        statistics->executions = input.transactions.size() + run.aborts();
        statistics->waits = count_waits(plan);
        statistics->commit_ns = run.commit_ns();
        statistics->execute_ns = 0;
        for (const WorkerContext& context : shared.contexts)
            statistics->execute_ns += context.execute_ns;
    }
    return result;
}

}  // namespace switchyard::execute
