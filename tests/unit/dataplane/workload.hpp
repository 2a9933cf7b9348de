// SPDX-License-Identifier: Apache-2.0
// Bytes that stand for transactions, and helpers that change frames, for the data plane's tests.
#pragma once

#include <algorithm>
#include <random>
#include <vector>

#include "dataplane/protocol/big_endian.hpp"
#include "dataplane/protocol/encode.hpp"
#include "dataplane/protocol/internet_checksum.hpp"
#include "dataplane/protocol/link.hpp"
#include "dataplane/protocol/parse.hpp"
#include "host/core/checksum/crc32c.hpp"

namespace switchyard::dataplane::test {

inline Bytes random_bytes(std::mt19937_64& random, size_t size) {
    Bytes out(size);
    for (uint8_t& byte : out)
        byte = static_cast<uint8_t>(random());
    return out;
}

/// `count` byte strings of `smallest` to `largest` bytes; the first eight bytes of those that have
/// as many are the number of the string, so that any loss or swap shows.
inline std::vector<Bytes> random_transactions(std::mt19937_64& random, size_t count,
                                              size_t smallest, size_t largest) {
    std::vector<Bytes> out;
    out.reserve(count);
    std::uniform_int_distribution<size_t> size(smallest, largest);
    for (size_t i = 0; i < count; ++i) {
        out.push_back(random_bytes(random, size(random)));
        if (out.back().size() >= 8) store_be64(out.back().data(), i);
    }
    return out;
}

inline std::vector<BytesView> views(const std::vector<Bytes>& transactions) {
    return {transactions.begin(), transactions.end()};
}

/// A frame with all of its layers.
struct ParsedFrame {
    LinkHeaders link;
    DatagramHeader header;
    ParsedBody body;
};

inline FrameError parse_frame(BytesView frame, const LinkConfig& config, ParsedFrame& out) {
    const FrameError error = parse_link(frame, config, out.link);
    if (error != FrameError::None) return error;
    return parse_datagram(out.link.payload, out.header, out.body);
}

/// Where the datagram of a frame begins, by its EtherType.
inline size_t datagram_offset(BytesView frame) {
    const bool ipv6 =
        frame.size() >= kLinkHeadersBytesIpv6 && frame[12] == 0x86 && frame[13] == 0xDD;
    return ipv6 ? kLinkHeadersBytesIpv6 : kLinkHeadersBytes;
}

/// Makes the CRC32C of a datagram right again after a change of its fields.
inline void refresh_crc(std::span<uint8_t> datagram) {
    const BytesView bytes = datagram;
    const uint32_t crc =
        crc32c(bytes.subspan(offset::kChecksum + 4), crc32c(bytes.first(offset::kChecksum)));
    store_be32(datagram.data() + offset::kChecksum, crc);
}

/// Makes CRC32C and the checksums of the outer headers right again after a change of the frame's
/// fields. The frame holds a datagram's header behind those of IPv4 or of IPv6.
inline void refresh_checksums(Bytes& frame) {
    uint8_t* ip = frame.data() + kEthernetHeaderBytes;
    const size_t at = datagram_offset(frame);
    if (frame.size() < at + kDatagramHeaderBytes) return;
    refresh_crc(std::span{frame}.subspan(at));
    if (at == kLinkHeadersBytes) {
        store_be16(ip + 10, 0);
        const uint16_t sum = internet_fold(internet_sum({ip, kIpv4HeaderBytes}));
        store_be16(ip + 10, static_cast<uint16_t>(~sum));
        return;
    }
    const size_t udp_bytes = std::min<size_t>(load_be16(ip + 4), frame.size() - at + 8);
    const BytesView udp{ip + kIpv6HeaderBytes, udp_bytes};
    if (udp_bytes < kUdpHeaderBytes) return;
    store_be16(ip + kIpv6HeaderBytes + 6, 0);
    const uint64_t pseudo_header = internet_sum({ip + 8, 32}, 17 + uint64_t{udp_bytes});
    const auto sum = static_cast<uint16_t>(~internet_fold(internet_sum(udp, pseudo_header)));
    store_be16(ip + kIpv6HeaderBytes + 6, sum == 0 ? 0xFFFF : sum);
}

}  // namespace switchyard::dataplane::test
