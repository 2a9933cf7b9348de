// SPDX-License-Identifier: Apache-2.0
#include "host/state/journal/segment_reader.hpp"

#include <algorithm>
#include <cstring>

#include "host/core/checksum/crc32c.hpp"

namespace switchyard::journal {
namespace {

/// Each byte equals its neighbour, and the first is zero: memcmp is several times as fast as a
/// loop.
bool all_zero(BytesView bytes) {
    return bytes.empty() ||
           (bytes[0] == 0 && std::memcmp(bytes.data(), bytes.data() + 1, bytes.size() - 1) == 0);
}

/// Whether the payload and the zeros behind it are what the header says. `bytes` begin with the
/// record and may be shorter than it.
bool payload_holds(BytesView bytes, const RecordHeader& header) {
    const uint64_t size = record_bytes(header.length);
    if (bytes.size() < size) return false;
    return crc32c(bytes.subspan(kRecordHeaderBytes, header.length)) == header.payload_crc &&
           all_zero(bytes.first(size).subspan(kRecordHeaderBytes + header.length));
}

}  // namespace

SegmentReader::Step SegmentReader::damaged(std::string text) {
    damage_ = "record " + std::to_string(position_.next) + " was expected: " + std::move(text);
    return Step::Damage;
}

SegmentReader::Step SegmentReader::next() {
    const BytesView rest = segment_.subspan(offset_);
    if (all_zero(rest)) return Step::End;
    if (rest.size() < kRecordHeaderBytes) return damaged("the file ends inside its header");
    const auto header = decode_record_header(rest, seed_);
    if (!header) return damaged("the check of its header does not hold");
    if (!payload_holds(rest, *header))
        return damaged("the CRC of its " + std::to_string(header->length) +
                       " bytes of payload does not hold");
    if (header->number != position_.next || header->previous != position_.previous) {
        out_of_place_ = true;
        return damaged("record " + std::to_string(header->number) +
                       ", whole in itself, does not continue the record before");
    }
    record_ = {*header, rest.subspan(kRecordHeaderBytes, header->length)};
    offset_ += record_bytes(header->length);
    position_ = {header->number + 1, header->check};
    return Step::Record;
}

LaterRecords find_later_records(BytesView segment, size_t offset, uint32_t seed, uint64_t number) {
    LaterRecords out;
    while (segment.size() - offset >= kRecordHeaderBytes) {
        const BytesView rest = segment.subspan(offset);
        const auto header = decode_record_header(rest, seed);
        if (!header || header->number < number || !payload_holds(rest, *header)) {
            offset += kRecordAlignment;
            continue;
        }
        if (out.count++ == 0) {
            out.first_offset = offset;
            out.first_number = header->number;
        }
        out.acknowledged = std::max(out.acknowledged, header->acknowledged);
        offset += record_bytes(header->length);
    }
    return out;
}

}  // namespace switchyard::journal
