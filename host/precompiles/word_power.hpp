// SPDX-License-Identifier: Apache-2.0
// Modular exponentiation with a modulus of one machine word, for MODEXP.
#pragma once

#include "host/core/bytes.hpp"

namespace switchyard::precompiles {

/// `base ^ exponent` modulo `modulus`, zero when the modulus is zero; 0 ^ 0 is 1. Base and exponent
/// are big-endian, of any length. About 3 ns per bit of the exponent, and a fraction of that below
/// 2^16, where EIP-198 asks a twentieth of a gas for a bit. No allocation; safe from any thread.
[[nodiscard]] uint64_t word_power(BytesView base, BytesView exponent, uint64_t modulus);

}  // namespace switchyard::precompiles
