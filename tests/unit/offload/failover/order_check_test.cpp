// SPDX-License-Identifier: Apache-2.0
#include "host/offload/failover/order_check.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "host/offload/failover/cross_check.hpp"
#include "host/offload/reference/reference_detector.hpp"
#include "tests/support/access_batches.hpp"
#include "tests/support/plan_checker.hpp"
#include "tests/support/test_data.hpp"

namespace switchyard::offload {
namespace {

/// Two transactions in two lanes, the second with or without a wait for the first.
LanePlan two_lanes(bool wait) {
    LanePlan plan;
    plan.reset(2);
    (void)plan.append({0, 0});
    plan.append({1, 0})[0] = wait ? 1 : 0;
    return plan;
}

TEST(OrderCheck, FindsTheConflictsOfEveryPairOfKinds) {
    OrderCheck check;
    for (const AccessKind a : {AccessKind::Read, AccessKind::Write, AccessKind::Add})
        for (const AccessKind b : {AccessKind::Read, AccessKind::Write, AccessKind::Add}) {
            AccessBatch batch;
            batch.begin_transaction(1);
            batch.add(5, a);
            batch.begin_transaction(1);
            batch.add(5, b);
            EXPECT_EQ(check.find_unordered(batch, two_lanes(false)).has_value(), conflict(a, b));
            EXPECT_FALSE(check.find_unordered(batch, two_lanes(true)));
        }
}

TEST(OrderCheck, TakesATransactionThatReadsAndAddsForAWriter) {
    OrderCheck check;
    for (const AccessKind other : {AccessKind::Read, AccessKind::Add}) {
        AccessBatch batch;
        batch.begin_transaction(1);
        batch.add(5, other);
        batch.begin_transaction(1);
        batch.add(5, AccessKind::Read);
        batch.add(5, AccessKind::Add);
        EXPECT_EQ(check.find_unordered(batch, two_lanes(false)), (UnorderedPair{0, 1}));
    }
}

TEST(OrderCheck, FollowsWaitsThroughOtherLanes) {
    AccessBatch batch;
    for (const uint64_t key : {1u, 2u, 1u}) {
        batch.begin_transaction(1);
        batch.add(key, AccessKind::Write);
    }
    LanePlan plan;
    plan.reset(3);
    (void)plan.append({0, 0});
    plan.append({1, 0})[0] = 1;
    plan.append({2, 0})[1] = 1;
    OrderCheck check;
    EXPECT_FALSE(check.find_unordered(batch, plan));
}

/// The checker shares nothing with the check.
TEST(OrderCheck, AgreesWithTheCheckerOfTheTestsOnDamagedPlans) {
    auto random = test::test_generator(600);
    const auto reference = make_reference_detector(1);
    OrderCheck check;
    int unsafe = 0;
    int safe = 0;
    for (int i = 0; i < 3000; ++i) {
        const AccessBatch batch =
            test::random_batch({.transactions = static_cast<uint32_t>(2 + random() % 40),
                                .keys_max = static_cast<uint32_t>(1 + random() % 5),
                                .distinct_keys = 1 + random() % 60},
                               random);
        const auto lanes = static_cast<uint32_t>(1 + random() % 12);
        LanePlan plan;
        ASSERT_TRUE(reference->plan(batch, lanes, plan));
        LanePlan damaged;
        damaged.reset(lanes);
        const bool harm = i % 4 != 0;
        for (uint32_t t = 0; t < plan.transaction_count(); ++t) {
            const auto waits = damaged.append(plan.assignment(t));
            std::ranges::copy(plan.waits(t), waits.begin());
            if (harm && random() % 20 == 0)
                for (uint32_t l = 0; l < lanes; ++l)
                    if (l != plan.assignment(t).lane && waits[l] > 0) waits[l] -= 1;
        }
        ASSERT_TRUE(damaged.validate_shape());
        const bool found = check.find_unordered(batch, damaged).has_value();
        ASSERT_EQ(found, !test::unordered_conflict(batch, damaged).empty()) << i;
        ++(found ? unsafe : safe);
    }
    EXPECT_GT(unsafe, 300);
    EXPECT_GT(safe, 300);
}

TEST(CrossCheck, SamplesAboutOneInSoMany) {
    for (const uint32_t one_in : {0u, 1u, 2u, 50u}) {
        CrossCheckSample sample(one_in, 7);
        int chosen = 0;
        for (int i = 0; i < 10'000; ++i)
            chosen += sample.next();
        const double expected = one_in == 0 ? 0 : 10'000.0 / one_in;
        EXPECT_NEAR(chosen, expected, expected / 4) << one_in;
    }
}

TEST(CrossCheck, DrawsAnotherSampleEachTime) {
    CrossCheckSample first(2, 0);
    CrossCheckSample second(2, 0);
    int equal = 0;
    for (int i = 0; i < 200; ++i)
        equal += first.next() == second.next();
    EXPECT_LT(equal, 200);
}

TEST(CrossCheck, JudgesByTheOrderOnlyWhereATableOverflowed) {
    AccessBatch batch;
    for (int i = 0; i < 2; ++i) {
        batch.begin_transaction(1);
        batch.add(static_cast<uint64_t>(i), AccessKind::Write);
    }
    const LanePlan expected = two_lanes(false);
    const LanePlan other = two_lanes(true);
    OrderCheck check;
    EXPECT_EQ(judge(batch, {expected, 0}, {expected, 0}, check), PlanVerdict::Same);
    EXPECT_EQ(judge(batch, {other, 0}, {expected, 0}, check), PlanVerdict::Wrong);
    EXPECT_EQ(judge(batch, {other, 1}, {expected, 0}, check), PlanVerdict::OtherButSafe);
    EXPECT_EQ(judge(batch, {other, 0}, {expected, 1}, check), PlanVerdict::OtherButSafe);
    EXPECT_EQ(first_difference(other, expected),
              "transaction 1: waits for 1 instead of 0 of lane 0");

    AccessBatch conflicting;
    for (int i = 0; i < 2; ++i) {
        conflicting.begin_transaction(1);
        conflicting.add(1, AccessKind::Write);
    }
    EXPECT_EQ(judge(conflicting, {expected, 9}, {other, 0}, check), PlanVerdict::Wrong);
    LanePlan shorter;
    shorter.reset(2);
    EXPECT_EQ(judge(conflicting, {shorter, 9}, {other, 0}, check), PlanVerdict::Wrong);
}

}  // namespace
}  // namespace switchyard::offload
