// SPDX-License-Identifier: Apache-2.0
// A client over a port instead of a socket: for rates that sockets do not reach.
#pragma once

#include <memory>
#include <string>

#include "tools/switchyard/send_traffic.hpp"

namespace switchyard::tool {

struct PortClientConfig {
    std::string device;  ///< as `dataplane::dpdk::PortConfig` has it
    dataplane::IpAddress own_ip;
    dataplane::IpAddress server_ip;  ///< of the same family
    uint16_t server_port = dataplane::kDefaultUdpPort;
    uint16_t own_port = 40'000;
    /// `session` 0: drawn at random; `ipv6` is set by the addresses.
    dataplane::ClientConfig session;
};

/// Opens the port, asks for the server's MAC address (ARP or Neighbor Discovery) and opens a session. `Unavailable` in a
/// build without the data plane or when no such device is there; Timeout when nobody answers.
[[nodiscard]] Result<std::unique_ptr<TransactionLink>> open_port_client(
    const PortClientConfig& config);

}  // namespace switchyard::tool
