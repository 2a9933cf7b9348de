// SPDX-License-Identifier: Apache-2.0
// EIP-1559: the base fee and the gas limit of a block from its parent's header.
#pragma once

#include <cstdint>

#include "host/core/uint256.hpp"

namespace switchyard {

/// The base fee, in wei per gas, of the first block of London.
inline constexpr uint64_t kInitialBaseFee = 1'000'000'000;
/// The gas target is the gas limit over this.
inline constexpr uint64_t kElasticityMultiplier = 2;
/// A base fee moves by at most one part in this per block.
inline constexpr uint64_t kBaseFeeChangeDenominator = 8;
/// A gas limit moves by less than one part in this per block (Yellow Paper, equation 45).
inline constexpr uint64_t kGasLimitBoundDivisor = 1024;
inline constexpr uint64_t kGasLimitMin = 5000;

/// The base fee of the block after one of London or later. Fees saturate at 2^256 - 1.
[[nodiscard]] Uint256 next_base_fee(uint64_t parent_gas_limit, uint64_t parent_gas_used,
                                    const Uint256& parent_base_fee);

/// Whether a block may have `gas_limit` after `parent_gas_limit`. For the first block of London
/// pass the parent's limit times `kElasticityMultiplier`.
[[nodiscard]] bool is_valid_gas_limit(uint64_t gas_limit, uint64_t parent_gas_limit);

}  // namespace switchyard
