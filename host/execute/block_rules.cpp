// SPDX-License-Identifier: Apache-2.0
#include "host/execute/block_rules.hpp"

#include "host/execute/dao_fork.hpp"

namespace switchyard::execute {

BlockRules rules_for_block(const ChainConfig& config, uint64_t number, uint64_t timestamp,
                           const std::optional<Uint256>& parent_total_difficulty) {
    BlockRules rules;
    rules.revision = config.revision_at(number, timestamp, parent_total_difficulty);
    rules.chain_id = config.chain_id;
    if (const auto blobs = config.blob_parameters_at(timestamp)) rules.blobs = *blobs;
    rules.bomb_delay = config.bomb_delay_at(number);
    if (config.dao_fork_block && number >= *config.dao_fork_block) {
        rules.is_dao_fork = number == *config.dao_fork_block;
        rules.has_dao_mark = number - *config.dao_fork_block < kDaoExtraDataBlocks;
    }
    rules.deposit_contract = config.deposit_contract;
    return rules;
}

}  // namespace switchyard::execute
