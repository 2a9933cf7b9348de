// SPDX-License-Identifier: Apache-2.0
// Modular exponentiation with GMP; the one place that includes it.
#pragma once

#include <span>

#include "host/core/bytes.hpp"

namespace switchyard::precompiles {

/// Replaces the modulus, big-endian in all of `modulus_and_result`, by `base ^ exponent` modulo it;
/// by zero when the modulus is zero. All numbers are big-endian and may have leading zeros; 0 ^ 0
/// is 1.
///
/// GMP ends the process when the machine is out of memory, so that the caller bounds the lengths
/// (by gas). Safe from any thread.
void mod_power(BytesView base, BytesView exponent, std::span<uint8_t> modulus_and_result);

}  // namespace switchyard::precompiles
