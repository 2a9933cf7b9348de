// SPDX-License-Identifier: Apache-2.0
// The guard's limits on a U50 and a U55C. Ours, not AMD's: firmware/platforms/README.md says how
// they were chosen. Neither has been tried on a card.
#pragma once

#include "firmware/controller/core/guard.hpp"

namespace switchyard::firmware::alveo {

/// For a card of `card_mw` milliwatts.
constexpr GuardLimits guard_limits(uint32_t card_mw) {
    GuardLimits limits = {};
    limits.thermal.clock_mhz[0] = 250;
    limits.thermal.clock_mhz[1] = 200;
    limits.thermal.clock_mhz[2] = 150;
    limits.thermal.clock_mhz[3] = 100;
    limits.thermal.throttle_mc = 90000;
    limits.thermal.recover_mc = 82000;
    limits.thermal.halt_mc = 97000;
    limits.thermal.throttle_mw = card_mw / 100 * 93;
    limits.thermal.recover_mw = card_mw / 100 * 83;
    limits.thermal.dwell_ms = 1000;  // a heat sink answers in seconds
    limits.thermal.recover_ms = 10000;
    // A batch takes far less than a second at any clock step.
    limits.kernel.stall_ms = 1000;
    limits.kernel.stalls_max = 3;
    limits.voltage_mv_min = 800;  // VCCINT, nominally 0.85 V
    limits.voltage_mv_max = 900;
    limits.voltage_faults_max = 3;
    limits.sensor_faults_max = 50;
    limits.drain_ms = 1000;
    limits.period_ms = 100;
    return limits;
}

constexpr GuardLimits kU50Limits = guard_limits(75000);
constexpr GuardLimits kU55cLimits = guard_limits(150000);

}  // namespace switchyard::firmware::alveo
