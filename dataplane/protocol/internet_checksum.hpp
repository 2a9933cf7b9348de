// SPDX-License-Identifier: Apache-2.0
// The checksum of IPv4 and UDP headers (RFC 1071).
#pragma once

#include <cstdint>

#include "dataplane/protocol/big_endian.hpp"
#include "host/core/bytes.hpp"

namespace switchyard::dataplane {

/// Sum of the big-endian 16-bit words of `bytes`, an odd last byte padded with zero, added to
/// `sum`. Holds for up to 2^48 words.
[[nodiscard]] inline uint64_t internet_sum(BytesView bytes, uint64_t sum = 0) {
    size_t i = 0;
    for (; i + 2 <= bytes.size(); i += 2)
        sum += load_be16(bytes.data() + i);
    if (i < bytes.size()) sum += static_cast<uint64_t>(bytes[i]) << 8;
    return sum;
}

/// Folds `sum` to 16 bits with end-around carry. A header that carries its right checksum folds to
/// 0xFFFF; the checksum to write is the complement of the fold.
[[nodiscard]] inline uint16_t internet_fold(uint64_t sum) {
    while ((sum >> 16) != 0)
        sum = (sum & 0xFFFF) + (sum >> 16);
    return static_cast<uint16_t>(sum);
}

}  // namespace switchyard::dataplane
