// SPDX-License-Identifier: Apache-2.0
// Which clock the kernel may have, from temperature and power, with hysteresis.
#pragma once

#include <stdint.h>

#include "firmware/controller/core/hal.hpp"

namespace switchyard::firmware {

constexpr uint32_t kClockSteps = 4;

/// A board's limits. throttle > recover for both; clock_mhz falls from step to step.
struct ThermalLimits {
    uint16_t clock_mhz[kClockSteps];
    int32_t throttle_mc;  // at or above: one step down
    int32_t recover_mc;   // at or below, for recover_ms: one step up
    int32_t halt_mc;      // at or above: stop the kernel at once
    uint32_t throttle_mw;
    uint32_t recover_mw;
    uint32_t dwell_ms;    // between steps down, so that each can take effect
    uint32_t recover_ms;  // between steps up
};

enum class ThermalAction : uint8_t { Keep, StepDown, StepUp, Halt };

/// Between recover and throttle nothing changes, so that a temperature that hovers at a limit does
/// not make the clock swing.
class ThermalThrottle {
  public:
    explicit ThermalThrottle(const ThermalLimits& limits) : limits_(limits) {}

    /// Judges one pair of readings; `step` afterwards is the one to use.
    [[nodiscard]] ThermalAction judge(const Readings& readings, uint32_t now_ms);
    /// Without readings: the slowest clock, at once.
    [[nodiscard]] ThermalAction blind(uint32_t now_ms);
    /// True where a halted card may start again.
    [[nodiscard]] bool is_cool(const Readings& readings) const;
    /// After a halt: begins at the slowest clock and earns its way up.
    void restart_slowest(uint32_t now_ms);

    [[nodiscard]] uint8_t step() const { return step_; }
    [[nodiscard]] uint16_t clock_mhz() const { return limits_.clock_mhz[step_]; }
    [[nodiscard]] uint16_t clock_full_mhz() const { return limits_.clock_mhz[0]; }

  private:
    ThermalLimits limits_;
    uint8_t step_ = 0;
    bool has_stepped_ = false;
    bool is_cooling_ = false;  // cool without interruption since cool_since_ms_
    uint32_t stepped_ms_ = 0;
    uint32_t cool_since_ms_ = 0;
};

}  // namespace switchyard::firmware
