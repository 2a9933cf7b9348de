// SPDX-License-Identifier: Apache-2.0
// The state transition of one transaction (Yellow Paper, section 6).
#pragma once

#include <optional>
#include <vector>

#include "host/chain/blob_fee.hpp"
#include "host/chain/receipt.hpp"
#include "host/chain/transaction.hpp"
#include "host/evm/evm.hpp"
#include "host/execute/block_rules.hpp"
#include "host/execute/transaction_error.hpp"
#include "host/execute/transaction_gas.hpp"
#include "host/state/transaction_state.hpp"

namespace switchyard::execute {

[[nodiscard]] inline uint64_t blob_gas(const Transaction& transaction) {
    return kGasPerBlob * transaction.blob_versioned_hashes.size();
}

/// EIP-1559: what the sender pays for one unit of gas. Precondition: `max_fee_per_gas` is not below
/// the base fee.
[[nodiscard]] Uint256 effective_gas_price(const Transaction& transaction, const Uint256& base_fee);

/// The rules that need no account: type, chain id, fees against the block's base fees, intrinsic
/// gas, caps, the form of blob and set-code transactions. Thread-safe.
[[nodiscard]] TransactionError validate_transaction(const Transaction& transaction,
                                                    const BlockRules& rules,
                                                    const evm::BlockContext& block);

/// The most that the transaction can take from its sender, in Wei; no value above 2^256 - 1, which
/// nobody has.
[[nodiscard]] std::optional<Uint256> max_cost(const Transaction& transaction);

/// The rules that need the sender's account: code (EIP-3607), nonce, balance. What decided is
/// recorded in the reads of `state`, also when the transaction is refused.
[[nodiscard]] TransactionError validate_sender(const SignedTransaction& signed_transaction,
                                               const BlockRules& rules, TransactionState& state);

/// What one transaction did. Its effects on the state are in the `StateChanges` beside it.
struct TransactionOutcome {
    TransactionError error = TransactionError::None;  ///< not `None`: no effect at all
    evm::Status status = evm::Status::Success;        ///< of the transaction's own message
    uint64_t gas_used = 0;                            ///< what the sender paid for
    /// What counts for the block's gas: the same before Amsterdam, and there before refunds
    /// (EIP-7778) and without state gas (EIP-8037).
    uint64_t regular_gas_used = 0;
    uint64_t state_gas_used = 0;  ///< EIP-8037; 0 before Amsterdam
    uint64_t blob_gas_used = 0;
    IntrinsicGas intrinsic_gas;  ///< set whatever the error
    std::vector<Log> logs;
    std::optional<Address> created;  ///< by a successful creation
    Bytes output;                    ///< return or revert data of the message
    Address unsupported_precompile;  ///< valid with `Status::UnsupportedPrecompile`

    [[nodiscard]] bool success() const { return status == evm::Status::Success; }
};

/// Validates and runs one transaction over `view`, as if it were the next one of its block, and
/// writes its net effect to `changes` (cleared first; balances that were only credited stay
/// deltas, so that the beneficiary's fee depends on no earlier transaction).
///
/// Everything except the gas that is left in the block is checked here; that one depends on the
/// transactions before and is `commit_transaction`'s (block_execution.hpp). With an error in the
/// outcome, or a status that says `has_no_result`, `changes` is empty. `state.reads()` is complete
/// afterwards in every case. Precondition: `evm` runs `rules.revision`. One thread for each `evm`
/// and `state`; `view` must bear the threads that use it. `known_hashes` change nothing but the
/// time that it takes.
[[nodiscard]] TransactionOutcome execute_transaction(
    evm::Evm& evm, TransactionState& state, const StateView& view, const BlockRules& rules,
    const evm::BlockContext& block, const SignedTransaction& signed_transaction,
    StateChanges& changes, std::span<const evm::KnownHash> known_hashes = {});

}  // namespace switchyard::execute
