// SPDX-License-Identifier: Apache-2.0
// The whole road behind a source of raw transactions: verify, pool, plan, detect, execute, commit.
#pragma once

#include <memory>
#include <optional>

#include "host/chain/chain_config.hpp"
#include "host/ingest/verify_station.hpp"
#include "host/pool/pool.hpp"
#include "host/road/block_road.hpp"
#include "host/road/seal.hpp"
#include "host/state/store/state_store.hpp"

namespace switchyard {

struct RoadConfig {
    ChainConfig chain;
    BlockRoadConfig lanes;
    PoolConfig pool;
    size_t verify_batch = 256;  ///< 1 to kBatchTransactionsMax
};

/// Builds blocks from what a source delivers. One thread drives it; execution uses the threads of
/// `lanes` inside.
///
/// A block that `build_block` returned is durable in the store. A transaction whose verdict was
/// `Accepted` is in the pool or in such a block.
class Road {
  public:
    /// `store` must outlive the road and hold the state of `head`, which is the genesis or the last
    /// block committed; it is read and committed to by this road alone.
    [[nodiscard]] static Result<std::unique_ptr<Road>> open(const RoadConfig& config,
                                                            StateStore& store,
                                                            const BlockHeader& head);

    /// Takes one batch from the source through verify into the pool; returns how many transactions
    /// it held. Takes none while the store is short of room (`StateStore::pressure`). Never blocks.
    size_t ingest(TransactionSource& source);

    /// Builds, executes and commits the next block from the pool. No value: the pool has nothing
    /// that may go into it. An error leaves head, store and pool as they were.
    [[nodiscard]] Result<std::optional<SealedBlock>> build_block(const BlockAttributes& attributes);

    [[nodiscard]] const BlockHeader& head() const { return head_; }
    [[nodiscard]] const Pool& pool() const { return pool_; }
    [[nodiscard]] const VerifyStation& verify_station() const { return verify_; }
    [[nodiscard]] const BlockRoad& block_road() const { return *block_road_; }
    /// Of every station on this side of the source.
    [[nodiscard]] RoadCounters counters() const;

  private:
    Road(const RoadConfig& config, StateStore& store, const BlockHeader& head,
         std::unique_ptr<BlockRoad> block_road);

    void move_to_head();
    [[nodiscard]] Result<SealedBlock> commit(BlockHeader header,
                                             std::vector<SignedTransaction> transactions,
                                             execute::BlockResult result);

    RoadConfig config_;
    StateStore& store_;
    BlockHeader head_;
    VerifyStation verify_;
    Pool pool_;
    std::unique_ptr<BlockRoad> block_road_;
    StationCounters pool_admission_;
    StationCounters pool_selection_;
    StationCounters commit_;
};

}  // namespace switchyard
