// SPDX-License-Identifier: Apache-2.0
// The gas of one transaction: what it owes before its message runs, what the message gets, and what
// is paid for in the end (Yellow Paper, section 6.2, and the EIPs that changed it).
#pragma once

#include <cstdint>

#include "host/chain/transaction.hpp"
#include "host/evm/evm.hpp"
#include "host/state/transaction_state.hpp"

namespace switchyard::execute {

/// EIP-7825.
inline constexpr uint64_t kTransactionGasCap = uint64_t{1} << 24;

/// Gas that a transaction owes before its message runs.
struct IntrinsicGas {
    uint64_t intrinsic = 0;  ///< Yellow Paper, equation 60, as the EIPs extended it
    uint64_t floor = 0;      ///< EIP-7623, EIP-7976, EIP-7981; 0 before Prague
    uint64_t state = 0;      ///< EIP-8037, owed on top of `intrinsic`; 0 before Amsterdam

    /// What the gas limit has to cover before the message gets any; saturates.
    [[nodiscard]] uint64_t total() const {
        return state > UINT64_MAX - intrinsic ? UINT64_MAX : intrinsic + state;
    }
};
/// Linear in the size of the transaction; saturates in `state`, and cannot overflow elsewhere for
/// a transaction that fits into memory. `block_gas_limit` decides the price of state (EIP-8037).
[[nodiscard]] IntrinsicGas intrinsic_gas(const Transaction& transaction, Revision revision,
                                         uint64_t block_gas_limit);

/// Whether a block that has `regular_gas_left` and `state_gas_left` may take the transaction: its
/// whole gas limit before Amsterdam, and from there on what it could use in each dimension
/// (EIP-8037).
[[nodiscard]] bool fits_block(const Transaction& transaction, const IntrinsicGas& gas,
                              Revision revision, uint64_t regular_gas_left,
                              uint64_t state_gas_left);

/// What the message of a transaction starts with.
struct GasGrant {
    uint64_t gas = 0;
    int64_t refund = 0;  ///< EIP-7702: for authorities that exist already; before Amsterdam
    // EIP-8037.
    uint64_t state_gas = 0;  ///< the reservoir: gas above the cap on regular gas, and the next
    uint64_t returned_state_gas = 0;  ///< for authorities that exist already
};
/// Precondition: the transaction is valid. `existing_authorities` counts the accounts that were
/// charged as new for an authorization (EIP-7702) and are not.
[[nodiscard]] GasGrant grant_gas(const Transaction& transaction, const IntrinsicGas& gas,
                                 Revision revision, uint64_t block_gas_limit,
                                 uint64_t existing_authorities);

/// What became of the gas; as in `TransactionOutcome`.
struct GasSettlement {
    uint64_t gas_used = 0;
    uint64_t regular_gas_used = 0;
    uint64_t state_gas_used = 0;
};
/// Refunds, the floor, and the gas of both dimensions. `state` is that after the message.
[[nodiscard]] GasSettlement settle_gas(const Transaction& transaction, const IntrinsicGas& gas,
                                       const GasGrant& grant, const evm::CallResult& result,
                                       Revision revision, uint64_t block_gas_limit,
                                       const TransactionState& state);

}  // namespace switchyard::execute
