// SPDX-License-Identifier: Apache-2.0
#include "host/road/road.hpp"

#include <algorithm>
#include <functional>
#include <future>

#include "host/chain/blob_fee.hpp"
#include "host/execute/deferred_parent_hash.hpp"
#include "host/road/template_file.hpp"
#include "host/road/transaction_filter.hpp"
#include "host/road/verdict_of.hpp"

namespace switchyard {
namespace {

/// Passes on to the pool, unless the store is short of room, and takes its time apart from the
/// verify station's. What the pool's transactions will read is fetched while they wait there.
class PoolSink final : public TransactionSink {
  public:
    PoolSink(Pool& pool, StationCounters& counters, bool pressure, BlockRoad& block_road,
             PredictedReads& accepted, Prefetcher& prefetcher)
        : pool_(pool),
          counters_(counters),
          pressure_(pressure),
          block_road_(block_road),
          accepted_(accepted),
          prefetcher_(prefetcher) {}
    [[nodiscard]] size_t room() const override { return pressure_ ? 0 : pool_.room(); }
    void accept(std::span<SignedTransaction> transactions, std::span<Verdict> verdicts) override {
        const StationTimer timer(counters_, transactions.size());
        accepted_.clear();
        Pool::Batch batch(pool_);
        for (const SignedTransaction& transaction : transactions)
            batch.prefetch(transaction);
        for (size_t i = 0; i < transactions.size(); ++i) {
            // Before the pool takes it away.
            const PredictedReads::Mark before = accepted_.mark();
            block_road_.append_reads(transactions.subspan(i, 1), accepted_);
            verdicts[i] = batch.add(std::move(transactions[i]), pool_.sink_origin());
            // Nobody makes the disk work for a transaction that is refused.
            if (verdicts[i] != Verdict::Accepted) accepted_.back_to(before);
        }
        prefetcher_.add(accepted_);
        if (!batch.commit()) std::ranges::replace(verdicts, Verdict::Accepted, Verdict::NotDurable);
    }

  private:
    Pool& pool_;
    StationCounters& counters_;
    bool pressure_;
    BlockRoad& block_road_;
    PredictedReads& accepted_;
    Prefetcher& prefetcher_;
};

/// For BLOCKHASH: the parent's may still be on its way, all before it are in the store.
class ChainHashes final : public evm::BlockHashes {
  public:
    ChainHashes(const StateStore& store, uint64_t parent, std::function<Bytes32()> parent_hash)
        : store_(store), parent_(parent), parent_hash_(std::move(parent_hash)) {}
    [[nodiscard]] Bytes32 block_hash(uint64_t number) const override {
        if (number == parent_) return parent_hash_();
        const auto block = store_.block_at(number);
        return block && *block ? (*block)->hash : Bytes32{};
    }

  private:
    const StateStore& store_;
    const uint64_t parent_;
    const std::function<Bytes32()> parent_hash_;
};

}  // namespace

/// Computes a block's header and hash on a thread of its own, behind the store's state root.
class Road::Sealing {
  public:
    Sealing(StateStore& store, BlockHeader header, std::vector<SignedTransaction> transactions,
            std::vector<Withdrawal> withdrawals, execute::BlockResult result)
        : block_{.header = std::move(header),
                 .hash = {},
                 .transactions = std::move(transactions),
                 .receipts = {},
                 .withdrawals = std::move(withdrawals),
                 .requests = {},
                 .access_list = {}},
          result_(std::move(result)),
          done_(std::async(std::launch::async, [this, &store] { return seal(store); })) {}

    /// Waits; all-zero if the root cannot be had. From any thread.
    [[nodiscard]] Bytes32 hash() const {
        const auto done = done_;  // a copy for each thread, as std::shared_future asks for
        return done.get() ? block_.hash : Bytes32{};
    }
    [[nodiscard]] Result<SealedBlock> finish() {
        if (const auto& done = done_.get(); !done) return done.error();
        block_.receipts = std::move(result_.receipts);
        block_.requests = std::move(result_.requests);
        block_.access_list = std::move(result_.block_access_list);
        return std::move(block_);
    }

  private:
    Result<void> seal(StateStore& store) {
        // The roots of transactions and receipts first: the state's takes longer.
        seal_header(block_.header, block_.transactions, block_.withdrawals, result_, {});
        const auto root = store.root();
        if (!root) return root.error();
        block_.header.state_root = *root;
        block_.hash = header_hash(block_.header);
        return {};
    }

