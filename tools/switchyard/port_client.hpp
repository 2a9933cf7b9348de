// SPDX-License-Identifier: Apache-2.0
// A client over a port instead of a socket: for rates that sockets do not reach.
#pragma once

#include <memory>
#include <string>

#include "tools/switchyard/send_traffic.hpp"

namespace switchyard::tool {

struct PortClientConfig {
    std::string device;  ///< as `dataplane::dpdk::PortConfig` has it
    uint32_t own_ipv4 = 0;
    uint32_t server_ipv4 = 0;
    uint16_t server_port = dataplane::kDefaultUdpPort;
    uint16_t own_port = 40'000;
    dataplane::ClientConfig session;  ///< `session` 0: drawn at random
};

/// Opens the port, asks for the server's MAC address (ARP) and opens a session. `Unavailable` in a
/// build without the data plane or when no such device is there; Timeout when nobody answers.
[[nodiscard]] Result<std::unique_ptr<TransactionLink>> open_port_client(
    const PortClientConfig& config);

}  // namespace switchyard::tool
