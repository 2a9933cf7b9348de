// SPDX-License-Identifier: Apache-2.0
// ECDSA verification on the curve secp256r1 (P-256) with OpenSSL's group arithmetic.
#pragma once

#include <optional>

#include "host/core/bytes.hpp"

namespace switchyard::precompiles {

/// Whether (r, s) is a signature of `hash` by the public key (x, y), all big-endian, by the rules
/// of EIP-7951: 0 < r, s < n; x, y < p; the point on the curve and not (0, 0); the recovered point
/// finite, its x equal to r modulo n. Both s and n - s are accepted.
///
/// No value when OpenSSL itself fails (memory, no such curve). Safe from any thread.
[[nodiscard]] std::optional<bool> p256_verify(const Bytes32& hash, const Bytes32& r,
                                              const Bytes32& s, const Bytes32& x, const Bytes32& y);

}  // namespace switchyard::precompiles
