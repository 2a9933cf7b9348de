// SPDX-License-Identifier: Apache-2.0
#include "host/execute/parallel/parallel_executor.hpp"

#include <algorithm>
#include <functional>
#include <utility>
#include <vector>

#include "host/execute/deferred_parent_hash.hpp"
#include "host/execute/parallel/block_run.hpp"
#include "host/execute/parallel/worker_pool.hpp"
#include "host/state/block_state.hpp"

namespace switchyard::execute {
namespace {

/// Waits of the plan that an executor may meet: of a transaction on another lane, beyond what the
/// transactions before it in its lane waited for already.
uint64_t count_waits(const LanePlan& plan) {
    uint64_t count = 0;
    std::vector<uint32_t> waited(size_t{plan.lane_count()} * plan.lane_count(), 0);
    const uint32_t lanes = plan.lane_count();
    // What comes before in its own lane is no wait.
    for (uint32_t l = 0; l < lanes; ++l)
        waited[size_t{l} * lanes + l] = UINT32_MAX;
    for (uint32_t i = 0; i < plan.transaction_count(); ++i) {
        const uint32_t* const waits = plan.waits(i).data();
        uint32_t* const before = waited.data() + size_t{plan.assignment(i).lane} * lanes;
        uint32_t more = 0;
        for (uint32_t l = 0; l < lanes; ++l) {
            more += waits[l] > before[l] ? 1U : 0U;
            before[l] = std::max(before[l], waits[l]);
        }
        count += more;
    }
    return count;
}

/// What a block with fewer transactions touches is sorted by one thread before another is awake.
constexpr size_t kSortTogetherMin = 1'000;

}  // namespace

struct ParallelExecutor::Implementation {
    Implementation(uint32_t threads, PickOrder pick_order)
        : pool(threads), order(pick_order), memory(pool.size()) {}

    /// The parts of a block before and after its transactions go through a `BlockState` of their
    /// own into the versions, as if they were a transaction with this index.
    void take_over(uint32_t index, const BlockState& part) {
        part.changes(changes);
        touched.clear();
        memory.versions.publish(0, index, changes, touched);
        memory.versions.settle(0, changes, touched);
    }

    void collect_changes(size_t transactions, StateChanges& out) {
        const bool together = transactions >= kSortTogetherMin;
        const auto on_all = [&](const std::function<void(uint32_t)>& part) {
            if (together) return pool.run(part);
            for (uint32_t worker = 0; worker < pool.size(); ++worker)
                part(worker);
        };
        on_all([this](uint32_t part) { memory.versions.sort_part(part); });
        memory.versions.begin_changes(pool.size(), out);
        on_all([&](uint32_t range) { memory.versions.write_changes(range, out); });
        memory.versions.end_changes(out);
    }

    [[nodiscard]] Result<BlockResult> execute_rest(SerialExecutor& begun, const LanePlan& plan,
                                                   ParallelStatistics* statistics,
                                                   BlockTimeline* timeline, uint64_t begin_ns);

