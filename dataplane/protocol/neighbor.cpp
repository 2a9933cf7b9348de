// SPDX-License-Identifier: Apache-2.0
#include "dataplane/protocol/neighbor.hpp"

#include <algorithm>
#include <cstring>

#include "dataplane/protocol/ethernet.hpp"
#include "host/core/assert.hpp"

namespace switchyard::dataplane {
namespace {

constexpr uint16_t kArpRequest = 1;
constexpr uint16_t kArpReply = 2;
/// Hardware Ethernet, protocol IPv4, addresses of 6 and 4 bytes.
constexpr uint8_t kArpShape[] = {0, 1, 8, 0, 6, 4};

constexpr uint8_t kSolicitation = 135;
constexpr uint8_t kAdvertisement = 136;
constexpr uint8_t kOptionSourceLink = 1;
constexpr uint8_t kOptionTargetLink = 2;
/// Nothing of a neighbour's came through a router.
constexpr uint8_t kNeighborHopLimit = 255;
constexpr size_t kNeighborMessageBytes = 24;  ///< without options
constexpr size_t kLinkOptionBytes = 8;
constexpr uint8_t kSolicitedAndOverride = 0x60;
constexpr uint8_t kOverride = 0x20;
constexpr IpAddress kAllNodes{.high = 0xFF02'0000'0000'0000, .low = 1};

/// ff02::1:ffxx:xxxx (RFC 4291, section 2.7.1).
IpAddress solicited_node(const IpAddress& target) {
    return {.high = 0xFF02'0000'0000'0000, .low = 0x1'FF00'0000 | (target.low & 0xFF'FFFF)};
}

/// 33:33 and the last four bytes (RFC 2464, section 7).
MacAddress multicast_mac(const IpAddress& group) {
    MacAddress out{0x33, 0x33};
    store_be32(out.data() + 2, static_cast<uint32_t>(group.low));
    return out;
}

bool is_arp(BytesView frame, uint16_t operation) {
    return frame.size() >= kArpFrameBytes && load_be16(frame.data() + 12) == kEtherTypeArp &&
           std::equal(std::begin(kArpShape), std::end(kArpShape),
                      frame.data() + kEthernetHeaderBytes) &&
           load_be16(frame.data() + 20) == operation;
}

/// The ICMPv6 message of a frame if it is a valid one of `type`; else empty.
BytesView neighbor_message(BytesView frame, uint8_t type) {
    if (frame.size() < kEthernetHeaderBytes + kIpv6HeaderBytes + kNeighborMessageBytes ||
        load_be16(frame.data() + 12) != kEtherTypeIpv6)
        return {};
    const uint8_t* const ip = frame.data() + kEthernetHeaderBytes;
    const size_t bytes = load_be16(ip + 4);
    if ((ip[0] >> 4) != 6 || ip[6] != kProtocolIcmpv6 || ip[7] != kNeighborHopLimit ||
        bytes < kNeighborMessageBytes ||
        bytes > frame.size() - kEthernetHeaderBytes - kIpv6HeaderBytes)
        return {};
    const BytesView out{ip + kIpv6HeaderBytes, bytes};
    if (out[0] != type || out[1] != 0 || !ipv6_checksum_holds(ip, out, kProtocolIcmpv6)) return {};
    return out;
}

/// The address in option `type` of a message; none too if an option is of length 0, which makes
/// the whole message invalid.
std::optional<MacAddress> link_option(BytesView message, uint8_t type) {
    std::optional<MacAddress> out;
    BytesView rest = message.subspan(kNeighborMessageBytes);
    while (rest.size() >= kLinkOptionBytes) {
        const size_t bytes = size_t{rest[1]} * 8;
        if (bytes == 0 || bytes > rest.size()) return std::nullopt;
        if (rest[0] == type && bytes == kLinkOptionBytes) {
            out.emplace();
            std::memcpy(out->data(), rest.data() + 2, out->size());
        }
        rest = rest.subspan(bytes);
    }
    return out;
}

/// A message about `target` with one link-layer option, in its frame.
void write_neighbor(const Endpoint& from, const Endpoint& to, uint8_t type, uint8_t flags,
                    const IpAddress& target, uint8_t* out) {
    constexpr uint16_t kBytes = kNeighborMessageBytes + kLinkOptionBytes;
    write_ethernet_header(to.mac, from.mac, kEtherTypeIpv6, out);
    uint8_t* const ip = out + kEthernetHeaderBytes;
    write_ipv6_header(from.ip, to.ip, kProtocolIcmpv6, kNeighborHopLimit, kBytes, ip);
    uint8_t* const message = ip + kIpv6HeaderBytes;
    std::memset(message, 0, kBytes);
    message[0] = type;
    message[4] = flags;
    target.store(message + 8);
    uint8_t* const option = message + kNeighborMessageBytes;
    option[0] = type == kSolicitation ? kOptionSourceLink : kOptionTargetLink;
    option[1] = 1;
    std::memcpy(option + 2, from.mac.data(), from.mac.size());
    const uint64_t pseudo_header = internet_sum({ip + 8, 32}, kProtocolIcmpv6 + uint64_t{kBytes});
    store_be16(message + 2, static_cast<uint16_t>(
                                ~internet_fold(internet_sum({message, kBytes}, pseudo_header))));
}

size_t answer_arp(BytesView frame, uint32_t ipv4, const MacAddress& mac, uint8_t* out) {
    const uint8_t* const request = frame.data() + kEthernetHeaderBytes;
    MacAddress asker;
    std::memcpy(asker.data(), request + 8, asker.size());
    write_ethernet_header(asker, mac, kEtherTypeArp, out);
    std::memcpy(out + 14, kArpShape, sizeof(kArpShape));
    store_be16(out + 20, kArpReply);
    std::memcpy(out + 22, mac.data(), mac.size());
    store_be32(out + 28, ipv4);
    std::memcpy(out + 32, request + 8, 10);  // the asker's MAC and IPv4 addresses
    return kArpFrameBytes;
}

size_t answer_solicitation(BytesView frame, const IpAddress& own, const MacAddress& mac,
                           uint8_t* out) {
    const BytesView message = neighbor_message(frame, kSolicitation);
    if (message.empty() || IpAddress::load(message.data() + 8) != own) return 0;
    const IpAddress asker = IpAddress::load(frame.data() + kEthernetHeaderBytes + 8);
    const auto asker_mac = link_option(message, kOptionSourceLink);
    Endpoint to{.ip = kAllNodes};
    if (asker.is_unspecified()) {
        // Somebody wants to take the address: he and everybody else hear that it is taken. He must
        // not name himself (section 7.1.1).
        if (asker_mac) return 0;
        to.mac = multicast_mac(kAllNodes);
    } else {
        to.ip = asker;
        std::memcpy(to.mac.data(), frame.data() + 6, to.mac.size());
        if (asker_mac) to.mac = *asker_mac;
    }
    write_neighbor({.mac = mac, .ip = own}, to, kAdvertisement,
                   asker.is_unspecified() ? kOverride : kSolicitedAndOverride, own, out);
    return kNeighborFrameBytesMax;
}

}  // namespace

size_t answer_neighbor(BytesView frame, const LinkConfig& own, const MacAddress& mac,
                       std::span<uint8_t, kNeighborFrameBytesMax> out) {
    if (own.ipv4 != 0 && is_arp(frame, kArpRequest) &&
        load_be32(frame.data() + kEthernetHeaderBytes + 24) == own.ipv4)
        return answer_arp(frame, own.ipv4, mac, out.data());
    if (!own.ipv6.is_unspecified()) return answer_solicitation(frame, own.ipv6, mac, out.data());
    return 0;
}

size_t ask_neighbor(const Endpoint& own, const IpAddress& target,
                    std::span<uint8_t, kNeighborFrameBytesMax> out) {
    SWITCHYARD_ASSERT(own.ip.is_v4() == target.is_v4());
    if (!target.is_v4()) {
        const IpAddress group = solicited_node(target);
        write_neighbor(own, {.mac = multicast_mac(group), .ip = group}, kSolicitation, 0, target,
                       out.data());
        return kNeighborFrameBytesMax;
    }
    std::memset(out.data(), 0, kArpFrameBytes);
    write_ethernet_header({0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF}, own.mac, kEtherTypeArp, out.data());
    std::memcpy(out.data() + 14, kArpShape, sizeof(kArpShape));
    store_be16(out.data() + 20, kArpRequest);
    std::memcpy(out.data() + 22, own.mac.data(), own.mac.size());
    store_be32(out.data() + 28, own.ip.to_v4());
    store_be32(out.data() + 38, target.to_v4());
    return kArpFrameBytes;
}

std::optional<MacAddress> neighbor_answer(BytesView frame, const IpAddress& target) {
    if (target.is_v4()) {
        if (!is_arp(frame, kArpReply) || load_be32(frame.data() + 28) != target.to_v4())
            return std::nullopt;
        MacAddress out;
        std::memcpy(out.data(), frame.data() + 22, out.size());
        return out;
    }
    const BytesView message = neighbor_message(frame, kAdvertisement);
    if (message.empty() || IpAddress::load(message.data() + 8) != target) return std::nullopt;
    return link_option(message, kOptionTargetLink);
}

}  // namespace switchyard::dataplane
