// SPDX-License-Identifier: Apache-2.0
// IPv4 and IPv6 addresses in one value.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "dataplane/protocol/big_endian.hpp"

namespace switchyard::dataplane {

/// An IPv6 address, or an IPv4 address in its mapped form ::ffff:a.b.c.d (RFC 4291, section
/// 2.5.5.2). The halves are in host order: of 2001:db8::1 they are 0x20010db800000000 and 1.
struct IpAddress {
    uint64_t high = 0;
    uint64_t low = 0;

    /// `ipv4` in host order: 10.0.0.1 is 0x0A000001.
    [[nodiscard]] static constexpr IpAddress v4(uint32_t ipv4) {
        return {.high = 0, .low = uint64_t{0xFFFF} << 32 | ipv4};
    }
    /// Of 16 bytes in network order.
    [[nodiscard]] static IpAddress load(const uint8_t* bytes) {
        return {.high = load_be64(bytes), .low = load_be64(bytes + 8)};
    }
    void store(uint8_t* bytes) const {
        store_be64(bytes, high);
        store_be64(bytes + 8, low);
    }

    [[nodiscard]] constexpr bool is_v4() const { return high == 0 && low >> 32 == 0xFFFF; }
    /// Precondition: `is_v4()`.
    [[nodiscard]] constexpr uint32_t to_v4() const { return static_cast<uint32_t>(low); }
    /// The address that stands for none, ::.
    [[nodiscard]] constexpr bool is_unspecified() const { return (high | low) == 0; }
    /// What one customer of a network usually has: an IPv4 address, or an IPv6 network of 64 bits
    /// (RFC 6177), whose addresses its owner can draw at will.
    [[nodiscard]] constexpr IpAddress subscriber() const {
        return is_v4() ? *this : IpAddress{.high = high, .low = 0};
    }

    constexpr bool operator==(const IpAddress& other) const {
        return ((high ^ other.high) | (low ^ other.low)) == 0;
    }
};

/// Either notation, without brackets, port or zone; none if it is no address.
[[nodiscard]] std::optional<IpAddress> parse_ip(const std::string& text);
/// 10.0.0.1, or the canonical form of RFC 5952: 2001:db8::1.
[[nodiscard]] std::string to_string(const IpAddress& address);

/// Where a datagram came from.
struct SourceAddress {
    IpAddress ip{};
    uint16_t port = 0;

    constexpr SourceAddress() = default;
    constexpr SourceAddress(const IpAddress& an_ip, uint16_t a_port) : ip(an_ip), port(a_port) {}
    /// `ipv4` in host order.
    constexpr SourceAddress(uint32_t ipv4, uint16_t a_port)
        : ip(IpAddress::v4(ipv4)), port(a_port) {}
    constexpr bool operator==(const SourceAddress&) const = default;
};

}  // namespace switchyard::dataplane
