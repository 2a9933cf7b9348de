// SPDX-License-Identifier: Apache-2.0
// BLAKE2F: the compression function of BLAKE2b (EIP-152, RFC 7693 section 3.2).
#pragma once

#include "host/core/bytes.hpp"

namespace switchyard::precompiles {

/// Rounds (4 bytes, big-endian), state, message block, offset counters (all little-endian words)
/// and the final-block flag.
inline constexpr size_t kBlake2fInputBytes = 213;

/// Appends the 64 bytes of the new state. False for input of another length and for a flag other
/// than 0 and 1.
[[nodiscard]] bool blake2f_run(BytesView input, Bytes& out);

}  // namespace switchyard::precompiles
