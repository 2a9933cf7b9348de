// SPDX-License-Identifier: Apache-2.0
// Nibbles of 32-byte keys, most significant first.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "host/core/bytes.hpp"

namespace switchyard::commitment {

/// Nibbles of a key: all keys are hashes of 32 bytes.
inline constexpr size_t kKeyNibbles = 64;

[[nodiscard]] inline uint8_t nibble_at(const uint8_t* key, size_t i) {
    const uint8_t byte = key[i / 2];
    return i % 2 == 0 ? byte >> 4 : byte & 15;
}

/// Eight bytes as a number that orders as they do.
[[nodiscard]] inline uint64_t load_big_endian(const uint8_t* bytes) {
    uint64_t word = 0;
    std::memcpy(&word, bytes, 8);
    return __builtin_bswap64(word);
}

/// How many nibbles two keys share from the front: 64 for equal keys.
[[nodiscard]] inline size_t common_nibbles(const uint8_t* a, const uint8_t* b) {
    for (size_t i = 0; i < 32; i += 8) {
        const uint64_t difference = load_big_endian(a + i) ^ load_big_endian(b + i);
        if (difference != 0) return 2 * i + static_cast<size_t>(std::countl_zero(difference)) / 4;
    }
    return kKeyNibbles;
}

/// The first `nibbles` nibbles of `key`; the others are 0.
[[nodiscard]] inline Bytes32 first_nibbles(const Bytes32& key, size_t nibbles) {
    Bytes32 out;
    std::memcpy(out.data(), key.data(), (nibbles + 1) / 2);
    if (nibbles % 2 != 0) out[nibbles / 2] &= 0xf0;
    return out;
}

}  // namespace switchyard::commitment
