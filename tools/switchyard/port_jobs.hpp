// SPDX-License-Identifier: Apache-2.0
// What `switchyard port` does with a port that it opens.
#pragma once

#include <atomic>
#include <functional>
#include <string>
#include <vector>

#include "dataplane/port.hpp"
#include "dataplane/protocol/wire.hpp"
#include "dataplane/receive/ingress_counters.hpp"
#include "host/core/result.hpp"

namespace switchyard::tool {

struct PortTarget {
    std::string device;   ///< as `dataplane::dpdk::PortConfig` has it
    double seconds = 0;   ///< 0: until `stop`
    std::string capture;  ///< a pcap file to write every received frame to; empty: none
    uint16_t queues = 1;  ///< receive queues; recording takes one
    const std::atomic<bool>* stop = nullptr;
};

struct ListenConfig {
    dataplane::LinkConfig link;  ///< its addresses and UDP port
    uint64_t chain_id = 1;
    uint64_t per_source = 20'000;  ///< transactions per second of one source; 0: no limit
    uint64_t transactions = 0;     ///< stop after this many verdicts; 0: do not
    std::string lcores = "auto";   ///< as `dataplane::place_lcores` takes it
};

/// What a port did.
struct PortReport {
    std::string description;  ///< DPDK's version, device, memory
    double seconds = 0;
    dataplane::PortCounters port;
    dataplane::IngressCounters ingress;              ///< of all queues
    std::vector<dataplane::IngressCounters> queues;  ///< of each, where there are several
};

/// Called about once a second.
using PortProgress = std::function<void(const PortReport&)>;

/// Receives and counts, and answers nothing.
[[nodiscard]] Result<PortReport> watch_port(const PortTarget& target, uint16_t udp_port,
                                            const PortProgress& progress);

/// The same of a capture file (`target.device` is its path): at `speed` 1 as it was recorded, at 2
/// twice as fast, at 0 as fast as it is read. Works in a build without DPDK.
[[nodiscard]] Result<PortReport> replay_capture(const PortTarget& target, double speed,
                                                uint16_t udp_port, const PortProgress& progress);

/// Is a server whose verdicts are those of the verify station: Accepted means that encoding, chain
/// id and signature are right. Verifies on the calling thread, and
/// receives there too where there are too few CPUs.
[[nodiscard]] Result<PortReport> serve_port(const PortTarget& target, const ListenConfig& listen,
                                            const PortProgress& progress);

struct LoopReport {
    std::string description;
    uint64_t frames = 0;    ///< sent
    uint64_t returned = 0;  ///< came back unchanged
    double seconds = 0;
};

/// Sends frames of three sizes and compares what comes back.
[[nodiscard]] Result<LoopReport> loop_port(const PortTarget& target, uint64_t frames);

}  // namespace switchyard::tool
