// SPDX-License-Identifier: Apache-2.0
// Opens DPDK ports. No DPDK name in here.
//
// Frames through a loopback, as `switchyard replay` does it:
//
//   auto environment = dpdk::Environment::start({});           // Result<Environment*>
//   auto port = dpdk::open_port(**environment, {.device = "net_ring0"});
//   auto ingress = Ingress::create(**port, {.overload = OverloadPolicy::Wait});
//   IngressThread receiving(**ingress);
//   FrameSender sender(**port, {});
//   auto frames = encode_all({}, transactions);
//   std::thread sending([&] { sent = sender.send(*frames); (*ingress)->finish_input(); });
//   while (!(*ingress)->exhausted()) { ... (*ingress)->poll(batch) ... release(batch, verdicts); }
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "dataplane/dpdk/environment.hpp"
#include "dataplane/port.hpp"
#include "host/core/result.hpp"

namespace switchyard::dataplane::dpdk {

struct PortConfig {
    /// A virtual device in DPDK's own words, name and arguments:
    ///   net_ring0                           a loopback: what is sent is received
    ///   net_pcap0,rx_pcap=in.pcap           receives a capture file, once, or, with
    ///                                       infinite_rx=1, again and again
    ///   net_pcap0,tx_pcap=out.pcap          sends into a capture file, complete once the port
    ///                                       closes
    /// The number tells two ports of a kind apart. Or the PCI address of a card, which must be
    /// among `EnvironmentConfig::cards`. README.md has every kind.
    std::string device = "net_ring0";
    uint32_t buffers = 8'191;       ///< in the port's pool; 2^n - 1 uses memory best
    uint32_t queue_frames = 1'024;  ///< length of a queue; a power of two
    uint16_t queues = 1;            ///< receive queues, and as many transmit queues; 1 to 64
};

/// What the environment has to be started with for `device`: a card has to be named. Of a string
/// that is no device, the usual.
[[nodiscard]] EnvironmentConfig environment_for(const std::string& device);

/// Opens and starts a port. InvalidInput for a device string that is malformed or names a file that
/// cannot be used, NotFound for an interface, a socket or a card that is not there, LimitExceeded
/// when the memory does not suffice, Unsupported when it has too few queues, Unavailable when the
/// driver refuses; the message says what to do next. The port closes when it is destroyed; every
/// buffer must be back by then.
[[nodiscard]] Result<std::unique_ptr<Port>> open_port(Environment& environment,
                                                      const PortConfig& config);

}  // namespace switchyard::dataplane::dpdk