    SealedBlock block_;
    execute::BlockResult result_;
    std::shared_future<Result<void>> done_;  ///< last: its thread uses the others
};

Road::~Road() = default;

Result<std::unique_ptr<Road>> Road::open(const RoadConfig& config, StateStore& store,
                                         const BlockHeader& head) {
    if (!store.last_block() || store.last_block()->hash != header_hash(head))
        return Error{ErrorCode::Mismatch,
                     "the store does not hold the state of block " + std::to_string(head.number)};
    auto block_road = BlockRoad::open(config.lanes);
    if (!block_road) return block_road.error();
    auto road = std::unique_ptr<Road>(new Road(config, store, head, std::move(*block_road)));
    road->move_to_head({});
    if (config.pool_journal) {
        auto restored = road->pool_.open_journal(*config.pool_journal);
        if (!restored) return restored.error();
        road->restored_ = std::move(*restored);
    }
    if (!config.templates.empty()) {
        const auto loaded = load_templates(config.templates, road->block_road_->templates());
        if (!loaded && loaded.error().code != ErrorCode::NotFound)
            road->templates_error_ = loaded.error().message;
    }
    return road;
}

Result<void> Road::save_templates() const {
    if (config_.templates.empty()) return {};
    return switchyard::save_templates(config_.templates, block_road_->templates());
}

Road::Road(const RoadConfig& config, StateStore& store, const BlockHeader& head,
           std::unique_ptr<BlockRoad> block_road)
    : config_(config),
      store_(store),
      head_(head),
      verify_({.chain_id = config.chain.chain_id, .batch_size = config.verify_batch}),
      pool_(config.pool),
      block_road_(std::move(block_road)),
      prefetcher_(
          [&store](const PredictedReads& reads) { store.prefetch(reads.accounts, reads.slots); }) {}

void Road::move_to_head(std::optional<std::span<const Address>> changed) {
    pool_.set_head({.state = &store_.view(),
                    .block_gas_limit = head_.gas_limit,
                    .rules = pool_rules(config_.chain, head_),
                    .number = head_.number,
                    .changed = changed});
}

size_t Road::ingest(TransactionSource& source) {
    PoolSink sink(pool_, pool_admission_, store_.pressure(), *block_road_, accepted_, prefetcher_);
    return verify_.step(source, sink);
}

std::vector<SignedTransaction> Road::take_transactions(const execute::BlockInput& input,
                                                       uint64_t gas_max) {
    const StationTimer timer(pool_selection_, 0);
    return pool_.take_block({.gas_limit = std::min(input.header->gas_limit, gas_max),
                             .base_fee = *input.header->base_fee_per_gas,
                             .blob_gas_limit = input.rules.blobs.max * kGasPerBlob,
                             .blob_base_fee = execute::block_context(input).blob_base_fee,
                             .transactions_max = kBlockTransactionsMax,
                             .bytes_max = transactions_bytes_max(input.rules.revision)});
}

Result<execute::BlockResult> Road::execute(execute::BlockInput& input) {
    execute::DeferredParentHash parent(
        store_.view(), input.header->number, input.rules.revision,
        [&input] { return input.hashes->block_hash(input.header->number - 1); });
    input.parent_hash = &parent;
    auto result = block_road_->execute(input, parent);
    input.parent_hash = nullptr;
    if (const auto failed = store_.view().failure()) return *failed;
    return result;
}

Result<execute::BlockResult> Road::execute_valid(execute::BlockInput& input,
                                                 std::vector<SignedTransaction>& transactions,
                                                 const BuildBudget& budget) {
    input.transactions = transactions;
    auto result = execute(input);
    // Seldom: the pool's rules have seen all but what depends on transactions before in the block.
    const bool refused = !result && (result.error().code == ErrorCode::InvalidInput ||
                                     result.error().code == ErrorCode::Unsupported);
    if (!refused || transactions.empty()) return result;
    execute::DeferredParentHash parent(
        store_.view(), input.header->number, input.rules.revision,
        [&input] { return input.hashes->block_hash(input.header->number - 1); });
    input.parent_hash = &parent;
    auto filtered = filter_transactions(input, parent, std::move(transactions), budget.is_late);
    input.parent_hash = nullptr;
    transactions = std::move(filtered.kept);
    pool_.put_back(std::move(filtered.put_back));
    for (const RejectedTransaction& item : filtered.rejected)
        pool_.reject(item.transaction, item.why);
    if (filtered.error) return *filtered.error;
    input.transactions = transactions;
    return execute(input);
}

Result<RoadStep> Road::advance(const BlockAttributes& attributes, const BuildBudget& budget) {
    RoadStep step;
    auto header = next_header(config_.chain, head_, attributes);
    if (!header) return header.error();
    execute::BlockInput input;
    input.header = &*header;
    input.rules = execute::rules_for_block(config_.chain, header->number, header->timestamp);
    input.withdrawals = attributes.withdrawals;
    std::vector<SignedTransaction> transactions = take_transactions(input, budget.gas_max);
    const auto finish_only = [&]() -> Result<RoadStep> {
        auto finished = finish();
        if (!finished) return finished.error();
        step.sealed = std::move(*finished);
        return std::move(step);
    };
    if (transactions.empty() && !attributes.allow_empty) return finish_only();

    const Sealing* const before = sealing_.get();
    const ChainHashes hashes(store_, header->number - 1, [before, &header] {
        return before != nullptr ? before->hash() : header->parent_hash;
    });
    input.hashes = &hashes;
    auto result = execute_valid(input, transactions, budget);
    if (!result) {
        pool_.put_back(std::move(transactions));
        return result.error();
    }
    if (transactions.empty() && !attributes.allow_empty) return finish_only();
    if (sealing_ != nullptr) {
        auto sealed = end_sealing();
        if (!sealed) return sealed.error();
        header->parent_hash = sealed->hash;
        step.sealed = std::move(*sealed);
    }
    const auto begun = begin_sealing(std::move(*header), std::move(transactions),
                                     attributes.withdrawals, std::move(*result));
    // What was sealed is not lost with it; the next call meets the error again.
    if (!begun && !step.sealed) return begun.error();
    step.begun = begun.has_value();
    // The disk has synced the block before while this one went into the flat state.
    if (step.sealed) {
        const StationTimer timer(commit_, StationTimer::kSameBatch);
        if (auto durable = store_.wait_durable(step.sealed->header.number); !durable)
            return durable.error();
        pool_.block_durable(step.sealed->header.number);
    }
    return step;
}

Result<void> Road::begin_sealing(BlockHeader header, std::vector<SignedTransaction> transactions,
                                 std::vector<Withdrawal> withdrawals, execute::BlockResult result) {
    const StationTimer timer(commit_, transactions.size());
    StateChanges changes = std::move(result.changes);
    changed_.clear();
    for (const AccountChange& change : changes.accounts)
        changed_.push_back(change.address);
    if (auto applied = store_.apply(header.number, std::move(changes)); !applied) {
        pool_.put_back(std::move(transactions));
        return applied.error();
    }
    header.gas_used = result.gas_used;  // which the next header's base fee depends on
    if (header.blob_gas_used) header.blob_gas_used = result.blob_gas_used;
    head_ = header;
    sealing_ = std::make_unique<Sealing>(store_, std::move(header), std::move(transactions),
                                         std::move(withdrawals), std::move(result));
    move_to_head(changed_);
    return {};
}

Result<SealedBlock> Road::end_sealing() {
    const StationTimer timer(commit_, StationTimer::kSameBatch);
    const std::unique_ptr<Sealing> sealing = std::move(sealing_);
    auto block = sealing->finish();
    if (!block) return block.error();
    if (auto sealed = store_.seal({.number = block->header.number,
                                   .hash = block->hash,
                                   .state_root = block->header.state_root});
        !sealed)
        return sealed.error();
    head_ = block->header;
    return block;
}

Result<std::optional<SealedBlock>> Road::finish() {
    if (sealing_ == nullptr) return std::optional<SealedBlock>{};
    auto block = end_sealing();
    if (!block) return block.error();
    const StationTimer timer(commit_, StationTimer::kSameBatch);
    if (auto durable = store_.wait_durable(block->header.number); !durable) return durable.error();
    pool_.block_durable(block->header.number);
    return std::optional<SealedBlock>(std::move(*block));
}

Result<std::optional<SealedBlock>> Road::build_block(const BlockAttributes& attributes,
                                                     const BuildBudget& budget) {
    if (auto earlier = finish(); !earlier) return earlier.error();
    auto step = advance(attributes, budget);
    if (!step) return step.error();
    return finish();
}

RoadCounters Road::counters() const {
    RoadCounters out = block_road_->counters();
    const VerifyStatistics& verify = verify_.statistics();
    // The station's time includes the sink's, which is the pool.
    out[Station::Verify] = {
        .batches = verify.batches,
        .transactions = verify.transactions,
        .busy_ns = verify.busy_ns - std::min(verify.busy_ns, pool_admission_.busy_ns)};
    out[Station::Pool] = {.batches = pool_admission_.batches,
                          .transactions = pool_admission_.transactions,
                          .busy_ns = pool_admission_.busy_ns + pool_selection_.busy_ns};
    out[Station::Commit] = commit_;
    return out;
}

}  // namespace switchyard
