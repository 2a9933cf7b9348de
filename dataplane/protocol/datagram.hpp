// SPDX-License-Identifier: Apache-2.0
// Writes one datagram: header, body, checksum. Both ends use it.
#pragma once

#include <cstdint>
#include <span>

#include "dataplane/protocol/wire.hpp"
#include "host/core/bytes.hpp"

namespace switchyard::dataplane {

/// Writes a datagram without extension. `parts` make the body, one after another; `out` has
/// kDatagramHeaderBytes and as many bytes as the parts together, at most kDatagramBytesMax. A part
/// may already stand at its place in `out`.
void write_datagram(const DatagramFields& fields, std::span<const BytesView> parts,
                    std::span<uint8_t> out);

}  // namespace switchyard::dataplane
