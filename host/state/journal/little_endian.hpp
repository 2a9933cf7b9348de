// SPDX-License-Identifier: Apache-2.0
// Integers in the journal's byte order.
#pragma once

#include <cstdint>

namespace switchyard::journal {

/// Writes `value` to `sizeof(T)` bytes, the least significant first.
template <typename T>
inline void store_le(uint8_t* out, T value) {
    for (unsigned i = 0; i < sizeof(T); ++i)
        out[i] = static_cast<uint8_t>(value >> (8 * i));
}

template <typename T>
[[nodiscard]] inline T load_le(const uint8_t* bytes) {
    T value = 0;
    for (unsigned i = 0; i < sizeof(T); ++i)
        value = static_cast<T>(value | static_cast<T>(bytes[i]) << (8 * i));
    return value;
}

}  // namespace switchyard::journal
