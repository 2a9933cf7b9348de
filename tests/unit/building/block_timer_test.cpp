// SPDX-License-Identifier: Apache-2.0
#include "host/building/block_timer.hpp"

#include <gtest/gtest.h>

#include "host/building/gas_pace.hpp"
#include "host/chain/base_fee.hpp"
#include "tests/support/test_data.hpp"

namespace switchyard {
namespace {

TEST(BlockTimer, IsDueEachIntervalAndWhenABlockIsFull) {
    auto timer = *BlockTimer::create({.interval_ms = 1000}, 5000);
    using Due = BlockTimer::Due;
    EXPECT_EQ(timer.due(5999, 99, 100), Due::No);
    EXPECT_EQ(timer.due(5999, 100, 100), Due::Full);
    EXPECT_EQ(timer.due(6000, 0, 100), Due::Interval);
    timer.built(6030);
    EXPECT_EQ(timer.next_ms(), 7000U) << "in step";
    timer.built(6500);
    EXPECT_EQ(timer.next_ms(), 7500U) << "a full block begins a new step";
    timer.built(20'000);
    EXPECT_EQ(timer.next_ms(), 21'000U) << "what was missed is not made up for";
    const auto idle = *BlockTimer::create({.interval_ms = 100, .when_full = false}, 0);
    EXPECT_EQ(idle.due(99, 1000, 100), Due::No);
    EXPECT_FALSE(BlockTimer::create({.interval_ms = 99}, 0).has_value());
    EXPECT_FALSE(BlockTimer::create({.interval_ms = 12'001}, 0).has_value());
    EXPECT_EQ(BlockTimer::timestamp(100, 99), 100U);
    EXPECT_EQ(BlockTimer::timestamp(100, 100), 101U);
}

TEST(BlockTimer, GasLimitsMoveAsFarAsTheRulesAllow) {
    auto generator = test::test_generator(3);
    for (int i = 0; i < 2000; ++i) {
        const uint64_t parent = kGasLimitMin + generator() % 100'000'000;
        const uint64_t wanted = kGasLimitMin + generator() % 100'000'000;
        const uint64_t found = next_gas_limit(parent, wanted);
        ASSERT_TRUE(is_valid_gas_limit(found, parent)) << parent << " " << wanted;
        // Nothing nearer is valid.
        const bool nearer = found < wanted   ? is_valid_gas_limit(found + 1, parent)
                            : found > wanted ? is_valid_gas_limit(found - 1, parent)
                                             : false;
        ASSERT_FALSE(nearer) << parent << " " << wanted;
    }
}

TEST(GasPace, FollowsSlowBlocksAtOnceAndFastOnesSlowly) {
    GasPace pace;
    pace.record(10'000'000, 100'000'000);  // 0.1 gas a nanosecond
    EXPECT_EQ(pace.gas_in(1'000'000'000), 75'000'000U);
    pace.record(10'000'000, 10'000'000);
    const uint64_t after = pace.gas_in(1'000'000'000);
    EXPECT_GT(after, 75'000'000U);
    EXPECT_LT(after, 200'000'000U);
    pace.record(1000, 1'000'000'000);  // too small to tell
    EXPECT_EQ(pace.gas_in(1'000'000'000), after);
}

}  // namespace
}  // namespace switchyard
