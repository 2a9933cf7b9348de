// SPDX-License-Identifier: Apache-2.0
// The logs of value that moves or is burnt (EIP-7708, Amsterdam).
#pragma once

#include "host/core/uint256.hpp"
#include "host/state/transaction_state.hpp"

namespace switchyard::evm {

/// LOG3 "Transfer(address,address,uint256)" of the system address; nothing for 0 Wei. Reverts with
/// the frame, as every log.
void log_transfer(TransactionState& state, const Address& from, const Address& to,
                  const Uint256& amount);

/// LOG2 "Burn(address,uint256)" of the system address; nothing for 0 Wei.
void log_burn(TransactionState& state, const Address& account, const Uint256& amount);

}  // namespace switchyard::evm
