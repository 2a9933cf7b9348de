// SPDX-License-Identifier: Apache-2.0
// What holds for the result of every block, whatever is in it.
#pragma once

#include "tests/fuzz/evm_world.hpp"

namespace switchyard::fuzz {

/// Receipts, gas and bloom agree with one another and with the block; no ether comes into being;
/// and from Amsterdam on the block access list alone, put onto the state before the block, gives
/// the state after it (EIP-7928). Aborts otherwise.
void check_result(const EvmWorld& world, const execute::BlockResult& result);

}  // namespace switchyard::fuzz
