// SPDX-License-Identifier: Apache-2.0
#include "dataplane/protocol/parse.hpp"

#include <algorithm>

#include "dataplane/protocol/big_endian.hpp"
#include "host/core/checksum/crc32c.hpp"

namespace switchyard::dataplane {
namespace {

constexpr size_t kUdpPayloadMax = 65'535 - kIpv4HeaderBytes - kUdpHeaderBytes;
constexpr size_t kChecksumEnd = offset::kChecksum + 4;
static_assert(kChecksumEnd == kDatagramHeaderBytes);

bool all_zero(BytesView bytes) {
    return std::ranges::all_of(bytes, [](uint8_t byte) { return byte == 0; });
}

/// Walks the elements; a zero type ends them, and only zeros may follow.
FrameError check_extension(BytesView rest) {
    while (!rest.empty()) {
        if (rest[0] == 0) return all_zero(rest) ? FrameError::None : FrameError::BadExtension;
        if (rest[0] >= kExtensionCritical) return FrameError::BadExtension;
        if (rest.size() < 2 || rest.size() - 2 < rest[1]) return FrameError::BadExtension;
        rest = rest.subspan(size_t{2} + rest[1]);
    }
    return FrameError::None;
}

FrameError check_group(const DatagramHeader& header) {
    const bool data = header.kind == FrameKind::Transactions || header.kind == FrameKind::Fragment;
    if (header.kind == FrameKind::Parity)
        return header.position >= kGroupDataMax &&
                       header.position < kGroupDataMax + kGroupParityMax && !header.last_data
                   ? FrameError::None
                   : FrameError::BadGroup;
    if (data && header.position < kGroupDataMax) return FrameError::None;
    if (header.position != kNoPosition) return FrameError::BadGroup;
    return header.group == 0 && !header.last_data ? FrameError::None : FrameError::ReservedNotZero;
}

/// Fills `records` and checks that they tile the body exactly. The body is at most kUdpPayloadMax
/// bytes, so that every offset fits 16 bits; 256 records with skips of up to 255 keep numbers in 16
/// bits too.
FrameError parse_records(ParsedBody& out) {
    const BytesView body = out.body;
    if (body.size() < kTransactionsHeaderBytes) return FrameError::BadLength;
    out.first = load_be64(body.data());
    out.count = load_be16(body.data() + 8);
    if (load_be16(body.data() + 10) != 0) return FrameError::ReservedNotZero;
    if (out.count == 0 || out.count > kTransactionsPerFrameMax) return FrameError::BadCount;
    if (out.first >= kTransactionNumbers) return FrameError::BadNumber;
    size_t at = kTransactionsHeaderBytes;
    size_t number = 0;
    for (size_t i = 0; i < out.count; ++i) {
        if (body.size() - at < kRecordHeaderBytes) return FrameError::BadLength;
        const uint8_t* record = body.data() + at;
        const uint16_t length = load_be16(record);
        const uint8_t flags = record[2];
        const uint8_t skip = record[3];
        if ((flags & ~kRecordHasSenderHint) != 0 || (i == 0 && skip != 0))
            return FrameError::ReservedNotZero;
        number += i == 0 ? size_t{0} : size_t{1} + skip;
        at += kRecordHeaderBytes;
        const bool has_sender_hint = (flags & kRecordHasSenderHint) != 0;
        if (has_sender_hint) {
            if (body.size() - at < kSenderHintBytes) return FrameError::BadLength;
            at += kSenderHintBytes;
        }
        if (length == 0 || length > body.size() - at) return FrameError::BadLength;
        out.records[i] = {static_cast<uint16_t>(at), length, static_cast<uint16_t>(number),
                          has_sender_hint};
        at += length;
    }
    return at == body.size() ? FrameError::None : FrameError::BadLength;
}

/// Checks that this piece fits the one shape that its numbers describe (see wire.hpp).
FrameError parse_fragment(ParsedBody& out) {
    if (out.body.size() <= kFragmentHeaderBytes) return FrameError::BadLength;
    const uint8_t* header = out.body.data();
    FragmentPiece& piece = out.fragment;
    piece.transaction = load_be64(header);
    piece.total = load_be32(header + 8);
    piece.offset = load_be32(header + 12);
    piece.index = load_be16(header + 16);
    piece.count = load_be16(header + 18);
    piece.bytes = out.body.subspan(kFragmentHeaderBytes);
    if (piece.transaction >= kTransactionNumbers) return FrameError::BadNumber;
    if (piece.total > kTransactionBytesMax) return FrameError::Oversized;
    const uint64_t total = piece.total;
    const uint64_t begin = piece.offset;
    const uint64_t index = piece.index;
    const uint64_t count = piece.count;
    const uint64_t bytes = piece.bytes.size();
    if (count < 2 || count > kFragmentsMax || index >= count) return FrameError::BadFragment;
    const bool last = index + 1 == count;
    // The last piece may be short, so that its offset tells S; any other piece is S bytes long.
    const uint64_t size = last ? begin / index : bytes;
    const uint64_t end = begin + bytes;
    if (size == 0 || begin != index * size || end > total || bytes > size)
        return FrameError::BadFragment;
    if (last ? end != total : (count - 1) * size >= total || count * size < total)
        return FrameError::BadFragment;
    piece.size = static_cast<uint32_t>(size);
    return FrameError::None;
}

FrameError parse_parity(ParsedBody& out) {
    if (out.body.size() < kParityHeaderBytes + kShardHeaderBytes) return FrameError::BadLength;
    out.group_data = out.body[0];
    out.group_parity = out.body[1];
    if (load_be16(out.body.data() + 2) != 0) return FrameError::ReservedNotZero;
    if (out.group_data == 0 || out.group_data > kGroupDataMax || out.group_parity == 0 ||
        out.group_parity > kGroupParityMax)
        return FrameError::BadGroup;
    out.shard = out.body.subspan(kParityHeaderBytes);
    return FrameError::None;
}

FrameError parse_version_range(ParsedBody& out) {
    out.version_min = out.body[0];
    out.version_max = out.body[1];
    if (load_be16(out.body.data() + 2) != 0) return FrameError::ReservedNotZero;
    return out.version_min <= out.version_max ? FrameError::None : FrameError::BadVersion;
}

FrameError parse_hello(ParsedBody& out) {
    if (out.body.size() < kHelloBodyBytes) return FrameError::BadLength;
    out.window = load_be32(out.body.data() + 4);
    if (!all_zero(out.body.subspan(8))) return FrameError::ReservedNotZero;
    return parse_version_range(out);
}

FrameError parse_welcome(ParsedBody& out) {
    if (out.body.size() != kWelcomeBodyBytes) return FrameError::BadLength;
    out.window = load_be32(out.body.data());
    out.datagram_bytes = load_be16(out.body.data() + 4);
    if (load_be16(out.body.data() + 6) != 0) return FrameError::ReservedNotZero;
    return out.window >= kWindowMin && out.window <= kWindowMax ? FrameError::None
                                                                : FrameError::BadCount;
}

FrameError parse_query(ParsedBody& out) {
    if (out.body.size() != kQueryBodyBytes) return FrameError::BadLength;
    out.first = load_be64(out.body.data());
    out.count = load_be16(out.body.data() + 8);
    if (load_be16(out.body.data() + 10) != 0) return FrameError::ReservedNotZero;
    if (out.first >= kTransactionNumbers) return FrameError::BadNumber;
    return out.count >= 1 && out.count <= kReportStatesMax ? FrameError::None
                                                           : FrameError::BadCount;
}

FrameError parse_report(ParsedBody& out) {
    if (out.body.size() < kReportHeaderBytes) return FrameError::BadLength;
    const uint8_t* header = out.body.data();
    out.limit = load_be64(header);
    out.highest_sequence = load_be64(header + 8);
    out.first = load_be64(header + 16);
    out.count = load_be16(header + 24);
    out.states = out.body.subspan(kReportHeaderBytes);
    if (load_be16(header + 26) != 0) return FrameError::ReservedNotZero;
    if (out.count > kReportStatesMax) return FrameError::BadCount;
    if (out.states.size() != out.count) return FrameError::BadLength;
    return out.first < kTransactionNumbers ? FrameError::None : FrameError::BadNumber;
}

FrameError parse_reset(ParsedBody& out) {
    if (out.body.size() != kResetBodyBytes) return FrameError::BadLength;
    if (!all_zero(out.body.subspan(1))) return FrameError::ReservedNotZero;
    if (out.body[0] < 1 || out.body[0] > 2) return FrameError::BadCount;
    out.reason = static_cast<ResetReason>(out.body[0]);
    return FrameError::None;
}

}  // namespace

FrameError parse_header(BytesView payload, DatagramHeader& out) {
    if (payload.size() < kDatagramHeaderBytes) return FrameError::Truncated;
    if (payload.size() > kUdpPayloadMax) return FrameError::Oversized;
    const uint8_t* header = payload.data();
    if (load_be32(header + offset::kMagic) != kMagic) return FrameError::BadMagic;
    out.version = header[offset::kVersion];
    out.kind = static_cast<FrameKind>(header[offset::kKind]);
    out.session = load_be64(header + offset::kSession);
    const bool versions = out.kind == FrameKind::Versions;
    if (out.version != (versions ? 0 : kProtocolVersion)) return FrameError::BadVersion;
    const size_t header_bytes = size_t{4} * header[offset::kHeaderWords];
    if (header_bytes < kDatagramHeaderBytes ||
        header_bytes > kDatagramHeaderBytes + kExtensionBytesMax)
        return FrameError::BadHeaderLength;
    if (header_bytes > payload.size()) return FrameError::Truncated;
    const size_t body_length = load_be16(header + offset::kBodyLength);
    if (body_length > payload.size() - header_bytes) return FrameError::Truncated;
    if (body_length < payload.size() - header_bytes) return FrameError::BadLength;
    if ((header[offset::kFlags] & ~kFlagLastData) != 0 || header[offset::kZero] != 0)
        return FrameError::ReservedNotZero;
    out.last_data = (header[offset::kFlags] & kFlagLastData) != 0;
    out.sequence = load_be64(header + offset::kSequence);
    out.cookie = load_be64(header + offset::kCookie);
    out.group = load_be32(header + offset::kGroup);
    out.position = header[offset::kPosition];
    out.extension = payload.subspan(kDatagramHeaderBytes, header_bytes - kDatagramHeaderBytes);
    out.body = payload.subspan(header_bytes);
    if (out.session == 0) return FrameError::BadSession;
    if (out.kind < FrameKind::Transactions || out.kind > FrameKind::Versions)
        return FrameError::BadKind;
    if (const FrameError error = check_group(out); error != FrameError::None) return error;
    return check_extension(out.extension);
}

bool checksum_holds(BytesView payload) {
    const uint32_t checksum =
        crc32c(payload.subspan(kChecksumEnd), crc32c(payload.first(offset::kChecksum)));
    return load_be32(payload.data() + offset::kChecksum) == checksum;
}

FrameError parse_body(FrameKind kind, BytesView body, ParsedBody& out) {
    out.body = body;
    switch (kind) {
        case FrameKind::Transactions:
            return parse_records(out);
        case FrameKind::Fragment:
            return parse_fragment(out);
        case FrameKind::Parity:
            return parse_parity(out);
        case FrameKind::Hello:
            return parse_hello(out);
        case FrameKind::Welcome:
            return parse_welcome(out);
        case FrameKind::Query:
            return parse_query(out);
        case FrameKind::Report:
            return parse_report(out);
        case FrameKind::Reset:
            return parse_reset(out);
        case FrameKind::Versions:
            if (body.size() != kVersionsBodyBytes) return FrameError::BadLength;
            return parse_version_range(out);
        case FrameKind::Challenge:
        case FrameKind::Close:
            return body.empty() ? FrameError::None : FrameError::BadLength;
    }
    return FrameError::BadKind;
}

FrameError parse_datagram(BytesView payload, DatagramHeader& header, ParsedBody& body) {
    if (const FrameError error = parse_header(payload, header); error != FrameError::None)
        return error;
    if (!checksum_holds(payload)) return FrameError::BadChecksum;
    return parse_body(header.kind, header.body, body);
}

}  // namespace switchyard::dataplane
