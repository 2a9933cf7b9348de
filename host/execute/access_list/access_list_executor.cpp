// SPDX-License-Identifier: Apache-2.0
#include "host/execute/access_list/access_list_executor.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <mutex>
#include <utility>
#include <vector>

#include "host/execute/access_list/effects_check.hpp"
#include "host/execute/access_list/final_changes.hpp"
#include "host/execute/access_list/list_shape.hpp"
#include "host/execute/block_access_list_builder.hpp"
#include "host/execute/deferred_parent_hash.hpp"
#include "host/execute/parallel/idle_wait.hpp"
#include "host/execute/parallel/worker_pool.hpp"
#include "host/state/block_state.hpp"

namespace switchyard::execute {
namespace {

/// Transactions that a worker takes at once: their blooms fill vector lanes.
constexpr uint32_t kChunk = 4;

uint64_t now_ns() {
    return static_cast<uint64_t>(std::chrono::steady_clock::now().time_since_epoch() /
                                 std::chrono::nanoseconds(1));
}

/// What one thread needs to execute; reused for every transaction that it runs.
struct WorkerContext {
    std::optional<evm::Evm> evm;
    Revision revision = Revision::Frontier;
    TransactionState state;
    StateChanges changes;
    EffectsCheck::Scratch scratch;
    CodeCache codes;
    LogsBloom bloom;                 ///< of the receipts that this worker completed
    std::vector<CodeChange> others;  ///< code that was written and is not in the list

    evm::Evm& evm_for(const BlockInput& input) {
        if (!evm || revision != input.rules.revision) {
            revision = input.rules.revision;
            evm.emplace(revision);
        }
        return *evm;
    }
};

}  // namespace

struct AccessListExecutor::Implementation {
    explicit Implementation(uint32_t threads) : pool(threads), contexts(pool.size()) {}

    WorkerPool pool;
    std::vector<WorkerContext> contexts;
    AccessListState state;
    EffectsCheck check;
    BlockAccessListBuilder builder;
    std::vector<TransactionOutcome> outcomes;
};

/// One block from its list to its result. Work is a row of items, which workers take from the
/// front: what makes the state, the list's hash and the like, then the transactions by chunks.
class AccessListExecutor::BlockRun {
  public:
    BlockRun(Implementation& shared, const BlockInput& input, const StateView& parent,
             const BlockAccessList& list, const ChangesKnown& changes_known)
        : shared_(shared),
          input_(input),
          list_(list),
          changes_known_(changes_known),
          block_(block_context(input)),
          transactions_(static_cast<uint32_t>(input.transactions.size())),
          chunks_((transactions_ + kChunk - 1) / kChunk),
          executed_(std::make_unique<std::atomic<bool>[]>(chunks_)) {
        shared.state.begin(list, parent);
        state_jobs_ = shared.state.job_count() + 1;
        for (WorkerContext& context : shared.contexts) {
            context.codes.clear();
            context.bloom = {};
            context.others.clear();
        }
        if (shared.outcomes.size() < transactions_) shared.outcomes.resize(transactions_);
        result_.receipts.reserve(transactions_);
        receipts_ = result_.receipts.data();
    }

    /// Runs on every worker until all transactions are settled or the list has failed.
    void work(uint32_t worker) {
        WorkerContext& context = shared_.contexts[worker];
        for (;;) {
            const uint32_t item = next_item_.fetch_add(1, std::memory_order_relaxed);
            if (item < state_jobs_) {
                run_state_job(item);
                continue;
            }
            if (!wait_for_state()) return;
            const uint32_t late = item - state_jobs_;
            if (late < kLateJobs) {
                run_late_job(late, context);
                continue;
            }
            if (late - kLateJobs >= chunks_) break;
            run_chunk(late - kLateJobs, context);
            if (failed_.load(std::memory_order_relaxed)) return;
            settle(context);
        }
        for (uint32_t round = 0; settled_.load(std::memory_order_acquire) < chunks_ &&
                                 !failed_.load(std::memory_order_acquire);
             ++round) {
            settle(context);
            idle_.wait(round);
        }
    }

