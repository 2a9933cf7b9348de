// SPDX-License-Identifier: Apache-2.0
// Ethernet II, IPv4 or IPv6, and UDP around a datagram.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "dataplane/protocol/ip_address.hpp"
#include "dataplane/protocol/wire.hpp"
#include "host/core/bytes.hpp"

namespace switchyard::dataplane {

using MacAddress = std::array<uint8_t, 6>;

/// One end of a link.
struct Endpoint {
    MacAddress mac{};
    IpAddress ip{};
    uint16_t udp_port = kDefaultUdpPort;
};

/// Which frames are taken. Where both addresses are unset, frames to any address are.
struct LinkConfig {
    uint16_t udp_port = kDefaultUdpPort;
    uint32_t ipv4 = 0;  ///< own address, host order; 0: none
    IpAddress ipv6{};   ///< own address; unspecified: none

    [[nodiscard]] bool takes(const IpAddress& destination) const {
        if (ipv4 == 0 && ipv6.is_unspecified()) return true;
        return destination.is_v4() ? ipv4 != 0 && destination.to_v4() == ipv4
                                   : !ipv6.is_unspecified() && destination == ipv6;
    }
    /// The own address of the family of `peer`.
    [[nodiscard]] IpAddress own(const IpAddress& peer) const {
        return peer.is_v4() ? IpAddress::v4(ipv4) : ipv6;
    }
};

/// What the outer headers of an accepted frame say.
struct LinkHeaders {
    MacAddress source_mac{};
    MacAddress destination_mac{};
    SourceAddress source;
    IpAddress destination;
    BytesView payload;  ///< of the UDP datagram, within the frame
};

/// Bytes of the Ethernet, IP and UDP headers of a frame to `destination`.
[[nodiscard]] constexpr size_t link_headers_bytes(const IpAddress& destination) {
    return destination.is_v4() ? kLinkHeadersBytes : kLinkHeadersBytesIpv6;
}

/// Reads the headers of an Ethernet frame down to UDP. Bytes after the IP packet (Ethernet padding)
/// are ignored. Of IPv4 the header checksum is verified and UDP's is not, as CRC32C covers what
/// follows; IPv6 has none of its own, and so UDP's, which covers the addresses, is (RFC 8200,
/// section 8.1), in full or as far as a sender that leaves the rest to its card has it. IPv6
/// extension headers are not passed over: a packet with one is `NotForUs`, a fragment `IpFragment`.
/// Never reads outside `frame`.
[[nodiscard]] FrameError parse_link(BytesView frame, const LinkConfig& config, LinkHeaders& out);

/// Writes the headers (RFC 791, do not fragment, or RFC 8200; RFC 768 with its checksum) in front
/// of a payload that is in place behind `link_headers_bytes(destination.ip)`. `frame` has so many
/// to kFrameBytesMax bytes. Precondition: both addresses are of one family.
void write_link_headers(const Endpoint& source, const Endpoint& destination,
                        std::span<uint8_t> frame);

}  // namespace switchyard::dataplane
