// SPDX-License-Identifier: Apache-2.0
// Which CPUs receive and which verify.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "host/core/result.hpp"

namespace switchyard::dataplane {

/// A CPU that this process may use.
struct Cpu {
    int id = 0;
    int core = 0;  ///< CPUs of one number are threads of one core of their package
    int package = 0;
    int numa_node = 0;
};

/// Of this machine, from /sys and the process's affinity, by id.
[[nodiscard]] std::vector<Cpu> usable_cpus();

struct Placement {
    std::vector<int> receive;  ///< one CPU for each receive queue
    std::vector<int> verify;   ///< where transactions are verified
    /// Receive and verify take turns on one thread: there are too few CPUs to poll on one of its
    /// own.
    bool shared = false;
};

/// `lcores` is "auto", or the CPUs that receive, as "2" or "2,3": all others verify.
///
/// "auto" on one or two CPUs shares one thread on the first. On more it gives each of `queues`
/// (1 or more) a core of its own, on the port's NUMA node as far as there are any (`numa_node` -1:
/// not known), highest first, as interrupts tend to go to low ones; a core's other threads stay
/// idle rather than disturb the poller. At least one CPU is left to verify.
///
/// InvalidInput when `lcores` is neither, names a CPU that may not be used, or leaves none.
[[nodiscard]] Result<Placement> place_lcores(const std::string& lcores, std::span<const Cpu> cpus,
                                             unsigned queues, int numa_node);

}  // namespace switchyard::dataplane
