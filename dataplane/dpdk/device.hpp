// SPDX-License-Identifier: Apache-2.0
// Device strings taken apart, and what each kind of port needs. No DPDK name in here.
#pragma once

#include <cstdint>
#include <string>

#include "host/core/result.hpp"

namespace switchyard::dataplane::dpdk {

/// How a driver with several receive queues decides which one a frame takes.
enum class QueueSpread : uint8_t {
    Hash,    ///< the card, by the hash that `plan_rss` sets up
    Kernel,  ///< Linux, by a hash of the flow that it may change
    Peer,    ///< the other side chooses the queue that it sends on
    None,    ///< one queue only
};

/// What is known of a driver.
struct DriverTraits {
    const char* driver;          ///< net_af_packet
    const char* queue_argument;  ///< that asks it for several queues; empty: it needs none
    QueueSpread spread;
    uint16_t buffer_bytes;  ///< data of one buffer
    uint16_t frame_bytes;   ///< the largest frame in it
};

/// A device string taken apart: "net_pcap0,rx_pcap=in.pcap", or the PCI address of a card.
struct Device {
    std::string name;       ///< net_pcap0, 0000:03:00.0
    std::string driver;     ///< net_pcap; "pci" for a card, whose driver EAL finds
    std::string arguments;  ///< rx_pcap=in.pcap

    [[nodiscard]] bool is_pci() const { return driver == "pci"; }
    /// The value of `key=` among the arguments, or empty.
    [[nodiscard]] std::string argument(const std::string& key) const;
};

/// InvalidInput for what is neither a virtual device's name with its number nor a PCI address.
[[nodiscard]] Result<Device> parse_device(const std::string& text);

/// Of the driver; of one that is not known, what is usual.
[[nodiscard]] const DriverTraits& traits_of(const Device& device);

/// The arguments that make it open with `queues` of them: the driver's own word for it is added
/// unless it stands there. InvalidInput when the driver has one queue only, or when what stands
/// there disagrees.
[[nodiscard]] Result<std::string> arguments_for(const Device& device, uint16_t queues);

/// Whether what the device names is there: an interface, a folder, a peer's socket, /dev/net/tun.
/// The error (NotFound, Unavailable) says what to do next. `root` stands in front of every path and
/// is for tests.
[[nodiscard]] Result<void> check_device(const Device& device, const std::string& root = "");

/// What to do next when DPDK refuses `device` with the error number `code`; empty when nothing is
/// known.
[[nodiscard]] std::string advice(const Device& device, int code);

}  // namespace switchyard::dataplane::dpdk