    /// After all workers: what the block does behind its transactions, and the last checks.
    void close() {
        if (failed_) return;
        WorkerContext& context = shared_.contexts[0];
        for (const WorkerContext& worker : shared_.contexts)
            result_.logs_bloom |= worker.bloom;
        const uint32_t index = transactions_ + 1;
        const AccessListView view(shared_.state, index, &context.codes);
        BlockState after(view);
        shared_.builder.begin();
        const auto done = execute_closing_calls(input_, context.evm_for(input_), context.state,
                                                after, result_, &shared_.builder);
        if (!done) return fail(done.error().message);
        check_part(index, after, context);
        if (const ListFault fault = shared_.check.whole(); fault != ListFault::None)
            fail(to_string(fault));
        for (WorkerContext& worker : shared_.contexts)
            add_codes(worker.others);
    }

    [[nodiscard]] bool held() const { return !failed_; }
    [[nodiscard]] const std::string& reason() const { return reason_; }
    [[nodiscard]] BlockResult take_result() { return std::move(result_); }

  private:
    /// Behind the state's jobs: what needs the state or nothing, before the first chunk.
    enum : uint32_t { kFinalChanges, kHashList, kCopyList, kBefore, kLateJobs };

    void fail(std::string reason) {
        {
            const std::lock_guard lock(reason_mutex_);
            if (!failed_.exchange(true, std::memory_order_release)) reason_ = std::move(reason);
        }
        idle_.wake_all();
    }

    void run_state_job(uint32_t item) {
        if (item == 0)
            shared_.check.begin(shared_.state, transactions_ + 1);
        else
            shared_.state.run_job(item - 1);
        state_jobs_done_.fetch_add(1, std::memory_order_release);  // pairs with wait_for_state
    }

    /// False: the list has failed meanwhile.
    [[nodiscard]] bool wait_for_state() {
        for (uint32_t round = 0; state_jobs_done_.load(std::memory_order_acquire) < state_jobs_;
             ++round)
            idle_.wait(round);
        return !failed_.load(std::memory_order_relaxed);
    }

    void run_late_job(uint32_t job, WorkerContext& context) {
        switch (job) {
            case kHashList:
                result_.block_access_list_hash = block_access_list_hash(list_);
                break;
            case kCopyList:
                result_.block_access_list = list_;
                break;
            case kFinalChanges:
                result_.changes = final_changes(shared_.state);
                if (changes_known_) changes_known_(result_.changes);
                break;
            default:
                execute_before(context);
        }
    }

    void execute_before(WorkerContext& context) {
        const AccessListView view(shared_.state, 0, &context.codes);
        BlockState before(view);
        shared_.builder.begin();
        const auto done = execute_before_transactions(input_, context.evm_for(input_),
                                                      context.state, before, &shared_.builder);
        if (!done) return fail(done.error().message);
        check_part(0, before, context);
    }

    /// Compares what was collected at the border of the block with the list.
    void check_part(uint32_t index, const BlockState& state, WorkerContext& context) {
        const ListFault fault = shared_.check.check(index, shared_.builder.build());
        if (fault != ListFault::None)
            return fail("index " + std::to_string(index) + ": " + to_string(fault));
        state.changes(context.changes);
        keep_other_codes(context);
    }

    void run_chunk(uint32_t chunk, WorkerContext& context) {
        const uint32_t begin = chunk * kChunk;
        const uint32_t end = std::min(begin + kChunk, transactions_);
        for (uint32_t i = begin; i < end; ++i) {
            const AccessListView view(shared_.state, i + 1, &context.codes);
            TransactionOutcome& outcome = shared_.outcomes[i];
            outcome =
                execute_transaction(context.evm_for(input_), context.state, view, input_.rules,
                                    block_, input_.transactions[i], context.changes);
            // A refusal leaves no changes to compare; settling names it.
            if (outcome.error != TransactionError::None) continue;
            const ListFault fault = shared_.check.check(i + 1, context.changes, context.scratch);
            if (fault != ListFault::None)
                return fail("index " + std::to_string(i + 1) + ": " + to_string(fault));
            keep_other_codes(context);
        }
        executed_[chunk].store(true, std::memory_order_release);  // pairs with settle
    }

    void keep_other_codes(WorkerContext& context) {
        for (const CodeChange& code : context.changes.codes)
            if (shared_.state.find_code(code.hash) == nullptr) context.others.push_back(code);
    }

