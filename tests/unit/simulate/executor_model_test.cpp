// SPDX-License-Identifier: Apache-2.0
#include "tools/simulate/executor_model.hpp"

#include <gtest/gtest.h>

#include <array>
#include <map>

#include "tests/support/test_data.hpp"
#include "tools/workloads/wrong_plans.hpp"

namespace switchyard::simulate {
namespace {

using accesses::BlockAccesses;

BlockCosts equal_costs(uint32_t count, uint32_t execute_ns, uint32_t commit_ns) {
    BlockCosts out;
    out.transactions.assign(
        count, {.execute_ns = execute_ns, .commit_ns = commit_ns, .rerun_ns = execute_ns});
    return out;
}

/// `on[i]`: the transactions that i depends on, ascending.
BlockAccesses dependent(uint32_t count, const std::map<uint32_t, std::vector<uint32_t>>& on) {
    BlockAccesses out;
    for (uint32_t i = 0; i < count; ++i) {
        out.gas_used.push_back(21'000);
        out.succeeded.push_back(true);
        out.access_begin.push_back(0);
        if (const auto found = on.find(i); found != on.end())
            for (const uint32_t j : found->second)
                out.dependencies.push_back({j, 0});
        out.dependency_begin.push_back(out.dependencies.size());
    }
    return out;
}

/// A lane for each transaction, waiting for what `accesses` says.
LanePlan lane_each(const BlockAccesses& accesses) {
    LanePlan plan;
    plan.reset(accesses.transaction_count());
    for (uint32_t i = 0; i < accesses.transaction_count(); ++i) {
        const auto waits = plan.append({static_cast<uint16_t>(i), 0});
        for (const auto& dependency : accesses.dependencies_of(i))
            waits[dependency.on] = 1;
    }
    return plan;
}

TEST(ExecutorModel, AChainTakesItsLengthWhateverTheCores) {
    const uint32_t n = 50;
    std::map<uint32_t, std::vector<uint32_t>> on;
    for (uint32_t i = 1; i < n; ++i)
        on[i] = {i - 1};
    const BlockAccesses chain = dependent(n, on);
    const BlockCosts costs = equal_costs(n, 10, 3);
    EXPECT_EQ(critical_path_ns(costs, chain), n * 10U);
    EXPECT_EQ(model_block(costs, chain, lane_each(chain), 1).total_ns, n * 13U);
    // A worker commits its own before it goes on; where the next one is another worker's, that one
    // starts meanwhile. With two workers rows are of 12: one has 0 to 11, the other sets aside 12
    // to 35, and the first the rest: two hand-overs.
    EXPECT_EQ(model_block(costs, chain, lane_each(chain), 2).total_ns, n * 13U - 2 * 3U);
    const ModelledBlock many = model_block(costs, chain, lane_each(chain), 32);
    EXPECT_LE(many.total_ns, n * 13U);
    EXPECT_GE(many.total_ns, n * 10U + 3);
    EXPECT_EQ(many.aborts, 0U);
}

TEST(ExecutorModel, IndependentTransactionsShareTheCores) {
    const BlockAccesses none = dependent(32, {});
    const BlockCosts costs = equal_costs(32, 10, 0);
    const LanePlan plan = workloads::round_robin_without_waits(32, 16);
    for (const uint32_t cores : {1U, 2U, 4U, 8U, 16U})
        EXPECT_EQ(model_block(costs, none, plan, cores).total_ns, 32 * 10 / cores) << cores;
    // Sixteen cores take the first of each lane; eight more set aside two each of the rest, of
    // which none may start yet, and run them one after the other.
    EXPECT_EQ(model_block(costs, none, plan, 32).total_ns, 10U + 2 * 10);
}

TEST(ExecutorModel, ForkAndJoinWaitForWhatIsSetAside) {
    const BlockAccesses diamond =
        dependent(6, {{1, {0}}, {2, {0}}, {3, {0}}, {4, {0}}, {5, {1, 2, 3, 4}}});
    const BlockCosts costs = equal_costs(6, 10, 0);
    EXPECT_EQ(model_block(costs, diamond, lane_each(diamond), 1).total_ns, 60U);
    // Four workers, one position each in turn: while nothing may start the second sets aside 1 and
    // 2, the third 3 and 4, the fourth 5; each pair then runs one after the other.
    EXPECT_EQ(model_block(costs, diamond, lane_each(diamond), 4).total_ns, 40U);
    EXPECT_EQ(critical_path_ns(costs, diamond), 30U);
}

TEST(ExecutorModel, OneCommitterIsABound) {
    const BlockAccesses none = dependent(60, {});
    const BlockCosts costs = equal_costs(60, 10, 10);
    const LanePlan plan = workloads::round_robin_without_waits(60, 60);
    // All are executed at 10; from then on one commit follows the other.
    EXPECT_EQ(model_block(costs, none, plan, 60).total_ns, 10U + 60 * 10);
    EXPECT_EQ(lower_bound_ns(costs, none, 60), 600U);
}

TEST(ExecutorModel, AnUnpredictedDependencyRunsAgainInOrder) {
    const BlockAccesses pair = dependent(2, {{1, {0}}});
    const BlockCosts costs = equal_costs(2, 10, 1);
    const LanePlan blind = workloads::round_robin_without_waits(2, 2);
    // Both at 0; the first commits 10 to 11, the second runs again and commits 11 to 22.
    const ModelledBlock two = model_block(costs, pair, blind, 2);
    EXPECT_EQ(two.total_ns, 22U);
    EXPECT_EQ(two.aborts, 1U);
    EXPECT_TRUE(two.transactions[1].aborted);
    EXPECT_EQ(two.rerun_ns, 10U);
    // One core starts the second after the first is done.
    EXPECT_EQ(model_block(costs, pair, blind, 1).aborts, 0U);
    EXPECT_EQ(model_block(costs, pair, lane_each(pair), 2).aborts, 0U);
}

TEST(ExecutorModel, WhoReadsAWrongEffectIsWrongAsWell) {
    // The second starts stale beside the first, and the third sees what the second wrongly left:
    // the plan told the third to wait, and the second not to.
    const BlockAccesses chain = dependent(3, {{1, {0}}, {2, {1}}});
    BlockCosts costs = equal_costs(3, 10, 1);
    costs.transactions[0].execute_ns = 100;
    LanePlan plan;
    plan.reset(3);
    plan.append({0, 0});
    plan.append({1, 0});
    plan.append({2, 0})[1] = 1;
    const ModelledBlock block = model_block(costs, chain, plan, 3);
    EXPECT_EQ(block.aborts, 2U);
    EXPECT_EQ(block.total_ns, 100U + 1 + 11 + 11);
}

TEST(ExecutorModel, ALaneWaitsForItsOwnOrder) {
    const BlockAccesses none = dependent(4, {});
    EXPECT_EQ(
        model_block(equal_costs(4, 10, 0), none, workloads::all_in_one_lane(4, 2), 2).total_ns,
        40U);
}

TEST(ExecutorModel, WhatSurroundsTheTransactionsIsSerialExceptBlooms) {
    BlockCosts costs = equal_costs(4, 10, 0);
    costs.before_ns = 100;
    costs.after_ns = 1000;
    costs.blooms_ns = 402;
    costs.take_ns = 2;
    const BlockAccesses none = dependent(4, {});
    EXPECT_EQ(model_block(costs, none, workloads::round_robin_without_waits(4, 4), 4).total_ns,
              100U + 12 + 101 + 1000);
}

TEST(ExecutorModel, ASleeperSeesItsWorkLate) {
    // The second waits 100 for the first; its worker has slept twice by then, 40 each after 30.
    const BlockAccesses pair = dependent(2, {{1, {0}}});
    BlockCosts costs = equal_costs(2, 10, 0);
    costs.transactions[0].execute_ns = 100;
    costs.idle = {.spin_ns = 30, .short_ns = 40, .long_ns = 1000};
    LanePlan plan;
    plan.reset(4);
    plan.append({0, 0});
    plan.append({1, 0})[0] = 1;
    EXPECT_EQ(model_block(costs, pair, plan, 2).total_ns, 110U + 10);
    // One that sleeps longer is woken by nothing either.
    costs.idle.short_ns = 500;
    EXPECT_EQ(model_block(costs, pair, plan, 2).total_ns, 530U + 10);
}

TEST(ExecutorModel, ManyAbortsEndSpeculationForAWhile) {
    // A chain of which the plan knows nothing: every first execution beside another one is stale.
    const uint32_t n = 400;
    std::map<uint32_t, std::vector<uint32_t>> on;
    for (uint32_t i = 1; i < n; ++i)
        on[i] = {i - 1};
    const BlockAccesses chain = dependent(n, on);
    const BlockCosts costs = equal_costs(n, 10, 1);
    const ModelledBlock block =
        model_block(costs, chain, workloads::round_robin_without_waits(n, 8), 4);
    // The others had executed most of what comes next by then, so that it runs again.
    EXPECT_GT(block.in_order, 0U);
    EXPECT_GT(block.aborts, n / 2);
    EXPECT_GE(block.total_ns, n * 11U);
    EXPECT_LT(block.total_ns, n * 12U);
}

/// A random block whose plan knows a share of its dependencies.
struct RandomBlock {
    BlockCosts costs;
    BlockAccesses accesses;
    LanePlan plan;
};

RandomBlock random_block(std::mt19937_64& generator) {
    const auto count = static_cast<uint32_t>(1 + generator() % 120);
    const auto lanes = static_cast<uint32_t>(2 + generator() % 10);
    std::map<uint32_t, std::vector<uint32_t>> on;
    for (uint32_t i = 1; i < count; ++i)
        for (uint32_t j = i > 8 ? i - 8 : 0; j < i; ++j)
            if (generator() % 6 == 0) on[i].push_back(j);
    RandomBlock out{
        .costs = equal_costs(count, 0, 0), .accesses = dependent(count, on), .plan = {}};
    for (TransactionCosts& costs : out.costs.transactions) {
        costs.execute_ns = static_cast<uint32_t>(1 + generator() % 100);
        costs.rerun_ns = costs.execute_ns;
        costs.commit_ns = static_cast<uint32_t>(generator() % 10);
    }
    out.costs.before_ns = generator() % 50;
    out.costs.after_ns = generator() % 50;
    out.costs.blooms_ns = generator() % 50;
    if (generator() % 2 == 0)
        out.costs.idle = {.spin_ns = 1 + generator() % 50,
                          .short_ns = 1 + generator() % 50,
                          .long_ns = 1 + generator() % 200};
    out.costs.take_ns = static_cast<uint32_t>(generator() % 5);
    out.plan.reset(lanes);
    std::vector<LaneAssignment> assigned;
    std::array<uint32_t, kLanesMax> places{};
    for (uint32_t i = 0; i < count; ++i) {
        const auto lane = static_cast<uint16_t>(generator() % lanes);
        assigned.push_back({lane, places[lane]});
        const auto waits = out.plan.append(assigned.back());
        for (const uint32_t j : on[i])
            if (generator() % 4 != 0)
                waits[assigned[j].lane] = std::max(waits[assigned[j].lane], assigned[j].place + 1);
        waits[lane] = places[lane]++;
    }
    return out;
}

TEST(ExecutorModel, NeverBeatsBrentsBoundAndAccountsForEveryNanosecond) {
    auto generator = test::test_generator(0x51);
    uint64_t aborts = 0;
    for (int round = 0; round < 300; ++round) {
        const RandomBlock block = random_block(generator);
        ASSERT_TRUE(block.plan.validate_shape());
        for (const uint32_t cores : {1U, 2U, 3U, 8U, 64U}) {
            const ModelledBlock modelled =
                model_block(block.costs, block.accesses, block.plan, cores);
            EXPECT_GE(modelled.total_ns, lower_bound_ns(block.costs, block.accesses, cores));
            const uint64_t inside = modelled.total_ns - block.costs.before_ns -
                                    block.costs.after_ns -
                                    (block.costs.blooms_ns + cores - 1) / cores;
            EXPECT_EQ(cores * inside, modelled.execute_ns + modelled.take_ns + modelled.commit_ns +
                                          modelled.rerun_ns + modelled.wait_ns + modelled.drain_ns);
            aborts += modelled.aborts;
            uint64_t last = 0;
            for (const ModelledTransaction& transaction : modelled.transactions) {
                EXPECT_GE(transaction.commit_begin_ns, transaction.end_ns);
                EXPECT_GE(transaction.commit_begin_ns, last);
                last = transaction.commit_end_ns;
            }
        }
    }
    EXPECT_GT(aborts, 100U);
}

}  // namespace
}  // namespace switchyard::simulate