    WorkerPool pool;
    PickOrder order;
    SerialExecutor serial;
    ExecutorMemory memory;
    StateChanges changes;
    VersionedState::Touched touched;
};

ParallelExecutor::ParallelExecutor(uint32_t threads, PickOrder order)
    : implementation_(std::make_unique<Implementation>(threads == 0 ? 1 : threads, order)) {}
ParallelExecutor::~ParallelExecutor() = default;

uint32_t ParallelExecutor::threads() const {
    return implementation_->pool.size();
}

size_t ParallelExecutor::kept_executions() const {
    return implementation_->memory.buffer_count();
}

void ParallelExecutor::run_on_all(const std::function<void(uint32_t)>& job) {
    implementation_->pool.run(job);
}

bool ParallelExecutor::begin_beside(const std::function<void(uint32_t)>& job) {
    return implementation_->pool.begin(job);
}

void ParallelExecutor::end_beside() {
    implementation_->pool.end();
}

namespace {

Result<void> check_plan(const LanePlan& plan, size_t transactions) {
    if (plan.transaction_count() != transactions)
        return Error{ErrorCode::InvalidInput,
                     "the lane plan is for " + std::to_string(plan.transaction_count()) +
                         " transactions, the block has " + std::to_string(transactions)};
    if (const auto shape = plan.validate_shape(); !shape)
        return Error{ErrorCode::InvalidInput, shape.error().message};
    return {};
}

}  // namespace

Result<BlockResult> ParallelExecutor::execute(const BlockInput& input, const StateView& parent,
                                              const LanePlan& plan, ParallelStatistics* statistics,
                                              BlockTimeline* timeline) {
    const auto count = static_cast<uint32_t>(input.transactions.size());
    if (auto checked = check_plan(plan, count); !checked) return checked.error();
    SerialExecutor& serial = implementation_->serial;
    if (plan.lane_count() == 1) {
        // Block order on one lane is serial execution: versions and validation would only cost.
        if (statistics != nullptr)
            *statistics = {.lanes = plan.lane_count(),
                           .threads = 1,
                           .transactions = count,
                           .executions = count,
                           .in_order = count};
        if (timeline != nullptr) *timeline = {};
        return serial.execute(input, parent);
    }
    const uint64_t begin_ns = steady_ns();
    if (auto begun = serial.begin(input, parent); !begun) return begun.error();
    return implementation_->execute_rest(serial, plan, statistics, timeline, begin_ns);
}

Result<BlockResult> ParallelExecutor::execute_rest(SerialExecutor& begun, const LanePlan& plan,
                                                   ParallelStatistics* statistics) {
    if (auto checked = check_plan(plan, begun.input().transactions.size()); !checked)
        return checked.error();
    return implementation_->execute_rest(begun, plan, statistics, nullptr, steady_ns());
}

Result<BlockResult> ParallelExecutor::Implementation::execute_rest(SerialExecutor& begun,
                                                                   const LanePlan& plan,
                                                                   ParallelStatistics* statistics,
                                                                   BlockTimeline* timeline,
                                                                   uint64_t begin_ns) {
    const BlockInput& input = begun.input();
    const auto count = static_cast<uint32_t>(input.transactions.size());
    const auto first = static_cast<uint32_t>(begun.executed());
    BlockResult result = std::move(begun.result());
    BlockAccessListBuilder* const access_list = begun.access_list();

    VersionedBlock block{.base = &begun.parent(),
                         .revision = input.rules.revision,
                         .beneficiary = input.header->beneficiary,
                         .transactions = count};
    if (input.parent_hash != nullptr && input.parent_hash->is_deferred())
        block.volatile_slot = input.parent_hash->slot();
    memory.versions.begin(block);
    take_over(first, begun.state());
    memory.lanes.begin(plan, order, pool.size(), first);
    if (timeline != nullptr) {
        timeline->transactions.assign(count, {});
        timeline->threads = pool.size();
        timeline->before_ns = static_cast<uint32_t>(steady_ns() - begin_ns);
    }

    uint64_t aborts = 0;
    uint64_t in_order = 0;
    {
        BlockRun run(memory, input, first, result, access_list, timeline, begin_ns);
        pool.run([&run](uint32_t worker) { run.work(worker); });
        if (run.error()) return *run.error();
        aborts = run.aborts();
        in_order = run.serial_executions();
    }
    for (const auto& worker : memory.workers)
        result.logs_bloom |= worker->logs_bloom;

    ExecutorMemory::Worker& own = *memory.workers[0];
    own.commit_view.begin(count + 1, nullptr);
    BlockState after(own.commit_view);
    if (auto done =
            execute_closing_calls(input, own.evm_for(input), own.state, after, result, access_list);
        !done)
        return done.error();
    take_over(count + 1, after);
    memory.versions.settle_fees();
    collect_changes(count, result.changes);
    take_access_list(access_list, result);

    if (timeline != nullptr) timeline->total_ns = static_cast<uint32_t>(steady_ns() - begin_ns);
    if (statistics != nullptr)
        *statistics = {.lanes = plan.lane_count(),
                       .threads = pool.size(),
                       .transactions = count,
                       .executions = count + aborts,
                       .aborts = aborts,
                       .waits = count_waits(plan),
                       .in_order = in_order,
                       .before_lanes = first};
    return result;
}

}  // namespace switchyard::execute
