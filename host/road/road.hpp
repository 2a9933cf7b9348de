// SPDX-License-Identifier: Apache-2.0
// The whole road behind a source of raw transactions: verify, pool, plan, detect, execute, commit.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>

#include "host/chain/chain_config.hpp"
#include "host/ingest/verify_station.hpp"
#include "host/pool/pool.hpp"
#include "host/road/block_road.hpp"
#include "host/road/prefetcher.hpp"
#include "host/road/seal.hpp"
#include "host/state/store/state_store.hpp"

namespace switchyard {

struct RoadConfig {
    ChainConfig chain;
    BlockRoadConfig lanes;
    PoolConfig pool;
    size_t verify_batch = 256;  ///< 1 to kBatchTransactionsMax
    /// A file of what was learned: read when the road opens, written by `save_templates`; empty:
    /// none. A damaged one is left alone and learned anew (`Road::templates_error`).
    std::filesystem::path templates;
    /// Where what the pool accepted is written down before it is acknowledged; none: it is lost
    /// with the process.
    std::optional<PoolJournalOptions> pool_journal{};
};

/// What a block may take to be built.
struct BuildBudget {
    uint64_t gas_max = UINT64_MAX;  ///< of its transactions' gas limits, below the block's own
    /// Asked between transactions where some have to be sorted out: what is left then waits for
    /// the next block. Empty: never.
    std::function<bool()> is_late{};
};

/// What one step of the road did.
struct RoadStep {
    bool begun = false;                 ///< a block was executed, and is under way
    std::optional<SealedBlock> sealed;  ///< the block before it, which is durable now
};

/// Builds blocks from what a source delivers. One thread drives it; execution uses the threads of
/// `lanes` inside.
///
/// The state root of a block and the roots in its header are hashed on other threads while the next
/// block executes (`advance`); at most one block is under way like that. A block that was given out
/// is durable in the store. A transaction whose verdict was `Accepted` is in the pool, in the block
/// under way or in one that was given out.
class Road {
  public:
    /// `store` must outlive the road and hold the state of `head`, which is the genesis or the last
    /// block committed; it is read and committed to by this road alone.
    [[nodiscard]] static Result<std::unique_ptr<Road>> open(const RoadConfig& config,
                                                            StateStore& store,
                                                            const BlockHeader& head);

    ~Road();

    /// Takes one batch from the source through verify into the pool; returns how many transactions
    /// it held. Takes none while the store is short of room (`StateStore::pressure`). Never blocks.
    size_t ingest(TransactionSource& source);

    /// Executes the next block from the pool over the one under way, which is sealed and made
    /// durable meanwhile; the new one is then under way. Nothing begins when the pool has nothing
    /// that may go into a block (`BlockAttributes::allow_empty`); what was under way is finished
    /// then, too. A transaction that execution refuses does not stop the block: it leaves the pool
    /// with its reason, or goes back where another block may take it. After an error in the
    /// new block, pool and head are as they were; an error of the store is final
    /// (`StateStore`): open it and the road again.
    [[nodiscard]] Result<RoadStep> advance(const BlockAttributes& attributes,
                                           const BuildBudget& budget = {});
    /// Seals the block under way and makes it durable; no value when there is none.
    [[nodiscard]] Result<std::optional<SealedBlock>> finish();
    /// One block from the pool to the store, after what was under way, whose block is lost to the
    /// caller: for those who never call `advance`. No value: the pool has nothing for it.
    [[nodiscard]] Result<std::optional<SealedBlock>> build_block(const BlockAttributes& attributes,
                                                                 const BuildBudget& budget = {});

    /// Of the block that was executed last. While it is under way, what its sealing will fill in
    /// (parent's hash, roots, bloom) is not there.
    [[nodiscard]] const BlockHeader& head() const { return head_; }
    [[nodiscard]] const Pool& pool() const { return pool_; }
    [[nodiscard]] Pool& pool() { return pool_; }
    /// What the pool's journal held when the road opened; zeros without one.
    [[nodiscard]] const PoolRestored& restored() const { return restored_; }
    [[nodiscard]] const RoadConfig& config() const { return config_; }
    [[nodiscard]] const VerifyStation& verify_station() const { return verify_; }
    /// Reads ahead for the pool's transactions.
    [[nodiscard]] Prefetcher& prefetcher() { return prefetcher_; }
    [[nodiscard]] const BlockRoad& block_road() const { return *block_road_; }
    /// Writes what was learned to the file of the configuration; nothing if there is none.
    [[nodiscard]] Result<void> save_templates() const;
    /// Why the file of templates was not read; empty: it was, or there was none.
    [[nodiscard]] const std::string& templates_error() const { return templates_error_; }
    /// Of every station on this side of the source.
    [[nodiscard]] RoadCounters counters() const;

  private:
    Road(const RoadConfig& config, StateStore& store, const BlockHeader& head,
         std::unique_ptr<BlockRoad> block_road);

    class Sealing;

    /// `changed`: of `PoolHead`.
    void move_to_head(std::optional<std::span<const Address>> changed);
    [[nodiscard]] std::vector<SignedTransaction> take_transactions(const execute::BlockInput& input,
                                                                   uint64_t gas_max);
    [[nodiscard]] Result<execute::BlockResult> execute(execute::BlockInput& input);
    /// Sorts out of `transactions` what may not stand in the block.
    [[nodiscard]] Result<execute::BlockResult> execute_valid(
        execute::BlockInput& input, std::vector<SignedTransaction>& transactions,
        const BuildBudget& budget);
    [[nodiscard]] Result<void> begin_sealing(BlockHeader header,
                                             std::vector<SignedTransaction> transactions,
                                             std::vector<Withdrawal> withdrawals,
                                             execute::BlockResult result);
    /// Waits for the sealing under way and hands the block to the store's journal.
    [[nodiscard]] Result<SealedBlock> end_sealing();

    RoadConfig config_;
    StateStore& store_;
    BlockHeader head_;
    VerifyStation verify_;
    Pool pool_;
    std::unique_ptr<BlockRoad> block_road_;
    std::unique_ptr<Sealing> sealing_;  ///< of the block under way; else null
    StationCounters pool_admission_;
    StationCounters pool_selection_;
    StationCounters commit_;
    std::string templates_error_;
    PoolRestored restored_;
    std::vector<Address> changed_;  ///< by the block executed last, kept for its memory
    PredictedReads accepted_;       ///< of a batch, kept for its memory
    Prefetcher prefetcher_;
};

}  // namespace switchyard
