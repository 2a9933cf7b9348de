// SPDX-License-Identifier: Apache-2.0
#include "dataplane/protocol/link.hpp"

#include <algorithm>
#include <cstring>

#include "dataplane/protocol/big_endian.hpp"
#include "dataplane/protocol/internet_checksum.hpp"
#include "host/core/assert.hpp"

namespace switchyard::dataplane {
namespace {

constexpr uint16_t kEtherTypeIpv4 = 0x0800;
constexpr uint16_t kEtherTypeArp = 0x0806;
constexpr uint8_t kProtocolUdp = 17;
constexpr uint16_t kArpRequest = 1;
constexpr uint16_t kArpReply = 2;
/// Hardware Ethernet, protocol IPv4, addresses of 6 and 4 bytes.
constexpr uint8_t kArpShape[] = {0, 1, 8, 0, 6, 4};

}  // namespace

FrameError parse_link(BytesView frame, const LinkConfig& config, LinkHeaders& out) {
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
    std::memcpy(out.destination_mac.data(), frame.data(), 6);
    std::memcpy(out.source_mac.data(), frame.data() + 6, 6);
    out.source = {.ipv4 = load_be32(ip + 12), .port = load_be16(udp)};
    out.destination_ipv4 = load_be32(ip + 16);
    out.payload = datagram.subspan(kUdpHeaderBytes);
    return FrameError::None;
}

void write_link_headers(const Endpoint& source, const Endpoint& destination,
                        std::span<uint8_t> frame) {
    SWITCHYARD_ASSERT(frame.size() >= kLinkHeadersBytes && frame.size() <= kFrameBytesMax);
    uint8_t* ethernet = frame.data();
    std::memcpy(ethernet, destination.mac.data(), 6);
    std::memcpy(ethernet + 6, source.mac.data(), 6);
    store_be16(ethernet + 12, kEtherTypeIpv4);

    uint8_t* ip = ethernet + kEthernetHeaderBytes;
    const auto ip_bytes = static_cast<uint16_t>(frame.size() - kEthernetHeaderBytes);
    std::memset(ip, 0, kIpv4HeaderBytes);
    ip[0] = 0x45;
    store_be16(ip + 2, ip_bytes);
    store_be16(ip + 6, 0x4000);
    ip[8] = 64;
    ip[9] = kProtocolUdp;
    store_be32(ip + 12, source.ipv4);
    store_be32(ip + 16, destination.ipv4);
    const uint64_t ip_sum = internet_sum({ip, kIpv4HeaderBytes});
    store_be16(ip + 10, static_cast<uint16_t>(~internet_fold(ip_sum)));

    uint8_t* udp = ip + kIpv4HeaderBytes;
    const auto udp_bytes = static_cast<uint16_t>(ip_bytes - kIpv4HeaderBytes);
    store_be16(udp, source.udp_port);
    store_be16(udp + 2, destination.udp_port);
    store_be16(udp + 4, udp_bytes);
    store_be16(udp + 6, 0);
    const uint64_t pseudo_header = internet_sum({ip + 12, 8}, kProtocolUdp + uint64_t{udp_bytes});
    const uint64_t udp_sum = internet_sum({udp, udp_bytes}, pseudo_header);
    const auto udp_checksum = static_cast<uint16_t>(~internet_fold(udp_sum));
    // Zero on the wire means that the sender computed none.
    store_be16(udp + 6, udp_checksum == 0 ? 0xFFFF : udp_checksum);
}

bool answer_arp(BytesView frame, uint32_t ipv4, const MacAddress& mac,
                std::span<uint8_t, kArpFrameBytes> reply) {
    if (frame.size() < kArpFrameBytes || load_be16(frame.data() + 12) != kEtherTypeArp)
        return false;
    const uint8_t* request = frame.data() + kEthernetHeaderBytes;
    if (!std::equal(std::begin(kArpShape), std::end(kArpShape), request) ||
        load_be16(request + 6) != kArpRequest || load_be32(request + 24) != ipv4)
        return false;
    uint8_t* out = reply.data();
    std::memcpy(out, request + 8, 6);  // to the one who asked
    std::memcpy(out + 6, mac.data(), 6);
    store_be16(out + 12, kEtherTypeArp);
    std::memcpy(out + 14, kArpShape, sizeof(kArpShape));
    store_be16(out + 20, kArpReply);
    std::memcpy(out + 22, mac.data(), 6);
    store_be32(out + 28, ipv4);
    std::memcpy(out + 32, request + 8, 10);  // the asker's MAC and IPv4 addresses
    return true;
}

}  // namespace switchyard::dataplane
