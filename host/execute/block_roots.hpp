// SPDX-License-Identifier: Apache-2.0
// The roots in a header that stand for the lists of its block (Yellow Paper, section 4.4.2;
// EIP-4895).
#pragma once

#include <span>

#include "host/chain/block.hpp"
#include "host/chain/receipt.hpp"

namespace switchyard::execute {

[[nodiscard]] Bytes32 receipts_root(std::span<const Receipt> receipts);
[[nodiscard]] Bytes32 withdrawals_root(std::span<const Withdrawal> withdrawals);
/// Of transactions in their canonical encoding.
[[nodiscard]] Bytes32 transactions_root(std::span<const SignedTransaction> transactions);
[[nodiscard]] Bytes32 transactions_root(std::span<const Transaction> transactions);

}  // namespace switchyard::execute
