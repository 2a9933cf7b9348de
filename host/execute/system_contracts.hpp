// SPDX-License-Identifier: Apache-2.0
// Calls that the protocol itself makes at the borders of a block.
#pragma once

#include "host/core/result.hpp"
#include "host/evm/evm.hpp"
#include "host/execute/block_effects.hpp"
#include "host/execute/block_rules.hpp"
#include "host/state/transaction_state.hpp"

namespace switchyard::execute {

[[nodiscard]] Address beacon_roots_contract();            ///< EIP-4788
[[nodiscard]] Address block_hashes_contract();            ///< EIP-2935
[[nodiscard]] Address withdrawal_requests_contract();     ///< EIP-7002
[[nodiscard]] Address consolidation_requests_contract();  ///< EIP-7251

/// What a block does when the contract is absent or its call fails.
enum class SystemCallPolicy : uint8_t {
    Ignore,   ///< EIP-4788, EIP-2935: nothing happens
    Require,  ///< EIP-7002, EIP-7251: the block is invalid
};

/// Calls `contract` with `input` from the system address, with 30 M gas that nobody pays, and
/// applies what it did to `effects`. Gives the return data. Errors: `InvalidInput` by `policy`,
/// `Unsupported` for a precompile that this build cannot compute, `Timeout` if it was interrupted.
[[nodiscard]] Result<Bytes> system_call(evm::Evm& evm, TransactionState& transaction_state,
                                        const BlockEffects& effects, const BlockRules& rules,
                                        const evm::BlockContext& block, const Address& contract,
                                        BytesView input, SystemCallPolicy policy);

/// Why a message has no result (`evm::has_no_result`): `ErrorCode::Unsupported`, naming the
/// precompile, or `Timeout` for an interruption.
[[nodiscard]] Error no_result_error(evm::Status status, const Address& precompile);

}  // namespace switchyard::execute
