// SPDX-License-Identifier: Apache-2.0
// SipHash-2-4, the keyed hash behind cookies.
#pragma once

#include <array>
#include <cstdint>

#include "host/core/bytes.hpp"

namespace switchyard::dataplane {

/// A secret of 128 bits, as the two little-endian words of the paper.
struct SipKey {
    std::array<uint64_t, 2> words{};
};

/// The 64-bit code of `message` under `key`. Constant time for a length; any thread. Source:
/// J.-P. Aumasson, D. J. Bernstein, SipHash: a fast short-input PRF, 2012, section 2.
[[nodiscard]] uint64_t siphash24(const SipKey& key, BytesView message);

}  // namespace switchyard::dataplane
