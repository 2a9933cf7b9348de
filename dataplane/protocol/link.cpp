// SPDX-License-Identifier: Apache-2.0
#include "dataplane/protocol/link.hpp"

#include <cstring>

#include "dataplane/protocol/big_endian.hpp"
#include "dataplane/protocol/ethernet.hpp"
#include "dataplane/protocol/internet_checksum.hpp"
#include "host/core/assert.hpp"

namespace switchyard::dataplane {
namespace {

constexpr uint8_t kHopLimit = 64;

/// The UDP datagram of an IPv4 packet, and its addresses.
FrameError parse_ipv4(BytesView packet, const LinkConfig& config, LinkHeaders& out,
                      BytesView& datagram) {
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
    out.destination = IpAddress::v4(load_be32(ip + 16));
    if (!config.takes(out.destination)) return FrameError::NotForUs;
    // Bits: reserved, do not fragment, more fragments; then the offset.
    if ((load_be16(ip + 6) & 0x3FFF) != 0) return FrameError::IpFragment;
    out.source.ip = IpAddress::v4(load_be32(ip + 12));
    datagram = packet.subspan(ip_header_bytes, ip_bytes - ip_header_bytes);
    return FrameError::None;
}

/// The same of an IPv6 packet.
FrameError parse_ipv6(BytesView packet, const LinkConfig& config, LinkHeaders& out,
                      BytesView& datagram) {
    if (packet.size() < kIpv6HeaderBytes) return FrameError::Truncated;
    const uint8_t* ip = packet.data();
    if ((ip[0] >> 4) != 6) return FrameError::BadIpHeader;
    const size_t ip_bytes = kIpv6HeaderBytes + load_be16(ip + 4);
    if (ip_bytes > packet.size()) return FrameError::Truncated;
    out.destination = IpAddress::load(ip + 24);
    // An IPv4 address in its mapped form never stands on a wire, and would be taken for the other
    // family here.
    out.source.ip = IpAddress::load(ip + 8);
    if (out.source.ip.is_v4() || out.destination.is_v4()) return FrameError::BadIpHeader;
    if (!config.takes(out.destination)) return FrameError::NotForUs;
    if (ip[6] == kNextHeaderFragment) return FrameError::IpFragment;
    if (ip[6] != kProtocolUdp) return FrameError::NotForUs;
    datagram = packet.subspan(kIpv6HeaderBytes, ip_bytes - kIpv6HeaderBytes);
    return FrameError::None;
}

/// Of a datagram over IPv6, whose header is `ip`. A sender on this machine leaves the sum to a card
/// (checksum offload) that a veth or a tap does not have: then the field holds the sum of the
/// pseudo header alone, not complemented, and CRC32C covers the rest.
bool udp_checksum_holds(const uint8_t* ip, BytesView datagram) {
    const uint16_t checksum = load_be16(datagram.data() + 6);
    if (checksum == 0) return false;
    const uint64_t pseudo_header =
        internet_sum({ip + 8, 32}, uint64_t{kProtocolUdp} + datagram.size());
    return checksum == internet_fold(pseudo_header) ||
           internet_fold(internet_sum(datagram, pseudo_header)) == 0xFFFF;
}

}  // namespace

FrameError parse_link(BytesView frame, const LinkConfig& config, LinkHeaders& out) {
    if (frame.size() < kEthernetHeaderBytes) return FrameError::Truncated;
    if (frame.size() > kFrameBytesMax) return FrameError::Oversized;
    const uint16_t type = load_be16(frame.data() + 12);
    const BytesView packet = frame.subspan(kEthernetHeaderBytes);
    BytesView datagram;
    FrameError error = FrameError::NotForUs;
    if (type == kEtherTypeIpv4) {
        error = parse_ipv4(packet, config, out, datagram);
    } else if (type == kEtherTypeIpv6) {
        error = parse_ipv6(packet, config, out, datagram);
    }
    if (error != FrameError::None) return error;

    if (datagram.size() < kUdpHeaderBytes) return FrameError::Truncated;
    const uint8_t* udp = datagram.data();
    if (load_be16(udp + 2) != config.udp_port) return FrameError::NotForUs;
    if (load_be16(udp + 4) != datagram.size()) return FrameError::BadUdpLength;
    if (type == kEtherTypeIpv6 && !udp_checksum_holds(packet.data(), datagram))
        return FrameError::BadUdpChecksum;
    std::memcpy(out.destination_mac.data(), frame.data(), 6);
    std::memcpy(out.source_mac.data(), frame.data() + 6, 6);
    out.source.port = load_be16(udp);
    out.payload = datagram.subspan(kUdpHeaderBytes);
    return FrameError::None;
}

namespace {

void write_ipv4_header(const Endpoint& source, const Endpoint& destination, size_t payload_bytes,
                       uint8_t* ip) {
    std::memset(ip, 0, kIpv4HeaderBytes);
    ip[0] = 0x45;
    store_be16(ip + 2, static_cast<uint16_t>(kIpv4HeaderBytes + payload_bytes));
    store_be16(ip + 6, 0x4000);
    ip[8] = kHopLimit;
    ip[9] = kProtocolUdp;
    store_be32(ip + 12, source.ip.to_v4());
    store_be32(ip + 16, destination.ip.to_v4());
    const uint64_t sum = internet_sum({ip, kIpv4HeaderBytes});
    store_be16(ip + 10, static_cast<uint16_t>(~internet_fold(sum)));
}

}  // namespace

void write_link_headers(const Endpoint& source, const Endpoint& destination,
                        std::span<uint8_t> frame) {
    const bool is_v4 = destination.ip.is_v4();
    SWITCHYARD_ASSERT(source.ip.is_v4() == is_v4);
    SWITCHYARD_ASSERT(frame.size() >= link_headers_bytes(destination.ip) &&
                      frame.size() <= kFrameBytesMax);
    const size_t ip_header_bytes = is_v4 ? kIpv4HeaderBytes : kIpv6HeaderBytes;
    write_ethernet_header(destination.mac, source.mac, is_v4 ? kEtherTypeIpv4 : kEtherTypeIpv6,
                          frame.data());
    uint8_t* const ip = frame.data() + kEthernetHeaderBytes;
    uint8_t* const udp = ip + ip_header_bytes;
    const auto udp_bytes =
        static_cast<uint16_t>(frame.size() - kEthernetHeaderBytes - ip_header_bytes);
    if (is_v4) {
        write_ipv4_header(source, destination, udp_bytes, ip);
    } else {
        write_ipv6_header(source.ip, destination.ip, kProtocolUdp, kHopLimit, udp_bytes, ip);
    }
    store_be16(udp, source.udp_port);
    store_be16(udp + 2, destination.udp_port);
    store_be16(udp + 4, udp_bytes);
    store_be16(udp + 6, 0);
    const BytesView addresses = is_v4 ? BytesView{ip + 12, 8} : BytesView{ip + 8, 32};
    const uint64_t pseudo_header = internet_sum(addresses, kProtocolUdp + uint64_t{udp_bytes});
    const uint64_t udp_sum = internet_sum({udp, udp_bytes}, pseudo_header);
    const auto udp_checksum = static_cast<uint16_t>(~internet_fold(udp_sum));
    // Zero on the wire means that the sender computed none.
    store_be16(udp + 6, udp_checksum == 0 ? 0xFFFF : udp_checksum);
}

}  // namespace switchyard::dataplane
