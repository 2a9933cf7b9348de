// SPDX-License-Identifier: Apache-2.0
#include "host/road/road.hpp"

#include <algorithm>

#include "host/chain/blob_fee.hpp"
#include "host/execute/block_validation.hpp"

namespace switchyard {
namespace {

/// The pool's verdict for a transaction that the rules of execution refuse.
Verdict verdict_of(execute::TransactionError error) {
    using execute::TransactionError;
    switch (error) {
        case TransactionError::None:
            return Verdict::Accepted;
        case TransactionError::TypeNotSupported:
            return Verdict::Unsupported;
        case TransactionError::WrongChainId:
            return Verdict::WrongChain;
        case TransactionError::NonceTooLow:
            return Verdict::NonceTooLow;
        case TransactionError::InsufficientBalance:
            return Verdict::InsufficientFunds;
        case TransactionError::IntrinsicGasTooLow:
        case TransactionError::FloorGasTooLow:
            return Verdict::IntrinsicGasTooLow;
        case TransactionError::GasLimitAboveCap:
        case TransactionError::GasLimitAboveBlock:
            return Verdict::GasLimitTooHigh;
        case TransactionError::MaxFeeBelowBaseFee:
        case TransactionError::BlobFeeBelowBaseFee:
            return Verdict::FeeTooLow;
        default:
            return Verdict::Malformed;
    }
}

/// EIP-7934: what the block's RLP may hold of transactions. A header of 32 bytes of extra data, no
/// ommers, no withdrawals and the prefixes of the lists take less than a kilobyte.
size_t transactions_bytes_max(Revision revision) {
    constexpr size_t kAroundTransactions = 1024;
    return revision >= Revision::Osaka ? execute::kBlockBytesMax - kAroundTransactions : SIZE_MAX;
}

/// Passes on to the pool, unless the store is short of room, and takes its time apart from the
/// verify station's.
class TimedSink final : public TransactionSink {
  public:
    TimedSink(Pool& pool, StationCounters& counters, bool pressure)
        : pool_(pool), counters_(counters), pressure_(pressure) {}
    [[nodiscard]] size_t room() const override { return pressure_ ? 0 : pool_.room(); }
    void accept(std::span<SignedTransaction> transactions, std::span<Verdict> verdicts) override {
        const StationTimer timer(counters_, transactions.size());
        pool_.accept(transactions, verdicts);
    }

  private:
    Pool& pool_;
    StationCounters& counters_;
    bool pressure_;
};

}  // namespace

Result<std::unique_ptr<Road>> Road::open(const RoadConfig& config, StateStore& store,
                                         const BlockHeader& head) {
    if (!store.last_block() || store.last_block()->hash != header_hash(head))
        return Error{ErrorCode::Mismatch,
                     "the store does not hold the state of block " + std::to_string(head.number)};
    auto block_road = BlockRoad::open(config.lanes);
    if (!block_road) return block_road.error();
    auto road = std::unique_ptr<Road>(new Road(config, store, head, std::move(*block_road)));
    road->move_to_head();
    return road;
}

Road::Road(const RoadConfig& config, StateStore& store, const BlockHeader& head,
           std::unique_ptr<BlockRoad> block_road)
    : config_(config),
      store_(store),
      head_(head),
      verify_({.chain_id = config.chain.chain_id, .batch_size = config.verify_batch}),
      pool_(config.pool),
      block_road_(std::move(block_road)) {}

void Road::move_to_head() {
    const auto rules =
        execute::rules_for_block(config_.chain, head_.number + 1, head_.timestamp + 1);
    // Fees are judged against a base fee of 0: a later block may be cheaper, and the pool has its
    // own minimum.
    evm::BlockContext block;
    block.number = head_.number + 1;
    block.gas_limit = head_.gas_limit;
    block.chain_id = config_.chain.chain_id;
    pool_.set_head({.state = &store_.view(),
                    .block_gas_limit = head_.gas_limit,
                    .rules = [rules, block](const Transaction& transaction) {
                        return verdict_of(execute::validate_transaction(transaction, rules, block));
                    }});
}

size_t Road::ingest(TransactionSource& source) {
    TimedSink sink(pool_, pool_admission_, store_.pressure());
    return verify_.step(source, sink);
}

Result<std::optional<SealedBlock>> Road::build_block(const BlockAttributes& attributes) {
    auto header = next_header(config_.chain, head_, attributes);
    if (!header) return header.error();
    const auto rules = execute::rules_for_block(config_.chain, header->number, header->timestamp);
    execute::BlockInput input;
    input.header = &*header;
    input.rules = rules;

    std::vector<SignedTransaction> transactions;
    {
        const StationTimer timer(pool_selection_, 0);
        transactions =
            pool_.take_block({.gas_limit = header->gas_limit,
                              .base_fee = *header->base_fee_per_gas,
                              .blob_gas_limit = rules.blobs.max * kGasPerBlob,
                              .blob_base_fee = execute::block_context(input).blob_base_fee,
                              .transactions_max = kBlockTransactionsMax,
                              .bytes_max = transactions_bytes_max(rules.revision)});
    }
    if (transactions.empty()) return std::optional<SealedBlock>{};
    input.transactions = transactions;
    auto result = block_road_->execute(input, store_.view());
    if (!result) {
        pool_.put_back(std::move(transactions));
        return result.error();
    }
    auto sealed = commit(std::move(*header), std::move(transactions), std::move(*result));
    if (!sealed) return sealed.error();
    return std::optional<SealedBlock>(std::move(*sealed));
}

Result<SealedBlock> Road::commit(BlockHeader header, std::vector<SignedTransaction> transactions,
                                 execute::BlockResult result) {
    const StationTimer timer(commit_, transactions.size());
    if (auto applied = store_.apply(header.number, std::move(result.changes)); !applied)
        return applied.error();
    const auto root = store_.root();
    if (!root) return root.error();
    seal_header(header, transactions, {}, result, *root);
    SealedBlock out{.header = std::move(header),
                    .hash = {},
                    .transactions = std::move(transactions),
                    .receipts = std::move(result.receipts),
                    .access_list = std::move(result.block_access_list)};
    out.hash = header_hash(out.header);
    if (auto sealed =
            store_.seal({.number = out.header.number, .hash = out.hash, .state_root = *root});
        !sealed)
        return sealed.error();
    if (auto durable = store_.wait_durable(out.header.number); !durable) return durable.error();
    head_ = out.header;
    move_to_head();
    return out;
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
