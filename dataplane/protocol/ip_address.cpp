// SPDX-License-Identifier: Apache-2.0
#include "dataplane/protocol/ip_address.hpp"

#include <arpa/inet.h>

#include <array>

namespace switchyard::dataplane {

std::optional<IpAddress> parse_ip(const std::string& text) {
    in_addr ipv4{};
    if (::inet_pton(AF_INET, text.c_str(), &ipv4) == 1) return IpAddress::v4(ntohl(ipv4.s_addr));
    in6_addr ipv6{};
    if (::inet_pton(AF_INET6, text.c_str(), &ipv6) != 1) return std::nullopt;
    return IpAddress::load(ipv6.s6_addr);
}

std::string to_string(const IpAddress& address) {
    std::array<char, INET6_ADDRSTRLEN> out{};
    in6_addr bytes{};
    address.store(bytes.s6_addr);
    const bool is_v4 = address.is_v4();
    // The IPv4 address is the last four bytes of its mapped form.
    const void* const from = is_v4 ? static_cast<const void*>(bytes.s6_addr + 12) : &bytes;
    (void)::inet_ntop(is_v4 ? AF_INET : AF_INET6, from, out.data(), out.size());
    return out.data();
}

}  // namespace switchyard::dataplane
