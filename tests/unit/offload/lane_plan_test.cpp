// SPDX-License-Identifier: Apache-2.0
#include "host/offload/lane_plan.hpp"

#include <gtest/gtest.h>

#include "tests/support/test_data.hpp"
#include "tools/workloads/wrong_plans.hpp"

namespace switchyard {
namespace {

TEST(LanePlan, IsEmptyAndWellFormedFromTheStart) {
    const LanePlan plan;
    EXPECT_EQ(plan.transaction_count(), 0u);
    EXPECT_TRUE(plan.validate_shape());
}

TEST(LanePlan, KeepsWhatWasAppended) {
    LanePlan plan;
    plan.reset(3);
    plan.append({1, 0});
    plan.append({2, 0})[1] = 1;
    ASSERT_TRUE(plan.validate_shape());
    EXPECT_EQ(plan.assignment(1), (LaneAssignment{2, 0}));
    EXPECT_EQ(plan.waits(1)[1], 1u);
    EXPECT_EQ(plan.waits(1).size(), 3u);
    plan.reset(2);
    EXPECT_EQ(plan.transaction_count(), 0u);
}

TEST(LanePlan, RefusesALaneOutOfRange) {
    LanePlan plan;
    plan.reset(2);
    plan.append({2, 0});
    EXPECT_EQ(plan.validate_shape().error().code, ErrorCode::Corrupt);
}

TEST(LanePlan, RefusesAGapARepetitionAndASwapOfPlaces) {
    for (const auto& places : {std::array{0u, 2u}, std::array{0u, 0u}, std::array{1u, 0u}}) {
        LanePlan plan;
        plan.reset(2);
        for (const uint32_t place : places)
            plan.append({0, place});
        EXPECT_FALSE(plan.validate_shape());
    }
}

TEST(LanePlan, RefusesAWaitForItselfOrForALaterTransaction) {
    LanePlan plan;
    plan.reset(2);
    plan.append({0, 0})[0] = 1;  // for itself
    EXPECT_FALSE(plan.validate_shape());
    plan.reset(2);
    plan.append({0, 0})[1] = 1;  // for transaction 1, which waits for it: a deadlock
    plan.append({1, 0})[0] = 1;
    EXPECT_FALSE(plan.validate_shape());
}

TEST(LanePlan, KnowsWhichTransactionStandsAtAPosition) {
    LanePlan plan;
    plan.reset(2);
    plan.append({0, 0});
    plan.append({1, 0});
    EXPECT_EQ(plan.transaction_at(1), 1u);
    plan.set_order(std::array{1u, 0u});
    EXPECT_EQ(plan.transaction_at(1), 0u);
    EXPECT_TRUE(plan.validate_shape());
    plan.reset(2);
    plan.append({0, 0});
    EXPECT_EQ(plan.transaction_at(0), 0u);
}

TEST(LanePlan, RefusesAnOrderThatIsNoPermutation) {
    for (const std::vector<uint32_t>& order :
         {std::vector{0u, 0u}, std::vector{0u, 2u}, std::vector{0u}, std::vector{0u, 1u, 2u}}) {
        LanePlan plan;
        plan.reset(2);
        plan.append({0, 0});
        plan.append({1, 0});
        plan.set_order(order);
        EXPECT_EQ(plan.validate_shape().error().code, ErrorCode::Corrupt);
    }
}

TEST(WrongPlans, AreWellFormed) {
    auto generator = test::test_generator(1);
    for (uint32_t lanes : {1u, 2u, 8u, 64u})
        for (uint32_t n : {0u, 1u, 100u}) {
            EXPECT_TRUE(
                workloads::random_lanes_without_waits(n, lanes, generator).validate_shape());
            EXPECT_TRUE(
                workloads::random_lanes_with_random_waits(n, lanes, generator).validate_shape());
            EXPECT_TRUE(workloads::round_robin_without_waits(n, lanes).validate_shape());
            EXPECT_TRUE(workloads::all_in_one_lane(n, lanes).validate_shape());
            EXPECT_EQ(workloads::all_in_one_lane(n, lanes).transaction_count(), n);
        }
}

}  // namespace
}  // namespace switchyard
