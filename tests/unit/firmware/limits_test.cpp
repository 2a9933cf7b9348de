// SPDX-License-Identifier: Apache-2.0
// Limits of every board: in an order in which the guard's rules make sense.
#include <gtest/gtest.h>

#include <array>
#include <string>

#include "firmware/controller/board/alveo/limits.hpp"
#include "firmware/controller/board/virt/limits.hpp"
#include "tests/support/firmware_board.hpp"

namespace switchyard::test {
namespace {

class BoardLimits : public testing::TestWithParam<fw::GuardLimits> {};

TEST_P(BoardLimits, AreInOrder) {
    const fw::GuardLimits& limits = GetParam();
    EXPECT_LT(limits.thermal.recover_mc, limits.thermal.throttle_mc);
    EXPECT_LT(limits.thermal.throttle_mc, limits.thermal.halt_mc);
    EXPECT_LT(limits.thermal.recover_mw, limits.thermal.throttle_mw);
    EXPECT_EQ(limits.thermal.clock_mhz[0], 250);
    for (uint32_t step = 1; step < fw::kClockSteps; ++step)
        EXPECT_LT(limits.thermal.clock_mhz[step], limits.thermal.clock_mhz[step - 1]);
    EXPECT_GT(limits.thermal.clock_mhz[fw::kClockSteps - 1], 0);
    EXPECT_LT(limits.voltage_mv_min, limits.voltage_mv_max);
    EXPECT_GE(limits.thermal.dwell_ms, limits.period_ms);
    EXPECT_GT(limits.kernel.stall_ms, limits.period_ms);
    EXPECT_GT(limits.kernel.stalls_max, 0u);
    EXPECT_GT(limits.sensor_faults_max, 0u);
}

std::string name_of(const testing::TestParamInfo<fw::GuardLimits>& info) {
    return std::array{"Virt", "U50", "U55C", "Test"}[info.index];
}

INSTANTIATE_TEST_SUITE_P(Boards, BoardLimits,
                         testing::Values(fw::virt::kGuardLimits, fw::alveo::kU50Limits,
                                         fw::alveo::kU55cLimits, kTestLimits),
                         name_of);

}  // namespace
}  // namespace switchyard::test
