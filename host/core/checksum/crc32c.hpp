// SPDX-License-Identifier: Apache-2.0
// CRC32C (Castagnoli), the checksum of the ingest datagram and of the block journal.
#pragma once

#include <cstdint>

#include "host/core/bytes.hpp"

namespace switchyard {

/// CRC32C as in RFC 3720, appendix B.4: polynomial 0x1EDC6F41 reflected, initial value and final
/// complement 0xFFFFFFFF; "123456789" gives 0xE3069283. Computed by ISA-L with what the CPU has.
/// Safe from any thread.
///
/// `previous` is the result for the bytes before these: crc32c(b, crc32c(a)) == crc32c(a + b).
[[nodiscard]] uint32_t crc32c(BytesView bytes, uint32_t previous = 0);

}  // namespace switchyard
