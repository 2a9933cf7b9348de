// SPDX-License-Identifier: Apache-2.0
// A block of somebody else: everything that its header states, but the state root.
#pragma once

#include <functional>

#include "host/chain/chain_config.hpp"
#include "host/execute/block_validation.hpp"
#include "host/node/archive/archive.hpp"

namespace switchyard::node {

/// Executes a block, with the access list that came with it (EIP-7928) or null; the result must be
/// `execute_block_serial`'s for any list. Called by one thread at a time.
using ExecuteBlock = std::function<Result<execute::BlockResult>(
    const execute::BlockInput&, const StateView&, const BlockAccessList*)>;

/// A valid block with what its execution gave, over the state of its parent.
struct JudgedBlock {
    std::shared_ptr<ArchivedBlock> block;
    std::shared_ptr<const StateChanges> changes;
};

/// The rules of a block whose parent chain has this total difficulty.
[[nodiscard]] execute::BlockRules rules_of(const ChainConfig& config, const BlockHeader& header,
                                           const Uint256& parent_total_difficulty);

/// Validates header, body and ommers, executes `block` over `state` (its parent's) and compares
/// what came of it with the header. `InvalidInput` and `Mismatch`: the block is invalid; any other
/// error says nothing about it. `access_list` came with the block, encoded, or is null: it makes
/// the block faster if it is right, and costs time if not. `roots` gives the roots in receipts
/// before Byzantium.
[[nodiscard]] Result<JudgedBlock> judge_block(const ChainConfig& config, const Archive& archive,
                                              const ExecuteBlock& execute, Block block,
                                              const Bytes* access_list, const BlockPointer& parent,
                                              const StateView& state,
                                              execute::IntermediateRoots& roots);

/// Executes a block that was judged before, for its changes.
[[nodiscard]] Result<std::shared_ptr<const StateChanges>> execute_again(
    const ChainConfig& config, const Archive& archive, const ExecuteBlock& execute,
    const ArchivedBlock& block, const BlockPointer& parent, const StateView& state);

}  // namespace switchyard::node
