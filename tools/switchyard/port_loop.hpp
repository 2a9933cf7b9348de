// SPDX-License-Identifier: Apache-2.0
// The loop around a port that is open, of whatever kind.
#pragma once

#include <chrono>
#include <string>
#include <thread>

#include "dataplane/port.hpp"
#include "dataplane/receive/overload.hpp"
#include "tools/switchyard/measure.hpp"
#include "tools/switchyard/port_jobs.hpp"

namespace switchyard::tool {

/// Runs `turn`, which says whether it did something, until time or `stop` ends it.
template <typename Turn, typename Report>
void run_until(const PortTarget& target, const Turn& turn, const Report& report) {
    const double begin = wall_ns();
    double next_report = begin + 1e9;
    unsigned idle = 0;
    for (uint64_t turns = 0;; ++turns) {
        if (turn()) {
            idle = 0;
        } else if (++idle > 64) {
            std::this_thread::sleep_for(std::chrono::microseconds(20));
        }
        if (idle == 0 && turns % 256 != 0) continue;
        if (target.stop != nullptr && target.stop->load(std::memory_order_relaxed)) return;
        const double now = wall_ns();
        if (target.seconds > 0 && now - begin >= target.seconds * 1e9) return;
        if (now < next_report) continue;
        next_report += 1e9;
        if (!report((now - begin) * 1e-9)) return;
    }
}

/// Receives on a trusted wire and counts, until the target's time, its stop or the end of the
/// input.
[[nodiscard]] Result<PortReport> watch(dataplane::Port& port, const std::string& description,
                                       dataplane::OverloadPolicy overload, const PortTarget& target,
                                       uint16_t udp_port, const PortProgress& progress);

}  // namespace switchyard::tool
