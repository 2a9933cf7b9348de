// SPDX-License-Identifier: Apache-2.0
// The energy that the processor says it has used, where the machine lets one read it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace switchyard::tool {

/// Sums the package domains of RAPL as Linux shows them (Documentation/power/powercap/powercap.rst,
/// intel-rapl:N; AMD's packages stand there as well). It counts everything that runs on the
/// packages. One thread.
class EnergyMeter {
  public:
    /// `root` is /sys/class/powercap, except in tests.
    explicit EnergyMeter(const std::string& root = "/sys/class/powercap");

    [[nodiscard]] bool is_available() const { return !domains_.empty(); }
    /// Why there is nothing to read, for people; empty when there is.
    [[nodiscard]] const std::string& reason() const { return reason_; }
    /// Microjoules since the call before, or since construction. A counter that has wrapped once
    /// counts right. 0 when nothing is available.
    [[nodiscard]] uint64_t take_uj();

  private:
    struct Domain {
        std::string path;
        uint64_t range_uj = 0;  ///< at which the counter starts again
        uint64_t last_uj = 0;
    };
    std::vector<Domain> domains_;
    std::string reason_;
};

}  // namespace switchyard::tool
