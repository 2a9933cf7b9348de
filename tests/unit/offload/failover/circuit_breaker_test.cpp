// SPDX-License-Identifier: Apache-2.0
#include "host/offload/failover/circuit_breaker.hpp"

#include <gtest/gtest.h>

namespace switchyard::offload {
namespace {

using std::chrono::milliseconds;
using Time = CircuitBreaker::Time;

constexpr BreakerOptions kOptions{.backoff_min = milliseconds(10),
                                  .backoff_max = milliseconds(100),
                                  .trial_plans = 3,
                                  .forgive_plans = 5};

TEST(CircuitBreaker, GoesRoundFromUseToTrialAndBack) {
    CircuitBreaker breaker(kOptions);
    EXPECT_EQ(breaker.state(), CardState::InUse);
    EXPECT_EQ(breaker.take_out(Time(milliseconds(5))), Time(milliseconds(15)));
    EXPECT_EQ(breaker.state(), CardState::TakenOut);
    EXPECT_FALSE(breaker.good_plan());
    breaker.recovered();
    EXPECT_EQ(breaker.state(), CardState::OnTrial);
    EXPECT_FALSE(breaker.good_plan());
    EXPECT_FALSE(breaker.good_plan());
    EXPECT_EQ(breaker.state(), CardState::OnTrial);
    EXPECT_TRUE(breaker.good_plan());
    EXPECT_EQ(breaker.state(), CardState::InUse);
    EXPECT_FALSE(breaker.good_plan());
}

TEST(CircuitBreaker, DoublesTheBackoffUpToItsBound) {
    CircuitBreaker breaker(kOptions);
    EXPECT_EQ(breaker.take_out(Time()), Time(milliseconds(10)));
    EXPECT_EQ(breaker.recovery_failed(Time()), Time(milliseconds(20)));
    EXPECT_EQ(breaker.recovery_failed(Time()), Time(milliseconds(40)));
    breaker.recovered();
    EXPECT_EQ(breaker.take_out(Time()), Time(milliseconds(80)));
    for (int i = 0; i < 100; ++i)
        EXPECT_EQ(breaker.recovery_failed(Time()), Time(milliseconds(100)));
}

TEST(CircuitBreaker, ForgivesAfterEnoughGoodPlansInUseAndNotBefore) {
    CircuitBreaker breaker(kOptions);
    const auto come_back = [&](uint32_t plans_in_use) {
        breaker.recovered();
        for (uint32_t i = 0; i < kOptions.trial_plans + plans_in_use; ++i)
            (void)breaker.good_plan();
    };
    (void)breaker.take_out(Time());
    come_back(kOptions.forgive_plans - 1);
    EXPECT_EQ(breaker.take_out(Time()), Time(milliseconds(20)));
    come_back(kOptions.forgive_plans);
    EXPECT_EQ(breaker.take_out(Time()), Time(milliseconds(10)));
}

}  // namespace
}  // namespace switchyard::offload
