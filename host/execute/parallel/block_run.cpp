// SPDX-License-Identifier: Apache-2.0
#include "host/execute/parallel/block_run.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace switchyard::execute {
namespace {

/// A transaction that some worker executes.
Speculation* const kRunning = reinterpret_cast<Speculation*>(uintptr_t{1});

/// Version 0 holds what the block does before its transactions; transaction i publishes version i
/// + 1.
constexpr uint32_t version_of(uint32_t transaction) {
    return transaction + 1;
}

bool is_done(const Speculation* speculation) {
    return speculation != nullptr && speculation != kRunning;
}

}  // namespace

uint64_t steady_ns() {
    return static_cast<uint64_t>(std::chrono::steady_clock::now().time_since_epoch() /
                                 std::chrono::nanoseconds(1));
}

ExecutorMemory::ExecutorMemory(uint32_t count) : versions(count) {
    for (uint32_t i = 0; i < count; ++i)
        workers.push_back(std::make_unique<Worker>(versions, i));
}

void ExecutorMemory::level_buffers(size_t most) {
    size_t total = 0;
    for (const auto& worker : workers)
        total += worker->free.size();
    const size_t share = std::min(total, most) / workers.size();
    std::vector<std::unique_ptr<Speculation>> surplus;
    for (const auto& worker : workers)
        for (; worker->free.size() > share; worker->free.pop_back())
            surplus.push_back(std::move(worker->free.back()));
    for (const auto& worker : workers)
        for (; worker->free.size() < share && !surplus.empty(); surplus.pop_back())
            worker->free.push_back(std::move(surplus.back()));
}

size_t ExecutorMemory::buffer_count() const {
    size_t total = 0;
    for (const auto& worker : workers)
        total += worker->free.size();
    return total;
}

