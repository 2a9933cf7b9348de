// SPDX-License-Identifier: Apache-2.0
// Messages of callers who sign nothing: `eth_call`, `eth_estimateGas`, `eth_simulateV1`.
#pragma once

#include "host/execute/transaction_execution.hpp"

namespace switchyard::execute {

/// Which of a transaction's rules hold for a call. Type, chain id and the cap on one transaction's
/// gas (EIP-7825) never do; intrinsic gas, balance and the forms of its type always do.
struct CallRules {
    bool check_nonce = false;
    bool check_sender_code = false;  ///< EIP-3607
    /// Whether both fees at 0 have to reach the base fee as well. If not, such a call pays nothing
    /// and the beneficiary gets nothing.
    bool check_zero_fees = false;
};

struct CallOutcome {
    TransactionOutcome outcome;
    uint64_t max_gas_used = 0;  ///< before refunds: what the gas limit had to cover
};

/// `execute_transaction` under the rules of a call. Preconditions and `changes` are the same;
/// `block.base_fee` may be above the fees of a call that pays nothing.
[[nodiscard]] CallOutcome execute_call(evm::Evm& evm, TransactionState& state,
                                       const StateView& view, const BlockRules& rules,
                                       const evm::BlockContext& block,
                                       const SignedTransaction& call, const CallRules& call_rules,
                                       StateChanges& changes);

}  // namespace switchyard::execute
