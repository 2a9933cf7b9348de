// SPDX-License-Identifier: Apache-2.0
// The checksum of IPv4 and UDP headers (RFC 1071).
#pragma once

#include <cstdint>
#include <cstring>

#include "dataplane/protocol/big_endian.hpp"
#include "host/core/bytes.hpp"

namespace switchyard::dataplane {

/// Folds `sum` to 16 bits with end-around carry. A header that carries its right checksum folds to
/// 0xFFFF; the checksum to write is the complement of the fold.
[[nodiscard]] inline uint16_t internet_fold(uint64_t sum) {
    while ((sum >> 16) != 0)
        sum = (sum & 0xFFFF) + (sum >> 16);
    return static_cast<uint16_t>(sum);
}

/// A number that folds as the sum of the big-endian 16-bit words of `bytes`, an odd last byte
/// padded with zero, and of `sum`. Holds for up to 2^31 bytes.
[[nodiscard]] inline uint64_t internet_sum(BytesView bytes, uint64_t sum = 0) {
    // Words of 32 bits in the machine's order, swapped once at the end: the sum does not depend on
    // the order of bytes, and words of 2^16 count as one (RFC 1071, section 2).
    uint64_t machine = 0;
    size_t i = 0;
    for (; i + 4 <= bytes.size(); i += 4) {
        uint32_t word = 0;
        std::memcpy(&word, bytes.data() + i, sizeof(word));
        machine += word;
    }
    sum += __builtin_bswap16(internet_fold(machine));
    if (i + 2 <= bytes.size()) {
        sum += load_be16(bytes.data() + i);
        i += 2;
    }
    if (i < bytes.size()) sum += static_cast<uint64_t>(bytes[i]) << 8;
    return sum;
}

}  // namespace switchyard::dataplane