evm::Evm& ExecutorMemory::Worker::evm_for(const BlockInput& input) {
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

std::unique_ptr<Speculation> ExecutorMemory::Worker::take_buffer() {
    if (free.empty()) return std::make_unique<Speculation>();
    std::unique_ptr<Speculation> out = std::move(free.back());
    free.pop_back();
    return out;
}

BlockRun::BlockRun(ExecutorMemory& memory, const BlockInput& input, uint32_t first,
                   BlockResult& result, BlockAccessListBuilder* access_list,
                   BlockTimeline* timeline, uint64_t begin_ns)
    : memory_(memory),
      input_(input),
      count_(static_cast<uint32_t>(input.transactions.size())),
      block_(block_context(input)),
      timeline_(timeline),
      begin_ns_(begin_ns),
      committed_(first),
      access_list_(access_list),
      result_(result) {
    if (count_ > memory.executed_size) {
        memory.executed = std::make_unique<std::atomic<Speculation*>[]>(count_);
        memory.executed_size = count_;
    }
    for (uint32_t i = 0; i < count_; ++i)
        memory.executed[i].store(i < first ? kRunning : nullptr, std::memory_order_relaxed);
    for (const auto& worker : memory.workers)
        worker->logs_bloom = {};
    memory.level_buffers(count_ + memory.workers.size());
    memory.idle.reset();
    if (first == count_) memory.idle.wake_all();
}

BlockRun::~BlockRun() {
    // Of a block that failed: what was executed behind the failure.
    for (uint32_t i = 0; i < count_; ++i)
        if (Speculation* left = memory_.executed[i].load(std::memory_order_relaxed); is_done(left))
            memory_.workers[0]->free.emplace_back(left);
}

uint32_t BlockRun::since_begin(uint64_t at_ns) const {
    return static_cast<uint32_t>(std::min<uint64_t>(at_ns - begin_ns_, UINT32_MAX));
}

void BlockRun::work(uint32_t worker) {
    LaneQueues::Share& share = memory_.workers[worker]->share;
    LaneQueues::begin_share(share);
    uint32_t idle_rounds = 0;
    while (committed_.load(std::memory_order_acquire) < count_ &&
           !failed_.load(std::memory_order_acquire)) {
        const bool committed = try_commit(worker, false);
        std::optional<LaneSlot> slot;
        if (!in_order_.load(std::memory_order_relaxed)) slot = memory_.lanes.try_take(share);
        if (slot) {
            if (claim(slot->transaction)) execute_first(worker, *slot);
            memory_.lanes.finish(share, *slot);
            idle_rounds = 0;
        } else if (try_commit(worker, true) || committed) {
            idle_rounds = 0;
        } else {
            memory_.idle.wait(idle_rounds++);
        }
    }
    if (!failed_.load(std::memory_order_acquire)) fill_blooms(worker);
}

bool BlockRun::claim(uint32_t i) {
    Speculation* expected = nullptr;
    return memory_.executed[i].compare_exchange_strong(expected, kRunning,
                                                       std::memory_order_relaxed);
}

void BlockRun::execute_into(Worker& context, VersionedState::View& view, uint32_t i,
                            Speculation& speculation) {
    evm::Evm& evm = context.evm_for(input_);
    speculation.touched.clear();
    // A tracer asks the view for more than the transaction reads.
    view.begin(version_of(i), input_.tracing == nullptr ? &speculation.touched : nullptr);
    if (input_.tracing != nullptr) speculation.tracer = input_.tracing->begin(i);
    context.tracer_switch.use(speculation.tracer.get());
    speculation.outcome = execute_transaction(
        evm_of_transaction(input_, i, evm, context.observed), context.state, view, input_.rules,
        block_, input_.transactions[i], speculation.changes, known_hashes_of(input_, i));
    context.tracer_switch.use(nullptr);
    context.state.exchange_reads(speculation.reads);
}

/// What follows in the row is mostly what this worker executes next. In three steps, so that none
/// waits for memory: the transaction, where its accounts' cells are to be found, the cells.
void BlockRun::prefetch_behind(uint32_t position) const {
    constexpr uint32_t kTransactionDistance = 6;
    constexpr uint32_t kBucketDistance = 4;
    constexpr uint32_t kCellDistance = 2;
    const auto transaction_at = [&](uint32_t at) -> const SignedTransaction& {
        return input_.transactions[memory_.lanes.transaction_at(at)];
    };
    const VersionedState& versions = memory_.versions;
    if (position + kTransactionDistance < count_) {
        const SignedTransaction& transaction = transaction_at(position + kTransactionDistance);
        for (size_t line = 0; line < sizeof(SignedTransaction); line += 64)
            __builtin_prefetch(reinterpret_cast<const char*>(&transaction) + line);
    }
    if (position + kBucketDistance < count_) {
        const SignedTransaction& transaction = transaction_at(position + kBucketDistance);
        versions.prefetch_bucket(transaction.sender);
        if (transaction.transaction.to) versions.prefetch_bucket(*transaction.transaction.to);
        __builtin_prefetch(transaction.transaction.data.data());
    }
    if (position + kCellDistance < count_) {
        const SignedTransaction& transaction = transaction_at(position + kCellDistance);
        versions.prefetch_cell(transaction.sender);
        if (transaction.transaction.to) versions.prefetch_cell(*transaction.transaction.to);
    }
}

void BlockRun::execute_first(uint32_t worker, LaneSlot slot) {
    const uint32_t i = slot.transaction;
    prefetch_behind(slot.position);
    const uint64_t begin = timeline_ != nullptr ? steady_ns() : 0;
    Worker& context = *memory_.workers[worker];
    std::unique_ptr<Speculation> speculation = context.take_buffer();
    speculation->owner.store(worker, std::memory_order_relaxed);
    execute_into(context, context.view, i, *speculation);
    memory_.versions.publish(worker, version_of(i), speculation->changes, speculation->touched);
    if (timeline_ != nullptr)
        timeline_->transactions[i] = {.lane = slot.lane,
                                      .thread = worker,
                                      .begin_ns = since_begin(begin),
                                      .end_ns = since_begin(steady_ns())};
    memory_.executed[i].store(speculation.release(), std::memory_order_release);
}

/// Whether transaction `i`, the next in block order, may be committed by `worker`.
bool BlockRun::is_committable(uint32_t worker, uint32_t i, bool for_all) const {
    if (i >= count_ || failed_.load(std::memory_order_relaxed)) return false;
    const Speculation* speculation = memory_.executed[i].load(std::memory_order_acquire);
    if (is_done(speculation))
        return for_all || speculation->owner.load(std::memory_order_relaxed) == worker;
    return speculation == nullptr && for_all && in_order_.load(std::memory_order_relaxed);
}

bool BlockRun::try_commit(uint32_t worker, bool for_all) {
    if (!is_committable(worker, committed_.load(std::memory_order_acquire), for_all)) return false;
    if (committing_.exchange(true, std::memory_order_acquire)) return false;
    bool any = false;
    for (;;) {
        const uint32_t next = committed_.load(std::memory_order_relaxed);
        if (!is_committable(worker, next, for_all)) break;
        if (!commit(worker, next)) break;
        any = true;
        committed_.store(next + 1, std::memory_order_release);
        if (next + 1 == count_) memory_.idle.wake_all();
    }
    committing_.store(false, std::memory_order_release);
    return any;
}

/// Executes transaction `i` over the state that all before it made final, unless a worker took it
/// in the meantime: then null.
std::unique_ptr<Speculation> BlockRun::execute_in_order(uint32_t worker, uint32_t i) {
    if (!claim(i)) return nullptr;
    ++serial_executions_;
    Worker& context = *memory_.workers[worker];
    std::unique_ptr<Speculation> speculation = context.take_buffer();
    const uint64_t begin = timeline_ != nullptr ? steady_ns() : 0;
    execute_into(context, context.commit_view, i, *speculation);
    memory_.versions.publish(worker, version_of(i), speculation->changes, speculation->touched);
    if (timeline_ != nullptr)
        timeline_->transactions[i] = {
            .thread = worker, .begin_ns = since_begin(begin), .end_ns = since_begin(steady_ns())};
    return speculation;
}

/// False: the block has failed, or the transaction is with another worker.
bool BlockRun::commit(uint32_t worker, uint32_t i) {
    Worker& context = *memory_.workers[worker];
    VersionedState& versions = memory_.versions;
    Speculation* const executed = memory_.executed[i].load(std::memory_order_relaxed);
    std::unique_ptr<Speculation> speculation(is_done(executed) ? executed : nullptr);
    const bool was_executed = speculation != nullptr;
    if (!was_executed) speculation = execute_in_order(worker, i);
    if (speculation == nullptr) return false;
    memory_.executed[i].store(kRunning, std::memory_order_relaxed);

    TransactionTimes* const times = timeline_ == nullptr ? nullptr : &timeline_->transactions[i];
    if (times != nullptr) {
        times->commit_thread = worker;
        times->commit_begin_ns = since_begin(steady_ns());
    }
    if (was_executed &&
        !versions.reads_hold(worker, version_of(i), speculation->reads, speculation->touched)) {
        const uint64_t begin = times != nullptr ? steady_ns() : 0;
        ++aborts_;
        abort_watch_.aborted();
        versions.withdraw(worker, speculation->touched);
        execute_into(context, context.commit_view, i, *speculation);
        versions.publish(worker, version_of(i), speculation->changes, speculation->touched);
        if (times != nullptr) times->rerun_ns = static_cast<uint32_t>(steady_ns() - begin);
    }
    if (observes(input_))
        input_.observation->commit(i, speculation->reads, speculation->changes,
                                   speculation->outcome);
    const auto settled = settle_transaction(input_, i, std::move(speculation->outcome),
                                            speculation->changes, result_);
    if (!settled) {
        // Kept: another worker may still ask it for its owner.
        context.free.push_back(std::move(speculation));
        fail(settled.error());
        return false;
    }
    if (access_list_ != nullptr) {
        context.commit_view.begin(version_of(i), nullptr);
        access_list_->add(version_of(i), speculation->changes, context.commit_view);
    }
    versions.settle(worker, speculation->changes, speculation->touched);
    if (input_.tracing != nullptr)
        input_.tracing->commit(i, std::move(speculation->tracer), speculation->outcome);
    context.free.push_back(std::move(speculation));
    const bool in_order = abort_watch_.committed(i);
    if (in_order != in_order_.load(std::memory_order_relaxed))
        in_order_.store(in_order, std::memory_order_relaxed);
    if (times != nullptr) times->commit_end_ns = since_begin(steady_ns());
    return true;
}

void BlockRun::fail(const Error& error) {
    error_ = error;
    failed_.store(true, std::memory_order_release);
    memory_.idle.wake_all();
}

/// Each worker completes an equal share of the receipts.
void BlockRun::fill_blooms(uint32_t worker) {
    const size_t workers = memory_.workers.size();
    const size_t begin = result_.receipts.size() * worker / workers;
    const size_t end = result_.receipts.size() * (worker + 1) / workers;
    fill_logs_blooms(std::span(result_.receipts).subspan(begin, end - begin),
                     memory_.workers[worker]->logs_bloom);
}

}  // namespace switchyard::execute
