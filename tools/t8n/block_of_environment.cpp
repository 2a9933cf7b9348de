// SPDX-License-Identifier: Apache-2.0
#include "tools/t8n/block_of_environment.hpp"

#include "host/chain/base_fee.hpp"
#include "host/chain/blob_fee.hpp"
#include "host/chain/difficulty.hpp"
#include "host/chain/hash.hpp"

namespace switchyard::t8n {
namespace {

Error env_error(const std::string& field, const std::string& what) {
    return {ErrorCode::InvalidInput, "env." + field + " " + what};
}

Result<Uint256> base_fee_of(const Environment& environment) {
    if (environment.base_fee) return *environment.base_fee;
    if (!environment.parent_base_fee || environment.number == 0)
        return env_error("currentBaseFee",
                         "is missing: state it, or parentBaseFee, parentGasUsed and "
                         "parentGasLimit (EIP-1559)");
    if (environment.parent_gas_limit < kElasticityMultiplier)
        return env_error("parentGasLimit", "is missing or below 2: the base fee depends on it");
    return next_base_fee(environment.parent_gas_limit, environment.parent_gas_used,
                         *environment.parent_base_fee);
}

Result<Uint256> difficulty_of(const Environment& environment, const execute::BlockRules& rules) {
    if (environment.difficulty) return *environment.difficulty;
    if (!environment.parent_difficulty)
        return env_error("currentDifficulty",
                         "is missing: state it, or parentDifficulty and parentTimestamp");
    if (environment.number == 0)
        return env_error("currentDifficulty", "is missing: block 0 has no parent to compute it of");
    const uint64_t parent_timestamp = environment.parent_timestamp.value_or(0);
    if (environment.timestamp <= parent_timestamp)
        return env_error("currentTimestamp", "is not after parentTimestamp: no difficulty follows");
    const Bytes32 no_ommers = keccak256(Bytes{0xc0});
    const bool has_ommers = environment.parent_ommers_hash &&
                            !environment.parent_ommers_hash->is_zero() &&
                            *environment.parent_ommers_hash != no_ommers;
    return next_difficulty(rules.revision, rules.bomb_delay,
                           {*environment.parent_difficulty, parent_timestamp, has_ommers},
                           environment.number, environment.timestamp);
}

Result<uint64_t> excess_blob_gas_of(const Environment& environment,
                                    const execute::BlockRules& rules) {
    if (environment.excess_blob_gas) return *environment.excess_blob_gas;
    if (!environment.parent_excess_blob_gas || !environment.parent_blob_gas_used)
        return env_error("currentExcessBlobGas",
                         "is missing: state it, or parentExcessBlobGas and parentBlobGasUsed "
                         "(EIP-4844)");
    return next_excess_blob_gas(
        rules.revision,
        {*environment.parent_excess_blob_gas, *environment.parent_blob_gas_used,
         environment.parent_base_fee.value_or(Uint256{})},
        rules.blobs);
}

Result<void> add_cancun(const Environment& environment, const execute::BlockRules& rules,
                        BlockHeader& out) {
    if (!environment.parent_beacon_block_root)
        return env_error("parentBeaconBlockRoot", "is missing (EIP-4788)");
    out.parent_beacon_block_root = environment.parent_beacon_block_root;
    const auto excess = excess_blob_gas_of(environment, rules);
    if (!excess) return excess.error();
    out.excess_blob_gas = *excess;
    return {};
}

}  // namespace

Result<BlockHeader> header_of(const Environment& environment, const execute::BlockRules& rules) {
    BlockHeader out;
    out.beneficiary = environment.beneficiary;
    out.number = environment.number;
    out.timestamp = environment.timestamp;
    out.gas_limit = environment.gas_limit;
    if (rules.revision >= Revision::London) {
        const auto fee = base_fee_of(environment);
        if (!fee) return fee.error();
        out.base_fee_per_gas = *fee;
    }
    if (rules.revision >= Revision::Paris) {
        if (!environment.random) return env_error("currentRandom", "is missing (EIP-4399)");
        if (environment.difficulty && !environment.difficulty->is_zero())
            return env_error("currentDifficulty", "is not 0 (EIP-3675)");
        out.prev_randao = *environment.random;
    } else {
        const auto difficulty = difficulty_of(environment, rules);
        if (!difficulty) return difficulty.error();
        out.difficulty = *difficulty;
    }
    if (rules.revision >= Revision::Shanghai && !environment.withdrawals)
        return env_error("withdrawals", "is missing (EIP-4895)");
    if (rules.revision >= Revision::Cancun)
        if (const auto added = add_cancun(environment, rules, out); !added) return added.error();
    if (rules.revision >= Revision::Prague && environment.number != 0) {
        const auto parent = environment.block_hashes.find(environment.number - 1);
        if (parent == environment.block_hashes.end())
            return env_error("blockHashes[" + std::to_string(environment.number - 1) + "]",
                             "is missing: the parent's hash goes into the state (EIP-2935)");
        out.parent_hash = parent->second;
    }
    if (rules.revision >= Revision::Amsterdam) {
        if (!environment.slot_number) return env_error("slotNumber", "is missing (EIP-7843)");
        out.slot_number = environment.slot_number;
    }
    return out;
}

}  // namespace switchyard::t8n
