// SPDX-License-Identifier: Apache-2.0
// Keccak-256 of one message, in the host's own types.
#pragma once

#include "host/core/bytes.hpp"
#include "simd/keccak256.hpp"

namespace switchyard {

/// Keccak-256 of `message`, of any length. Safe from any thread, no allocation. For many messages
/// at once use `simd::keccak256_batch`.
[[nodiscard]] inline Bytes32 keccak256(BytesView message) {
    Bytes32 digest;
    simd::keccak256(message, digest.bytes);
    return digest;
}

}  // namespace switchyard
