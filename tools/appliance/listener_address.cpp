// SPDX-License-Identifier: Apache-2.0
#include "tools/appliance/listener_address.hpp"

#include <charconv>

#include "host/core/assert.hpp"

namespace switchyard::appliance {

ListenerAddress listener_address(std::string_view text) {
    const size_t colon = text.rfind(':');
    SWITCHYARD_ASSERT(colon != std::string_view::npos);
    std::string_view host = text.substr(0, colon);
    const std::string_view number = text.substr(colon + 1);
    ListenerAddress out;
    std::from_chars(number.data(), number.data() + number.size(), out.port);
    if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
    out.host = host == "localhost" ? "127.0.0.1" : host;
    return out;
}

std::string to_string(const ListenerAddress& address) {
    const bool is_ipv6 = address.host.find(':') != std::string::npos;
    return (is_ipv6 ? "[" + address.host + "]" : address.host) + ":" + std::to_string(address.port);
}

}  // namespace switchyard::appliance
