// SPDX-License-Identifier: Apache-2.0
// Recovers senders and EIP-7702 authorities, in SIMD batches.
#pragma once

#include <span>

#include "host/chain/transaction.hpp"

namespace switchyard {

enum class SenderStatus : uint8_t {
    Ok,
    InvalidSignature,  ///< r or s out of range, y_parity above 1, or no public key exists for it
    HighS,             ///< s above n / 2: invalid from Homestead on (EIP-2), valid before
};

struct SenderResult {
    SenderStatus status = SenderStatus::InvalidSignature;
    Address sender;  ///< valid for `Ok` and `HighS`
};

/// Recovers the sender of each transaction into `senders` (same length), and the authority of every
/// EIP-7702 authorization into the transaction itself. Signing payloads are hashed and keys
/// recovered in batches over all transactions (simd/README.md states break-even sizes). Safe from
/// any thread; allocates scratch once per thread.
void recover_senders(std::span<Transaction> transactions, std::span<SenderResult> senders);

}  // namespace switchyard
