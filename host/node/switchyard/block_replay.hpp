// SPDX-License-Identifier: Apache-2.0
// A block of the chain once more over the state after its parent: planned, over lanes, or observed.
#pragma once

#include <memory>
#include <mutex>

#include "host/node/chain/ancestor_hashes.hpp"
#include "host/node/rpc/context.hpp"
#include "host/node/rpc/rpc_error.hpp"
#include "host/node/switchyard/replay_request.hpp"

namespace switchyard::node::appliance {

/// Of the keys in answers: fixed, so that answers can be compared.
inline constexpr uint64_t kReplayKeySeed = 1;

/// Everything that an execution of one block needs. Immovable: `input` points into it.
class ReplayedBlock {
  public:
    ReplayedBlock(const ReplayedBlock&) = delete;
    ReplayedBlock& operator=(const ReplayedBlock&) = delete;
    /// `NotFound`: the state after its parent is not kept any more; `Unsupported`: of the genesis,
    /// or of a block whose receipts carry state roots (before Byzantium).
    [[nodiscard]] static Result<std::unique_ptr<ReplayedBlock>> open(const Chain& chain,
                                                                     const BlockPointer& block);

    [[nodiscard]] const execute::BlockInput& input() const { return input_; }
    [[nodiscard]] const ArchivedBlock& block() const { return *block_; }
    [[nodiscard]] const ChainView& parent() const { return *parent_; }

  private:
    ReplayedBlock(const Chain& chain, BlockPointer block, const BlockPointer& parent,
                  ChainViewPointer view)
        : block_(std::move(block)), parent_(std::move(view)), hashes_(chain.archive(), parent) {}

    BlockPointer block_;
    ChainViewPointer parent_;
    AncestorHashes hashes_;
    std::vector<SignedTransaction> transactions_;
    execute::BlockInput input_;
};

struct PreparedReplay {
    ReplayRequest request;
    std::unique_lock<std::mutex> alone;
    std::unique_ptr<BlockRoad> road;
    uint64_t learned_from = 0;  ///< blocks
    std::unique_ptr<ReplayedBlock> block;
};
/// Reads the request (`read_replay_request`) and makes ready what it needs, alone until it is given
/// up: `kBusy` while another one is being answered. The road has learned from the `learn_from`
/// blocks before the block and from nothing else, with fixed seeds and from every transaction: the
/// same question has the same answer. Fewer where the chain, or the states that are kept, begin
/// later.
[[nodiscard]] rpc::Answer<PreparedReplay> prepare_replay(ApplianceBackend& backend,
                                                         const rpc::Params& params,
                                                         bool by_transaction,
                                                         const rpc::Context& context);

/// An error of a replay as an answer.
[[nodiscard]] rpc::RpcError replay_failed(const Error& error);

}  // namespace switchyard::node::appliance
