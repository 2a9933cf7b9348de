// SPDX-License-Identifier: Apache-2.0
// Recovers senders and EIP-7702 authorities, in SIMD batches.
#pragma once

#include <span>

#include "host/chain/transaction.hpp"
#include "simd/secp256k1/recover/recover_batch.hpp"

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
/// recovered in batches over all transactions (simd/secp256k1/ states break-even sizes). Safe from
/// any thread; allocates scratch once per thread.
void recover_senders(std::span<Transaction> transactions, std::span<SenderResult> senders);

/// Who a transaction's sender is believed to be.
struct SenderClaim {
    /// Null: nobody is named. Equal claims should share one object: they then cost less.
    const simd::PublicKey* key = nullptr;
    Address address;      ///< of `key`, which must hash to it
    uint32_t source = 0;  ///< who says so: claims of one source stand and fall together
    /// Claims of trusted sources are checked apart from others, whose wrong ones then cost them
    /// nothing.
    bool trusted = false;
};

/// Gives exactly what `recover_senders` gives, whatever is claimed, and the public keys, which are
/// valid where a sender's status is `Ok` or `HighS`. Right claims make it faster, as
/// `simd::verify_known` checks them all together. `claims`, `keys` and `senders` have the length of
/// `transactions`. Safe from any thread; allocates scratch, about 5 MB, once per thread.
///
/// Returns how many signatures, authorizations included, the common check proved; the others were
/// recovered.
uint64_t verify_senders(std::span<Transaction> transactions, std::span<const SenderClaim> claims,
                        std::span<simd::PublicKey> keys, std::span<SenderResult> senders);

}  // namespace switchyard
