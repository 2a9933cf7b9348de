// SPDX-License-Identifier: Apache-2.0
#include "host/chain/base_fee.hpp"

#include "host/chain/wide_integer.hpp"

namespace switchyard {

Uint256 next_base_fee(uint64_t parent_gas_limit, uint64_t parent_gas_used,
                      const Uint256& parent_base_fee) {
    const uint64_t target = parent_gas_limit / kElasticityMultiplier;
    // A limit below 2 has no target; no valid chain has one (kGasLimitMin).
    if (parent_gas_used == target || target == 0) return parent_base_fee;
    const bool above = parent_gas_used > target;
    const uint64_t distance = above ? parent_gas_used - target : target - parent_gas_used;
    WideInteger product(parent_base_fee);
    product.multiply(distance);
    product.divide(target);
    product.divide(kBaseFeeChangeDenominator);
    const Uint256 change = product.saturated();
    if (!above) return change > parent_base_fee ? Uint256{} : parent_base_fee - change;
    const Uint256Carry sum =
        add_with_carry(parent_base_fee, change.is_zero() ? Uint256{1} : change);
    return sum.carry ? ~Uint256{} : sum.value;
}

bool is_valid_gas_limit(uint64_t gas_limit, uint64_t parent_gas_limit) {
    const uint64_t distance =
        gas_limit > parent_gas_limit ? gas_limit - parent_gas_limit : parent_gas_limit - gas_limit;
    return distance < parent_gas_limit / kGasLimitBoundDivisor && gas_limit >= kGasLimitMin;
}

}  // namespace switchyard
