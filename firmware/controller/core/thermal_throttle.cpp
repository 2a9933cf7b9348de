// SPDX-License-Identifier: Apache-2.0
#include "firmware/controller/core/thermal_throttle.hpp"

namespace switchyard::firmware {

ThermalAction ThermalThrottle::judge(const Readings& readings, uint32_t now_ms) {
    if (readings.temperature_mc >= limits_.halt_mc) {
        is_cooling_ = false;
        return ThermalAction::Halt;
    }
    if (readings.temperature_mc >= limits_.throttle_mc ||
        readings.power_mw >= limits_.throttle_mw) {
        is_cooling_ = false;
        if (step_ + 1u >= kClockSteps) return ThermalAction::Keep;
        if (has_stepped_ && now_ms - stepped_ms_ < limits_.dwell_ms) return ThermalAction::Keep;
        ++step_;
        has_stepped_ = true;
        stepped_ms_ = now_ms;
        return ThermalAction::StepDown;
    }
    if (!is_cool(readings)) {
        is_cooling_ = false;
        return ThermalAction::Keep;
    }
    if (!is_cooling_) {
        is_cooling_ = true;
        cool_since_ms_ = now_ms;
    }
    if (step_ == 0 || now_ms - cool_since_ms_ < limits_.recover_ms) return ThermalAction::Keep;
    --step_;
    cool_since_ms_ = now_ms;
    return ThermalAction::StepUp;
}

ThermalAction ThermalThrottle::blind(uint32_t now_ms) {
    is_cooling_ = false;
    if (step_ == kClockSteps - 1) return ThermalAction::Keep;
    restart_slowest(now_ms);
    return ThermalAction::StepDown;
}

bool ThermalThrottle::is_cool(const Readings& readings) const {
    return readings.temperature_mc <= limits_.recover_mc && readings.power_mw <= limits_.recover_mw;
}

void ThermalThrottle::restart_slowest(uint32_t now_ms) {
    step_ = kClockSteps - 1;
    has_stepped_ = true;
    stepped_ms_ = now_ms;
    is_cooling_ = false;
}

}  // namespace switchyard::firmware
