// SPDX-License-Identifier: Apache-2.0
#include "host/state/journal/record_chain.hpp"

#include "host/core/assert.hpp"

namespace switchyard::journal {

uint64_t RecordChain::append(RecordKind kind, BytesView payload, uint32_t payload_crc,
                             uint64_t acknowledged, Bytes& out) {
    SWITCHYARD_ASSERT(payload.size() <= kPayloadBytesMax && acknowledged < position_.next);
    RecordHeader header;
    header.previous = position_.previous;
    header.number = position_.next;
    header.acknowledged = acknowledged;
    header.length = static_cast<uint32_t>(payload.size());
    header.kind = kind;
    header.payload_crc = payload_crc;
    const size_t at = out.size();
    // Within the capacity of earlier batches this allocates nothing.
    out.resize(at + kRecordHeaderBytes);
    encode_record_header(header, seed_, out.data() + at);
    out.insert(out.end(), payload.begin(), payload.end());
    out.resize(at + record_bytes(payload.size()), 0);
    position_ = {header.number + 1, header.check};
    return header.number;
}

}  // namespace switchyard::journal
