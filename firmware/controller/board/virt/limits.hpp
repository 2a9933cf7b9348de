// SPDX-License-Identifier: Apache-2.0
// The emulated card's limits. Temperatures and clocks are those of board/alveo/limits.hpp;
// the times are short, so that what takes a minute on a card is seen at once.
#pragma once

#include "firmware/controller/core/guard.hpp"

namespace switchyard::firmware::virt {

constexpr GuardLimits kGuardLimits = {
    .thermal =
        {
            .clock_mhz = {250, 200, 150, 100},
            .throttle_mc = 90000,
            .recover_mc = 82000,
            .halt_mc = 97000,
            .throttle_mw = 70000,
            .recover_mw = 62000,
            .dwell_ms = 100,
            .recover_ms = 200,
        },
    .kernel = {.stall_ms = 1000, .stalls_max = 3},
    .voltage_mv_min = 800,
    .voltage_mv_max = 900,
    .voltage_faults_max = 3,
    .sensor_faults_max = 20,
    .drain_ms = 200,
    .period_ms = 10,
};

}  // namespace switchyard::firmware::virt
