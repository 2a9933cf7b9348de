// SPDX-License-Identifier: Apache-2.0
// The rules in force for one block, resolved from a chain's configuration.
#pragma once

#include <optional>

#include "host/chain/chain_config.hpp"

namespace switchyard::execute {

/// Everything that execution must know of the chain for one block. A value: cheap to copy, safe to
/// share.
struct BlockRules {
    Revision revision = Revision::Frontier;
    uint64_t chain_id = 1;
    BlobParameters blobs;       ///< meaningful from Cancun on
    uint64_t bomb_delay = 0;    ///< meaningful before Paris
    bool is_dao_fork = false;   ///< this block makes EIP-779's irregular state change
    bool has_dao_mark = false;  ///< its extra data is fixed (EIP-779)
    Address deposit_contract = kMainnetDepositContract;  ///< EIP-6110; from Prague on
};

/// The rules of block `number` at `timestamp` on the chain of `config`. `parent_total_difficulty`
/// as for `ChainConfig::revision_at`.
[[nodiscard]] BlockRules rules_for_block(
    const ChainConfig& config, uint64_t number, uint64_t timestamp,
    const std::optional<Uint256>& parent_total_difficulty = std::nullopt);

}  // namespace switchyard::execute
