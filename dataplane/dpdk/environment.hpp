// SPDX-License-Identifier: Apache-2.0
// Starts DPDK's environment abstraction layer (EAL), once per process. No DPDK name in here.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "host/core/result.hpp"

namespace switchyard::dataplane::dpdk {

struct EnvironmentConfig {
    /// Tells processes on one machine apart; letters, digits, '-' and '_'. Empty: made from the
    /// process id.
    std::string file_prefix{};
    uint32_t memory_mib = 512;  ///< for pools and rings; touched only when used
    bool huge_pages = true;     ///< use them when the system has enough free; never required
    bool verbose = false;       ///< DPDK's own messages below the level of an error
    /// PCI addresses of the cards that may be opened, such as 0000:03:00.0; no other is touched.
    std::vector<std::string> cards{};
};

/// What the environment runs on.
struct EnvironmentInfo {
    std::string version;  ///< DPDK's, such as "DPDK 22.11.11"
    std::string file_prefix{};
    bool huge_pages = false;
    uint32_t memory_mib = 0;
};

/// The running EAL. It lasts until the process ends: DPDK cannot start twice.
class Environment {
  public:
    /// Starts the EAL, or returns the one that runs (its configuration then stays as it is).
    /// InvalidInput for a bad configuration; Unavailable when DPDK refuses to start, now and at
    /// every later call. Any thread. Leaves the CPU affinity of the caller as it was.
    [[nodiscard]] static Result<Environment*> start(const EnvironmentConfig& config);

    Environment(const Environment&) = delete;
    Environment& operator=(const Environment&) = delete;

    [[nodiscard]] const EnvironmentInfo& info() const { return info_; }

  private:
    friend struct EnvironmentStarter;
    Environment() = default;
    EnvironmentInfo info_;
};

}  // namespace switchyard::dataplane::dpdk
