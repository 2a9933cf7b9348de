// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace switchyard::appliance {

struct ListenerAddress {
    std::string host;  ///< an IPv4 or IPv6 address, without brackets
    uint16_t port = 0;
};

/// Of an address as a checked configuration has it: "127.0.0.1:8545", "[::1]:8545",
/// "localhost:8545", which is 127.0.0.1.
[[nodiscard]] ListenerAddress listener_address(std::string_view text);
[[nodiscard]] std::string to_string(const ListenerAddress& address);

}  // namespace switchyard::appliance
