// SPDX-License-Identifier: Apache-2.0
#include "dataplane/protocol/parse.hpp"

#include "dataplane/protocol/big_endian.hpp"
#include "dataplane/protocol/internet_checksum.hpp"
#include "host/core/checksum/crc32c.hpp"

namespace switchyard::dataplane {
namespace {

constexpr uint16_t kEtherTypeIpv4 = 0x0800;
constexpr uint8_t kProtocolUdp = 17;
constexpr size_t kUdpPayloadMax = 65'535 - kIpv4HeaderBytes - kUdpHeaderBytes;

/// Fills `records` and checks that they tile the body exactly. The body is at most kUdpPayloadMax
/// bytes, so that every offset fits 16 bits.
FrameError parse_records(ParsedFrame& out) {
    if (out.count == 0 || out.count > kTransactionsPerFrameMax) return FrameError::BadCount;
    if (out.transaction > UINT64_MAX - out.count) return FrameError::BadSession;
    size_t at = 0;
    for (size_t i = 0; i < out.count; ++i) {
        if (out.body.size() - at < kRecordHeaderBytes) return FrameError::BadLength;
        const uint8_t* record = out.body.data() + at;
        const uint16_t length = load_be16(record);
        const uint8_t flags = record[2];
        if ((flags & ~kRecordHasSenderHint) != 0 || record[3] != 0)
            return FrameError::ReservedNotZero;
        at += kRecordHeaderBytes;
        const bool has_sender_hint = (flags & kRecordHasSenderHint) != 0;
        if (has_sender_hint) {
            if (out.body.size() - at < kSenderHintBytes) return FrameError::BadLength;
            at += kSenderHintBytes;
        }
        if (length == 0 || length > out.body.size() - at) return FrameError::BadLength;
        out.records[i] = {static_cast<uint16_t>(at), length, has_sender_hint};
        at += length;
    }
    return at == out.body.size() ? FrameError::None : FrameError::BadLength;
}

/// Checks that this piece fits the one shape that its numbers describe (see wire.hpp).
FrameError parse_fragment(ParsedFrame& out) {
    if (out.count != 1) return FrameError::BadCount;
    if (out.transaction == UINT64_MAX) return FrameError::BadSession;
    if (out.body.size() <= kFragmentHeaderBytes) return FrameError::BadLength;
    const uint8_t* header = out.body.data();
    out.fragment_total = load_be32(header);
    out.fragment_offset = load_be32(header + 4);
    out.fragment_index = load_be16(header + 8);
    out.fragment_count = load_be16(header + 10);
    out.piece = out.body.subspan(kFragmentHeaderBytes);
    if (load_be32(header + 12) != 0) return FrameError::ReservedNotZero;
    if (out.fragment_total > kTransactionBytesMax) return FrameError::Oversized;
    const uint64_t total = out.fragment_total;
    const uint64_t offset = out.fragment_offset;
    const uint64_t index = out.fragment_index;
    const uint64_t count = out.fragment_count;
    const uint64_t bytes = out.piece.size();
    if (count < 2 || count > kFragmentsMax || index >= count) return FrameError::BadFragment;
    const bool last = index + 1 == count;
    // The last piece may be short, so that its offset tells S; any other piece is S bytes long.
    const uint64_t size = last ? offset / index : bytes;
    const uint64_t end = offset + bytes;
    if (size == 0 || offset != index * size || end > total || bytes > size)
        return FrameError::BadFragment;
    if (last ? end != total : (count - 1) * size >= total || count * size < total)
        return FrameError::BadFragment;
    out.fragment_size = static_cast<uint32_t>(size);
    return FrameError::None;
}

/// The fields that version 1 keeps at zero: flags, cookie, group and credit.
bool reserved_are_zero(const uint8_t* header) {
    return load_be16(header + offset::kFlags) == 0 && load_be64(header + offset::kCookie) == 0 &&
           load_be64(header + offset::kGroup) == 0 && load_be32(header + offset::kCredit) == 0;
}

}  // namespace

FrameError parse_datagram(BytesView payload, ParsedFrame& out) {
    if (payload.size() < kDatagramHeaderBytes) return FrameError::Truncated;
    if (payload.size() > kUdpPayloadMax) return FrameError::Oversized;
    const uint8_t* header = payload.data();
    if (load_be32(header + offset::kMagic) != kMagic) return FrameError::BadMagic;
    if (header[offset::kVersion] != kProtocolVersion) return FrameError::BadVersion;
    if (load_be16(header + offset::kHeaderLength) != kDatagramHeaderBytes)
        return FrameError::BadHeaderLength;
    out.body = payload.subspan(kDatagramHeaderBytes);
    const uint32_t body_length = load_be32(header + offset::kBodyLength);
    if (body_length > out.body.size()) return FrameError::Truncated;
    if (body_length < out.body.size()) return FrameError::BadLength;
    const uint32_t checksum = crc32c(out.body, crc32c(payload.first(offset::kChecksum)));
    if (load_be32(header + offset::kChecksum) != checksum) return FrameError::BadChecksum;
    if (!reserved_are_zero(header)) return FrameError::ReservedNotZero;

    out.session = load_be64(header + offset::kSession);
    out.sequence = load_be64(header + offset::kSequence);
    out.transaction = load_be64(header + offset::kTransaction);
    out.count = load_be16(header + offset::kCount);
    if (out.session == 0) return FrameError::BadSession;
    switch (header[offset::kKind]) {
        case static_cast<uint8_t>(FrameKind::Transactions):
            out.kind = FrameKind::Transactions;
            return parse_records(out);
        case static_cast<uint8_t>(FrameKind::Fragment):
            out.kind = FrameKind::Fragment;
            return parse_fragment(out);
        default:
            return FrameError::BadKind;
    }
}

FrameError parse_frame(BytesView frame, const ParseConfig& config, ParsedFrame& out) {
    if (frame.size() < kEthernetHeaderBytes) return FrameError::Truncated;
    if (frame.size() > kFrameBytesMax) return FrameError::Oversized;
    if (load_be16(frame.data() + 12) != kEtherTypeIpv4) return FrameError::NotForUs;

    const BytesView packet = frame.subspan(kEthernetHeaderBytes);
    if (packet.size() < kIpv4HeaderBytes) return FrameError::Truncated;
    const uint8_t* ip = packet.data();
    const size_t ip_header_bytes = size_t{4} * (ip[0] & 0x0F);
    if ((ip[0] >> 4) != 4 || ip_header_bytes < kIpv4HeaderBytes) return FrameError::BadIpHeader;
    if (packet.size() < ip_header_bytes) return FrameError::Truncated;
    if (internet_fold(internet_sum(packet.first(ip_header_bytes))) != 0xFFFF)
        return FrameError::BadIpHeader;
    const size_t ip_bytes = load_be16(ip + 2);
    if (ip_bytes < ip_header_bytes) return FrameError::BadIpHeader;
    if (ip_bytes > packet.size()) return FrameError::Truncated;
    if (ip[9] != kProtocolUdp) return FrameError::NotForUs;
    if (config.ipv4 != 0 && load_be32(ip + 16) != config.ipv4) return FrameError::NotForUs;
    // Bits: reserved, do not fragment, more fragments; then the offset.
    if ((load_be16(ip + 6) & 0x3FFF) != 0) return FrameError::IpFragment;

    const BytesView datagram = packet.subspan(ip_header_bytes, ip_bytes - ip_header_bytes);
    if (datagram.size() < kUdpHeaderBytes) return FrameError::Truncated;
    const uint8_t* udp = datagram.data();
    if (load_be16(udp + 2) != config.udp_port) return FrameError::NotForUs;
    if (load_be16(udp + 4) != datagram.size()) return FrameError::BadUdpLength;
    const FrameError error = parse_datagram(datagram.subspan(kUdpHeaderBytes), out);
    out.source_ipv4 = load_be32(ip + 12);
    out.source_port = load_be16(udp);
    return error;
}

}  // namespace switchyard::dataplane
