// SPDX-License-Identifier: Apache-2.0
#include "host/road/execution_choice.hpp"

#include <gtest/gtest.h>

namespace switchyard {
namespace {

/// Blocks whose transactions all take `each_ns` and are known, after a tenth of them.
BlockProgress even_block(uint64_t transactions, uint64_t each_ns, double width) {
    return {.threads = 2,
            .transactions = transactions,
            .executed = transactions / 10,
            .executed_ns = transactions / 10 * each_ns,
            .executed_work = transactions / 10 * each_ns,
            .work = transactions * each_ns,
            .largest_work = each_ns,
            .known_work = (transactions - transactions / 10) * each_ns,
            .width = width};
}

TEST(ExecutionChoice, TakesLanesForTransactionsThatOutweighThem) {
    EXPECT_TRUE(lanes_pay(even_block(1'000, 10'000, 30)));
    EXPECT_FALSE(lanes_pay(even_block(1'000, 600, 30))) << "a payment is shorter than its versions";
}

TEST(ExecutionChoice, LeavesChainsAndSmallRestsAlone) {
    EXPECT_FALSE(lanes_pay(even_block(1'000, 10'000, 1)));
    EXPECT_FALSE(lanes_pay(even_block(1'000, 10'000, 1.1)));
    EXPECT_TRUE(lanes_pay(even_block(1'000, 10'000, 1.5)));
    EXPECT_FALSE(lanes_pay(even_block(10, 5'000, 9)));
}

TEST(ExecutionChoice, OneTransactionThatIsMostOfTheRestLeavesNothingToShare) {
    BlockProgress block = even_block(100, 20'000, 30);
    EXPECT_TRUE(lanes_pay(block));
    block.largest_work = block.work * 8 / 10;
    EXPECT_FALSE(lanes_pay(block));
}

TEST(ExecutionChoice, OneThreadNeverPays) {
    BlockProgress block = even_block(1'000, 10'000, 30);
    block.threads = 1;
    EXPECT_FALSE(lanes_pay(block));
}

TEST(ExecutionChoice, ScalesWithTheSpeedThatWasMeasured) {
    BlockProgress block = even_block(1'000, 10'000, 30);
    const double at_speed = expected_times(block, {}).serial_ns;
    EXPECT_DOUBLE_EQ(at_speed, 900 * 10'000);
    block.executed_ns *= 3;
    EXPECT_DOUBLE_EQ(expected_times(block, {}).serial_ns, 3 * at_speed);
}

TEST(ExecutionChoice, UnknownTransactionsMakeLanesDearer) {
    BlockProgress block = even_block(1'000, 10'000, 30);
    const double known = expected_times(block, {}).lanes_ns;
    block.known_work = 0;
    EXPECT_GT(expected_times(block, {}).lanes_ns, known);
}

TEST(ExecutionChoice, NothingIsExpectedOfABlockThatHasNotBegunOrIsDone) {
    BlockProgress block = even_block(1'000, 10'000, 30);
    block.executed = block.executed_ns = block.executed_work = 0;
    EXPECT_FALSE(lanes_pay(block));
    block = even_block(1'000, 10'000, 30);
    block.executed = block.transactions;
    block.executed_work = block.work;
    block.known_work = 0;
    EXPECT_FALSE(lanes_pay(block));
}

TEST(ExecutionChoice, PlansBlocksOfCallsAndNotOfQuickPayments) {
    // As mainnet block 12300570: 687 transactions, two of them calls, one of which comes first.
    EXPECT_FALSE(plan_pays({.transactions = 687,
                            .executed = 8,
                            .executed_calls = 1,
                            .executed_ns = 190'000,
                            .calls_left = 1,
                            .call_work_max = 50'000}));
    // As block 12244000: 97 calls among 133 transactions.
    EXPECT_TRUE(plan_pays({.transactions = 133,
                           .executed = 8,
                           .executed_calls = 5,
                           .executed_ns = 60'000,
                           .calls_left = 92,
                           .call_work_max = 70'000}));
    // As block 4330482: calls that cannot be long, by their gas limits.
    EXPECT_FALSE(plan_pays({.transactions = 237,
                            .executed = 64,
                            .executed_calls = 2,
                            .executed_ns = 45'000,
                            .calls_left = 55,
                            .call_work_max = 9'000}));
    // Payments in a state that no cache holds.
    EXPECT_TRUE(plan_pays({.transactions = 10'000, .executed = 32, .executed_ns = 60'000}));
}

TEST(ExecutionChoice, OneLongTransactionSaysLittleOfTheRest) {
    EXPECT_FALSE(plan_pays({.transactions = 26,
                            .executed = 4,
                            .executed_calls = 1,
                            .executed_ns = 100'000,
                            .calls_left = 12,
                            .call_work_max = 50'000}));
    EXPECT_FALSE(plan_pays({.transactions = 10'000, .executed = 4, .executed_ns = 8'000}))
        << "too early to say";
}

TEST(ExecutionChoice, LearningTakesOfWhatLanesSave) {
    const BlockProgress block = even_block(1'000, 10'000, 30);
    EXPECT_EQ(learning_budget(block, {}, 1'000'000, 0), 10'000U);
    // 9 ms of serial work, of which lanes saved 4 ms: believed is half of what they took.
    EXPECT_EQ(learning_budget(block, {}, 6'000'000, 5'000'000), 60'000U + 2'500'000 / 5);
    EXPECT_EQ(learning_budget(block, {}, 10'000'000, 9'500'000), 100'000U) << "nothing was saved";
    EXPECT_TRUE(learning_pays(100, 500'000));
    EXPECT_FALSE(learning_pays(1'000, 500'000));
}

TEST(ExecutionChoice, WorkIsWhatAllHaveAndCode) {
    Transaction payment;
    EXPECT_EQ(expected_work(payment, 21'000), 640U);
    EXPECT_EQ(expected_work(payment, 10), 640U);
    Transaction call;
    call.data.assign(100, 1);
    EXPECT_EQ(expected_work(call, 21'000 + 1'600 + 100'000), 640U + 28'000);
}

}  // namespace
}  // namespace switchyard
