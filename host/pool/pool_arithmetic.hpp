// SPDX-License-Identifier: Apache-2.0
// What the pool computes of a transaction's fees. Internal to host/pool.
#pragma once

#include <algorithm>

#include "host/chain/blob_fee.hpp"
#include "host/chain/transaction.hpp"
#include "host/chain/wide_integer.hpp"

namespace switchyard::pool_arithmetic {

[[nodiscard]] inline Uint256 add_saturated(const Uint256& a, const Uint256& b) {
    const Uint256Carry sum = add_with_carry(a, b);
    return sum.carry ? ~Uint256{} : sum.value;
}

[[nodiscard]] inline Uint256 subtract_saturated(const Uint256& a, const Uint256& b) {
    return a < b ? Uint256{} : a - b;
}

[[nodiscard]] inline uint64_t blob_gas_of(const Transaction& transaction) {
    return kGasPerBlob * transaction.blob_versioned_hashes.size();
}

/// The most that the sidecar takes: blobs, commitments and the proofs of all cells (EIP-7594).
[[nodiscard]] inline size_t sidecar_bytes_max(const Transaction& transaction) {
    constexpr size_t kBlob = 131'072;
    constexpr size_t kCommitment = 48;
    constexpr size_t kProofs = size_t{128} * 48;
    return transaction.blob_versioned_hashes.size() * (kBlob + kCommitment + kProofs);
}

/// The most that the sender can owe: all gas at the highest price, blobs and value (Yellow Paper,
/// equation 65; EIP-4844).
[[nodiscard]] inline Uint256 cost_of(const Transaction& transaction) {
    const uint64_t blob_gas = blob_gas_of(transaction);
    // Nobody's fee passes 2^64, so that 512 bits are seldom needed.
    if (blob_gas == 0 && transaction.max_fee_per_gas.fits_uint64()) {
        const auto gas = static_cast<unsigned __int128>(transaction.max_fee_per_gas.limb[0]) *
                         transaction.gas_limit;
        return add_saturated({static_cast<uint64_t>(gas), static_cast<uint64_t>(gas >> 64), 0, 0},
                             transaction.value);
    }
    WideInteger sum(transaction.max_fee_per_gas);
    sum.multiply(transaction.gas_limit);
    WideInteger blobs(transaction.max_fee_per_blob_gas);
    blobs.multiply(blob_gas);
    sum.add(blobs);
    sum.add(WideInteger(transaction.value));
    return sum.saturated();
}

/// The most that the transaction takes in a block's RLP: its encoding and, for a typed one, the
/// prefix of a string, whose length fits four bytes.
[[nodiscard]] inline size_t body_bytes_max(const SignedTransaction& transaction) {
    constexpr size_t kStringPrefix = 5;
    return size_t{transaction.encoded_bytes} + kStringPrefix;
}

/// Whether a base fee leaves the tip whole (EIP-1559).
[[nodiscard]] inline bool keeps_tip(const Transaction& transaction, const Uint256& base_fee) {
    return transaction.max_fee_per_gas >= base_fee &&
           transaction.max_fee_per_gas - base_fee >= transaction.max_priority_fee_per_gas;
}

/// What the beneficiary earns for a unit of gas. Precondition: the maximal fee is not below the
/// base fee.
[[nodiscard]] inline Uint256 effective_tip(const Transaction& transaction,
                                           const Uint256& base_fee) {
    return std::min(transaction.max_priority_fee_per_gas, transaction.max_fee_per_gas - base_fee);
}

/// Whether `fee` is at least `percent` per cent above `replaced`, and above it at all.
[[nodiscard]] inline bool is_raised(const Uint256& fee, const Uint256& replaced, uint32_t percent) {
    WideInteger wanted(replaced);
    wanted.multiply(uint64_t{100} + percent);
    WideInteger offered(fee);
    offered.multiply(100);
    return !(offered < wanted) && fee > replaced;
}

}  // namespace switchyard::pool_arithmetic
