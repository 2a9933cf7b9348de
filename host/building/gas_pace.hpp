// SPDX-License-Identifier: Apache-2.0
// How much gas fits a time.
#pragma once

#include <algorithm>
#include <cstdint>

namespace switchyard {

/// Learns from blocks how fast they are built, and tells what a deadline allows. It forgets slow
/// blocks slowly and follows a slower one at once: a deadline that is missed costs more than a
/// block that is not quite full.
class GasPace {
  public:
    /// `gas` (limits of the transactions) took `ns`.
    void record(uint64_t gas, uint64_t ns) {
        if (gas < kGasMin || ns == 0) return;
        const double pace = static_cast<double>(gas) / static_cast<double>(ns);
        gas_per_ns_ = pace < gas_per_ns_ ? pace : gas_per_ns_ + (pace - gas_per_ns_) / kForget;
    }
    /// What may be begun with so much time left, a quarter of it kept back.
    [[nodiscard]] uint64_t gas_in(uint64_t ns) const {
        const double gas = gas_per_ns_ * static_cast<double>(ns) * 0.75;
        return gas < 9e18 ? static_cast<uint64_t>(gas) : UINT64_MAX;
    }

  private:
    /// Smaller blocks say more about waking threads than about gas.
    static constexpr uint64_t kGasMin = 1'000'000;
    static constexpr double kForget = 8;

    /// Before the first block: 200 M gas a second, what a slow machine does serially.
    double gas_per_ns_ = 0.2;
};

}  // namespace switchyard