    /// Makes receipts of chunks that are next in block order, if nobody else does.
    void settle(WorkerContext& context) {
        for (;;) {
            uint32_t chunk = 0;
            {
                const std::unique_lock lock(settle_mutex_, std::try_to_lock);
                if (!lock.owns_lock()) return;
                chunk = settled_.load(std::memory_order_relaxed);
                if (chunk >= chunks_ || !executed_[chunk].load(std::memory_order_acquire)) return;
                if (!settle_chunk(chunk)) return;
                settled_.store(chunk + 1, std::memory_order_release);
            }
            if (chunk + 1 == chunks_) idle_.wake_all();
            const uint32_t begin = chunk * kChunk;
            const uint32_t end = std::min(begin + kChunk, transactions_);
            fill_logs_blooms({receipts_ + begin, end - begin}, context.bloom);
        }
    }

    /// False: a transaction is refused, and so is the block.
    [[nodiscard]] bool settle_chunk(uint32_t chunk) {
        const uint32_t begin = chunk * kChunk;
        const uint32_t end = std::min(begin + kChunk, transactions_);
        for (uint32_t i = begin; i < end; ++i) {
            const auto settled =
                settle_transaction(input_, i, std::move(shared_.outcomes[i]), {}, result_);
            if (settled) continue;
            fail(settled.error().message);
            return false;
        }
        return true;
    }

    /// Code that was set in the place of equal code stands in no list.
    void add_codes(const std::vector<CodeChange>& codes) {
        for (const CodeChange& code : codes) {
            auto& all = result_.changes.codes;
            const auto at = std::ranges::lower_bound(all, code.hash, {}, &CodeChange::hash);
            if (at == all.end() || at->hash != code.hash) all.insert(at, code);
        }
    }

    Implementation& shared_;
    const BlockInput& input_;
    const BlockAccessList& list_;
    const ChangesKnown& changes_known_;
    const evm::BlockContext block_;
    const uint32_t transactions_;
    const uint32_t chunks_;
    uint32_t state_jobs_ = 0;
    BlockResult result_;
    Receipt* receipts_ = nullptr;  ///< of the result, which has room for all

    std::atomic<uint32_t> next_item_{0};
    std::atomic<uint32_t> state_jobs_done_{0};
    std::unique_ptr<std::atomic<bool>[]> executed_;  ///< by chunk: outcomes are there and agree
    std::mutex settle_mutex_;                        ///< guards the result's receipts and gas
    std::atomic<uint32_t> settled_{0};               ///< chunks
    IdleWait idle_;
    std::mutex reason_mutex_;
    std::atomic<bool> failed_{false};
    std::string reason_;
};

AccessListExecutor::AccessListExecutor(uint32_t threads)
    : implementation_(std::make_unique<Implementation>(threads == 0 ? 1 : threads)) {}
AccessListExecutor::~AccessListExecutor() = default;

uint32_t AccessListExecutor::threads() const {
    return implementation_->pool.size();
}

Result<BlockResult> AccessListExecutor::execute(const BlockInput& input, const StateView& parent,
                                                const BlockAccessList& list,
                                                AccessListStatistics* statistics,
                                                const Otherwise& otherwise,
                                                const ChangesKnown& changes_known) {
    AccessListStatistics unused;
    AccessListStatistics& out = statistics != nullptr ? *statistics : unused;
    out = {};
    out.threads = threads();
    out.transactions = input.transactions.size();
    const auto without_list = [&](std::string reason) -> Result<BlockResult> {
        out.reason = std::move(reason);
        return otherwise ? otherwise() : execute_block_serial(input, parent);
    };
    if (!makes_access_list(input)) return without_list("the block's rules know no access list");
    if (input.tracing != nullptr) return without_list("the block is traced");
    if (input.parent_hash != nullptr && input.parent_hash->is_deferred())
        return without_list("the parent's hash comes late");

    const uint64_t begin = now_ns();
    const auto last_index = static_cast<uint32_t>(input.transactions.size() + 1);
    if (const auto shape = check_list_shape(list, last_index); !shape)
        return without_list(shape.error().message);
    // Reading what is too long to be valid would cost more than the block may.
    if (const auto fits =
            validate_block_access_list(list, input.header->gas_limit, input.transactions.size());
        !fits)
        return without_list(fits.error().message);
    const uint64_t shaped = now_ns();
    BlockRun run(*implementation_, input, parent, list, changes_known);
    implementation_->pool.run([&run](uint32_t worker) { run.work(worker); });
    const uint64_t executed = now_ns();
    run.close();
    out.prepare_ns = shaped - begin;
    out.execute_ns = executed - shaped;
    out.close_ns = now_ns() - executed;
    if (!run.held()) return without_list(run.reason());
    out.held = true;
    return run.take_result();
}

}  // namespace switchyard::execute
