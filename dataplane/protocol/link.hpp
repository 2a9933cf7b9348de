// SPDX-License-Identifier: Apache-2.0
// Ethernet II, IPv4 and UDP around a datagram, and the ARP that a port without a kernel must speak.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "dataplane/protocol/cookie.hpp"
#include "dataplane/protocol/wire.hpp"
#include "host/core/bytes.hpp"

namespace switchyard::dataplane {

using MacAddress = std::array<uint8_t, 6>;

/// One end of a link.
struct Endpoint {
    MacAddress mac{};
    uint32_t ipv4 = 0;  ///< host order: 10.0.0.1 is 0x0A000001
    uint16_t udp_port = kDefaultUdpPort;
};

struct LinkConfig {
    uint16_t udp_port = kDefaultUdpPort;
    uint32_t ipv4 = 0;  ///< take only frames to this address (host order); 0 takes any
};

/// What the outer headers of an accepted frame say.
struct LinkHeaders {
    MacAddress source_mac{};
    MacAddress destination_mac{};
    SourceAddress source;
    uint32_t destination_ipv4 = 0;
    BytesView payload;  ///< of the UDP datagram, within the frame
};

/// Reads the headers of an Ethernet frame down to UDP. Bytes after the IP packet (Ethernet padding)
/// are ignored. The IPv4 header checksum is verified; UDP's is not, as CRC32C covers what follows.
/// Never reads outside `frame`.
[[nodiscard]] FrameError parse_link(BytesView frame, const LinkConfig& config, LinkHeaders& out);

/// Writes the headers (RFC 791, do not fragment; RFC 768 with its checksum) in front of a payload
/// that is in place at `frame + kLinkHeadersBytes`. `frame` has kLinkHeadersBytes to kFrameBytesMax
/// bytes.
void write_link_headers(const Endpoint& source, const Endpoint& destination,
                        std::span<uint8_t> frame);

inline constexpr size_t kArpFrameBytes = 42;

/// If `frame` is an ARP request (RFC 826) for `ipv4`, writes the reply that names `mac` and returns
/// true.
[[nodiscard]] bool answer_arp(BytesView frame, uint32_t ipv4, const MacAddress& mac,
                              std::span<uint8_t, kArpFrameBytes> reply);

}  // namespace switchyard::dataplane
