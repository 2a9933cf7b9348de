// SPDX-License-Identifier: Apache-2.0
// CRC-32C (Castagnoli), as the wire and the journal of the host use it (RFC 3720, appendix B.4).
#pragma once

#include <stddef.h>
#include <stdint.h>

namespace switchyard::firmware {

/// Of `size` bytes. `previous` is the result for the bytes before them, 0 at the start. Uses a
/// table of 16 words: a controller has more time than memory.
[[nodiscard]] uint32_t crc32c(const void* data, size_t size, uint32_t previous = 0);

}  // namespace switchyard::firmware
