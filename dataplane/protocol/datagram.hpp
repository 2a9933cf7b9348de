// SPDX-License-Identifier: Apache-2.0
// Writes one datagram: header, body, checksum. Both ends use it.
#pragma once

#include <cstdint>
#include <span>

#include "dataplane/protocol/wire.hpp"
#include "host/core/bytes.hpp"

namespace switchyard::dataplane {

/// The fields of a header that are not derived from the body.
struct DatagramFields {
    FrameKind kind{};
    bool last_data = false;
    uint64_t session = 0;
    uint64_t sequence = 0;
    uint64_t cookie = 0;
    uint32_t group = 0;
    uint8_t position = kNoPosition;
};

/// Writes a datagram without extension. `parts` make the body, one after another; `out` has
/// kDatagramHeaderBytes and as many bytes as the parts together, at most kDatagramBytesMax. A part
/// may already stand at its place in `out`.
void write_datagram(const DatagramFields& fields, std::span<const BytesView> parts,
                    std::span<uint8_t> out);

}  // namespace switchyard::dataplane
