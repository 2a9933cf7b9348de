// SPDX-License-Identifier: Apache-2.0
#include "tools/simulate/measured_costs.hpp"

#include <gtest/gtest.h>

#include "tests/support/conflict_world.hpp"
#include "tools/workloads/wrong_plans.hpp"

namespace switchyard::simulate {
namespace {

TEST(MeasuredCosts, ComeOutOfATimeline) {
    execute::BlockTimeline timeline;
    timeline.threads = 1;
    timeline.before_ns = 100;
    timeline.total_ns = 1000;
    timeline.transactions = {
        {.begin_ns = 110, .end_ns = 210, .commit_begin_ns = 215, .commit_end_ns = 225},
        {.begin_ns = 230,
         .end_ns = 530,
         .commit_begin_ns = 540,
         .commit_end_ns = 600,
         .rerun_ns = 40}};
    const BlockCosts costs = costs_of(timeline, 150);
    ASSERT_EQ(costs.transactions.size(), 2U);
    EXPECT_EQ(costs.before_ns, 100U);
    EXPECT_EQ(costs.after_ns, 250U);
    EXPECT_EQ(costs.blooms_ns, 150U);
    EXPECT_EQ(costs.transactions[0].execute_ns, 100U);
    EXPECT_EQ(costs.transactions[0].commit_ns, 10U);
    EXPECT_EQ(costs.transactions[1].execute_ns, 300U);
    EXPECT_EQ(costs.transactions[1].commit_ns, 20U);  // without the second execution
    // Of 500 between the parts, 100 + 10 + 300 + 60 are inside transactions.
    EXPECT_EQ(costs.take_ns, 15U);
}

TEST(MeasuredCosts, AreThoseOfAnUndisturbedRound) {
    std::vector<BlockCosts> rounds(3);
    for (uint32_t i = 0; i < 3; ++i) {
        rounds[i].before_ns = 10 * i;
        rounds[i].take_ns = i == 1 ? 1'000'000 : 7;
        rounds[i].transactions = {{.execute_ns = 100 * i, .commit_ns = 5 - i, .rerun_ns = i}};
    }
    const BlockCosts costs = third_of(rounds);
    EXPECT_EQ(costs.before_ns, 10U);
    EXPECT_EQ(costs.take_ns, 7U);
    EXPECT_EQ(costs.transactions[0].execute_ns, 100U);
    EXPECT_EQ(costs.transactions[0].commit_ns, 4U);
    EXPECT_EQ(costs.transactions[0].rerun_ns, 1U);
}

TEST(MeasuredCosts, OfARealBlockAccountForAllOfIt) {
    test::ConflictWorld world(0x77);
    const auto transactions = world.block(60);
    execute::BlockInput input;
    input.header = &world.header();
    input.rules = execute::rules_for_block(ChainConfig::single_revision(Revision::Cancun), 1, 1);
    input.transactions = transactions;
    CostMeter meter(3);
    const auto measured =
        meter.measure(input, world.state(), workloads::round_robin_without_waits(60, 8));
    ASSERT_TRUE(measured) << measured.error().message;
    EXPECT_EQ(measured->costs.transactions.size(), 60U);
    EXPECT_GT(measured->serial_ns, 0U);
    EXPECT_GT(measured->one_thread_ns, 0U);
    EXPECT_GT(measured->two_threads_ns, 0U);
    EXPECT_GT(measured->two_threads_cpu_ns, 0U);
    for (const TransactionCosts& costs : measured->costs.transactions)
        EXPECT_GT(costs.execute_ns, 0U);
}

TEST(MeasuredCosts, OfABlockThatCannotRunAreItsError) {
    test::ConflictWorld world(0x78);
    auto transactions = world.block(4);
    transactions[2].transaction.nonce += 7;
    execute::BlockInput input;
    input.header = &world.header();
    input.rules = execute::rules_for_block(ChainConfig::single_revision(Revision::Cancun), 1, 1);
    input.transactions = transactions;
    CostMeter meter(1);
    const auto measured =
        meter.measure(input, world.state(), workloads::round_robin_without_waits(4, 2));
    ASSERT_FALSE(measured);
    EXPECT_EQ(measured.error().code, ErrorCode::InvalidInput);
}

}  // namespace
}  // namespace switchyard::simulate
