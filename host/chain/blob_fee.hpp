// SPDX-License-Identifier: Apache-2.0
// EIP-4844 with EIP-7691 and EIP-7918: blob gas and its base fee from header fields.
#pragma once

#include <cstdint>

#include "host/chain/chain_config.hpp"
#include "host/chain/revision.hpp"
#include "host/core/uint256.hpp"

namespace switchyard {

inline constexpr uint64_t kGasPerBlob = 131'072;        ///< EIP-4844
inline constexpr uint64_t kMinBlobBaseFee = 1;          ///< wei per blob gas
inline constexpr uint64_t kBlobBaseCost = 8192;         ///< EIP-7918
inline constexpr uint64_t kMaxBlobsPerTransaction = 6;  ///< EIP-7594, from Osaka on

/// factor * e^(numerator / denominator), approximated as EIP-4844 says; 2^256 - 1 when the result
/// would be larger. Precondition: `denominator` is not 0.
[[nodiscard]] Uint256 fake_exponential(uint64_t factor, uint64_t numerator, uint64_t denominator);

/// The price of a unit of blob gas in a block with this excess.
[[nodiscard]] inline Uint256 blob_base_fee(uint64_t excess_blob_gas,
                                           const BlobParameters& parameters) {
    return fake_exponential(kMinBlobBaseFee, excess_blob_gas, parameters.base_fee_update_fraction);
}

/// The fields of the parent's header that its child's excess blob gas depends on.
struct ParentBlobGas {
    uint64_t excess_blob_gas = 0;  ///< 0 for a parent before Cancun
    uint64_t blob_gas_used = 0;    ///< 0 for a parent before Cancun
    Uint256 base_fee_per_gas;
};

/// The excess blob gas of the block after `parent`. `revision` and `parameters` are the new
/// block's. Saturates at 2^64 - 1.
[[nodiscard]] uint64_t next_excess_blob_gas(Revision revision, const ParentBlobGas& parent,
                                            const BlobParameters& parameters);

}  // namespace switchyard
