// SPDX-License-Identifier: Apache-2.0
// State and block overrides of `eth_call` and `eth_simulateV1`.
#pragma once

#include <map>

#include "host/chain/block.hpp"
#include "host/evm/evm.hpp"
#include "host/execute/block_rules.hpp"
#include "host/node/json/document.hpp"
#include "host/node/rpc/rpc_error.hpp"
#include "host/precompiles/moved_precompiles.hpp"
#include "host/state/block_state.hpp"

namespace switchyard::node::eth {

struct AccountOverride {
    std::optional<Uint256> balance;
    std::optional<uint64_t> nonce;
    std::optional<Bytes> code;
    std::optional<std::map<Uint256, Uint256>> state;       ///< replaces the storage
    std::optional<std::map<Uint256, Uint256>> state_diff;  ///< replaces these slots
    std::optional<Address> move_precompile_to;
};
using StateOverrides = std::map<Address, AccountOverride>;

/// Absent: none. -32602 for what does not fit.
[[nodiscard]] rpc::Answer<StateOverrides> read_state_overrides(json::Element object);

/// Puts the overrides into `state`. `precompiles` is what the calls will run with: it starts as of
/// the call before, and precompiles that are overridden or moved leave their place.
[[nodiscard]] rpc::Failure apply_state_overrides(const StateOverrides& overrides, Revision revision,
                                                 BlockState& state,
                                                 precompiles::MovedPrecompiles& precompiles);

struct BlockOverrides {
    std::optional<uint64_t> number;
    std::optional<Uint256> difficulty;
    std::optional<uint64_t> time;
    std::optional<uint64_t> gas_limit;
    std::optional<Address> fee_recipient;
    std::optional<Bytes32> prev_randao;
    std::optional<Uint256> base_fee;
    std::optional<Uint256> blob_base_fee;
    std::optional<Bytes32> beacon_root;
    std::optional<std::vector<Withdrawal>> withdrawals;
};
[[nodiscard]] rpc::Answer<BlockOverrides> read_block_overrides(json::Element object);
void apply_block_overrides(const BlockOverrides& overrides, evm::BlockContext& block);

}  // namespace switchyard::node::eth
