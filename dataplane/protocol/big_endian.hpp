// SPDX-License-Identifier: Apache-2.0
// Unaligned big-endian numbers in a byte buffer. The caller has checked that they are inside it.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>

namespace switchyard::dataplane {

static_assert(std::endian::native == std::endian::little, "the data plane is built for x86-64");

[[nodiscard]] inline uint16_t load_be16(const uint8_t* data) {
    uint16_t value = 0;
    std::memcpy(&value, data, sizeof(value));
    return __builtin_bswap16(value);
}
[[nodiscard]] inline uint32_t load_be32(const uint8_t* data) {
    uint32_t value = 0;
    std::memcpy(&value, data, sizeof(value));
    return __builtin_bswap32(value);
}
[[nodiscard]] inline uint64_t load_be64(const uint8_t* data) {
    uint64_t value = 0;
    std::memcpy(&value, data, sizeof(value));
    return __builtin_bswap64(value);
}
inline void store_be16(uint8_t* data, uint16_t value) {
    value = __builtin_bswap16(value);
    std::memcpy(data, &value, sizeof(value));
}
inline void store_be32(uint8_t* data, uint32_t value) {
    value = __builtin_bswap32(value);
    std::memcpy(data, &value, sizeof(value));
}
inline void store_be64(uint8_t* data, uint64_t value) {
    value = __builtin_bswap64(value);
    std::memcpy(data, &value, sizeof(value));
}

}  // namespace switchyard::dataplane
