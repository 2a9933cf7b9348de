// SPDX-License-Identifier: Apache-2.0
#include "dataplane/protocol/datagram.hpp"

#include <cstring>

#include "dataplane/protocol/big_endian.hpp"
#include "host/core/assert.hpp"
#include "host/core/checksum/crc32c.hpp"

namespace switchyard::dataplane {

void write_datagram(const DatagramFields& fields, std::span<const BytesView> parts,
                    std::span<uint8_t> out) {
    SWITCHYARD_ASSERT(out.size() >= kDatagramHeaderBytes && out.size() <= kDatagramBytesMax);
    uint8_t* header = out.data();
    const size_t body_bytes = out.size() - kDatagramHeaderBytes;
    store_be32(header + offset::kMagic, kMagic);
    header[offset::kVersion] = fields.kind == FrameKind::Versions ? 0 : kProtocolVersion;
    header[offset::kKind] = static_cast<uint8_t>(fields.kind);
    header[offset::kFlags] = fields.last_data ? kFlagLastData : 0;
    header[offset::kHeaderWords] = kDatagramHeaderBytes / 4;
    store_be64(header + offset::kSession, fields.session);
    store_be64(header + offset::kSequence, fields.sequence);
    store_be64(header + offset::kCookie, fields.cookie);
    store_be32(header + offset::kGroup, fields.group);
    header[offset::kPosition] = fields.position;
    header[offset::kZero] = 0;
    store_be16(header + offset::kBodyLength, static_cast<uint16_t>(body_bytes));
    uint8_t* at = header + kDatagramHeaderBytes;
    for (const BytesView part : parts) {
        SWITCHYARD_ASSERT(part.size() <= static_cast<size_t>(out.data() + out.size() - at));
        if (part.data() != at && !part.empty()) std::memcpy(at, part.data(), part.size());
        at += part.size();
    }
    SWITCHYARD_ASSERT(at == out.data() + out.size());
    const uint32_t checksum =
        crc32c({header + kDatagramHeaderBytes, body_bytes}, crc32c({header, offset::kChecksum}));
    store_be32(header + offset::kChecksum, checksum);
}

}  // namespace switchyard::dataplane
