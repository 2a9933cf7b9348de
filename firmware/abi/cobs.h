// SPDX-License-Identifier: Apache-2.0
// Consistent Overhead Byte Stuffing (Cheshire, Baker: Consistent overhead byte stuffing, IEEE/ACM
// Transactions on Networking 7(2), 1999): bytes without a zero, so that zero can end a frame. A
// reader that lost its place finds the next frame after the next zero, whatever the bytes before
// it were, and no length from the wire is ever believed.
#pragma once

#include <stddef.h>
#include <stdint.h>

namespace switchyard {
namespace abi {

/// Room that `cobs_encode` needs for `size` bytes.
constexpr size_t cobs_bytes_max(size_t size) {
    return size + size / 254 + 1;
}

/// Writes the encoding of `size` bytes at `from` to `to`, which has room for cobs_bytes_max(size)
/// and does not overlap it. Returns the number of bytes written, of which none is zero.
inline size_t cobs_encode(const uint8_t* from, size_t size, uint8_t* to) {
    size_t code_at = 0;
    size_t written = 1;
    uint8_t code = 1;
    for (size_t i = 0; i < size; ++i) {
        if (from[i] != 0) {
            to[written++] = from[i];
            ++code;
        }
        // A group of 254 bytes without a zero is complete; at the very end no further one follows.
        if (from[i] == 0 || (code == 0xff && i + 1 < size)) {
            to[code_at] = code;
            code_at = written++;
            code = 1;
        }
    }
    to[code_at] = code;
    return written;
}

/// Decodes `size` bytes in place. Returns the number of decoded bytes, or SIZE_MAX when the input
/// is empty, holds a zero, or ends within a group. The result is never longer than the input.
inline size_t cobs_decode(uint8_t* bytes, size_t size) {
    size_t read = 0;
    size_t written = 0;
    if (size == 0) return SIZE_MAX;
    while (read < size) {
        const uint8_t code = bytes[read++];
        if (code == 0 || size_t{code} - 1 > size - read) return SIZE_MAX;
        for (uint8_t i = 1; i < code; ++i) {
            if (bytes[read] == 0) return SIZE_MAX;
            bytes[written++] = bytes[read++];
        }
        if (code != 0xff && read < size) bytes[written++] = 0;
    }
    return written;
}

}  // namespace abi
}  // namespace switchyard
