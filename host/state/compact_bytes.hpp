// SPDX-License-Identifier: Apache-2.0
// The short forms of bytes and numbers that the journal's records and a snapshot's rows are made
// of.
#pragma once

#include <algorithm>

#include "host/core/bytes.hpp"
#include "host/core/uint256.hpp"

namespace switchyard {

/// The bytes as they are, without a length.
inline void append_bytes(Bytes& out, BytesView bytes) {
    out.insert(out.end(), bytes.begin(), bytes.end());
}

/// Seven bits a byte, the lowest first; the top bit says that another byte follows (LEB128).
inline void append_varint(Bytes& out, uint64_t value) {
    for (; value >= 0x80; value >>= 7)
        out.push_back(static_cast<uint8_t>(value | 0x80));
    out.push_back(static_cast<uint8_t>(value));
}

/// The number of bytes (0 to 32), then the number without leading zeros, the highest byte first.
inline void append_number(Bytes& out, const Uint256& value) {
    const Bytes32 bytes = to_bytes32(value);
    const auto first = std::find_if(bytes.begin(), bytes.end(), [](uint8_t b) { return b != 0; });
    out.push_back(static_cast<uint8_t>(bytes.end() - first));
    out.insert(out.end(), first, bytes.end());
}

}  // namespace switchyard
