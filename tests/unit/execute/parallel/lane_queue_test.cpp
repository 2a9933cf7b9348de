// SPDX-License-Identifier: Apache-2.0
// What workers get from the lanes of a plan, and when.
#include "host/execute/parallel/lane_queue.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <thread>

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "host/execute/parallel/plan_width.hpp"
#include "host/execute/parallel/worker_pool.hpp"
#include "tests/support/test_data.hpp"
#include "tools/workloads/wrong_plans.hpp"

namespace switchyard::execute {
namespace {

/// One lane of everything, or each transaction in the next lane.
LanePlan in_lanes(uint32_t transactions, uint32_t lanes) {
    return workloads::round_robin_without_waits(transactions, lanes);
}

TEST(LaneQueuesTest, AWorkerTakesARowAndTheNextWorkerTheNextRow) {
    const LanePlan plan = in_lanes(64, 32);
    LaneQueues lanes;
    lanes.begin(plan, PickOrder::EarliestFirst, 2);
    const uint32_t row = LaneQueues::row_length(32, 2);
    ASSERT_EQ(row, 8U);
    LaneQueues::Share first;
    LaneQueues::Share second;
    EXPECT_EQ(lanes.try_take(first)->position, 0U);
    EXPECT_EQ(lanes.try_take(second)->position, row);
    for (uint32_t i = 1; i < row; ++i)
        EXPECT_EQ(lanes.try_take(first)->position, i);
    EXPECT_EQ(lanes.try_take(first)->position, 2 * row);
}

TEST(LaneQueuesTest, ATransactionWaitsForItsLaneAndForOtherLanes) {
    LanePlan plan;  // 0 and 1 in lane 0; 2 in lane 1 waits for both
    plan.reset(4);
    plan.append({0, 0});
    plan.append({0, 1})[0] = 1;
    plan.append({1, 0})[0] = 2;
    LaneQueues lanes;
    lanes.begin(plan, PickOrder::EarliestFirst, 1);
    LaneQueues::Share share;
    const auto first = lanes.try_take(share);
    ASSERT_TRUE(first.has_value());
    EXPECT_FALSE(lanes.try_take(share).has_value());
    lanes.finish(share, *first);
    const auto second = lanes.try_take(share);
    ASSERT_TRUE(second.has_value());
    EXPECT_EQ(second->position, 1U);
    EXPECT_FALSE(lanes.try_take(share).has_value());
    lanes.finish(share, *second);
    EXPECT_EQ(lanes.try_take(share)->position, 2U);
}

TEST(LaneQueuesTest, WhatMustWaitIsSetAsideAndComesFirstOnceItMayStart) {
    LanePlan plan;  // 1 waits for 0, and 2 for nobody
    plan.reset(8);
    plan.append({0, 0});
    plan.append({1, 0})[0] = 1;
    plan.append({2, 0});
    plan.append({3, 0});
    LaneQueues lanes;
    lanes.begin(plan, PickOrder::EarliestFirst, 1);
    LaneQueues::Share share;
    const auto first = lanes.try_take(share);
    EXPECT_EQ(lanes.try_take(share)->position, 2U);
    EXPECT_FALSE(share.empty());
    lanes.finish(share, *first);
    EXPECT_EQ(lanes.try_take(share)->position, 1U);
    EXPECT_EQ(lanes.try_take(share)->position, 3U);
    EXPECT_FALSE(lanes.try_take(share).has_value());
}

TEST(LaneQueuesTest, EveryPlanIsHandedOutWholeOnceAndInOrder) {
    auto generator = test::test_generator(5);
    for (int round = 0; round < 60; ++round) {
        const auto count = static_cast<uint32_t>(1 + generator() % 300);
        const auto lane_count = static_cast<uint32_t>(1 + generator() % kLanesMax);
        const auto workers = static_cast<uint32_t>(1 + generator() % 8);
        const LanePlan plan =
            workloads::random_lanes_with_random_waits(count, lane_count, generator);
        const PickOrder order = round % 2 == 0 ? PickOrder::EarliestFirst : PickOrder::LatestFirst;
        LaneQueues lanes;
        lanes.begin(plan, order, workers);
        std::vector<LaneQueues::Share> shares(workers);
        std::vector<std::optional<LaneSlot>> running(workers);
        std::vector<uint32_t> done(lane_count, 0);
        uint32_t finished = 0;
        uint64_t steps = 0;
        while (finished < count) {
            ASSERT_LT(++steps, 1'000'000U) << "nothing may start any more";
            const size_t worker = generator() % workers;
            if (running[worker]) {
                const LaneSlot slot = *std::exchange(running[worker], std::nullopt);
                lanes.finish(shares[worker], slot);
                ++done[slot.lane];
                ++finished;
                continue;
            }
            running[worker] = lanes.try_take(shares[worker]);
            if (!running[worker]) continue;
            const uint32_t position = running[worker]->position;
            EXPECT_EQ(done[running[worker]->lane], plan.assignment(position).place);
            for (uint32_t l = 0; l < lane_count; ++l)
                EXPECT_GE(done[l], plan.waits(position)[l]);
        }
        for (auto& share : shares)
            EXPECT_FALSE(lanes.try_take(share).has_value());
    }
}

TEST(PlanWidthTest, IsTheTransactionsOverTheLongestChain) {
    EXPECT_DOUBLE_EQ(plan_width(in_lanes(0, 4)), 1);
    EXPECT_DOUBLE_EQ(plan_width(in_lanes(100, 1)), 1);
    EXPECT_DOUBLE_EQ(plan_width(in_lanes(100, 4)), 4);
    EXPECT_DOUBLE_EQ(plan_width(workloads::all_in_one_lane(100, 8)), 1);
    LanePlan plan;  // two lanes, each transaction after the one before: a chain all the same
    plan.reset(2);
    for (uint32_t i = 0; i < 50; ++i) {
        const auto waits = plan.append({static_cast<uint16_t>(i % 2), i / 2});
        waits[i % 2] = i / 2;
        waits[(i + 1) % 2] = (i + 1) / 2;
    }
    EXPECT_DOUBLE_EQ(plan_width(plan), 1);
}

TEST(PlanWidthTest, ByWeightTheHeaviestChainCounts) {
    const LanePlan plan = in_lanes(4, 4);
    EXPECT_DOUBLE_EQ(plan_width(plan, std::vector<uint64_t>{1, 1, 1, 1}), 4);
    EXPECT_DOUBLE_EQ(plan_width(plan, std::vector<uint64_t>{1, 7, 1, 1}), 10.0 / 7);
    EXPECT_DOUBLE_EQ(plan_width(in_lanes(4, 1), std::vector<uint64_t>{1, 7, 1, 1}), 1);
    EXPECT_DOUBLE_EQ(plan_width(in_lanes(0, 4), std::vector<uint64_t>{}), 1);
}

TEST(LaneQueuesTest, DoesNotHandOutWhatIsDone) {
    const LanePlan plan = in_lanes(100, 4);
    for (const uint32_t first : {0U, 1U, 37U, 99U, 100U}) {
        LaneQueues lanes;
        LaneQueues::Share share;
        lanes.begin(plan, PickOrder::EarliestFirst, 1, first);
        LaneQueues::begin_share(share);
        for (uint32_t i = first; i < 100; ++i) {
            const auto slot = lanes.try_take(share);
            ASSERT_TRUE(slot.has_value());
            EXPECT_EQ(slot->transaction, i);
            lanes.finish(share, *slot);
        }
        EXPECT_FALSE(lanes.try_take(share).has_value());
    }
}

TEST(WorkerPoolTest, RunsAJobBesideItsCallerAndTakesItBack) {
    WorkerPool one(1);
    const std::function<void(uint32_t)> nothing = [](uint32_t) {};
    EXPECT_FALSE(one.begin(nothing));
    WorkerPool pool(3);
    uint64_t ran = 0;
    uint64_t together = 0;
    for (int i = 0; i < 2'000; ++i) {
        std::atomic<bool> is_done{false};
        const std::function<void(uint32_t)> job = [&](uint32_t worker) {
            EXPECT_EQ(worker, 1U);
            is_done.store(true);
        };
        ASSERT_TRUE(pool.begin(job));
        // Taken back at once, or waited for.
        while (i % 2 == 0 && !is_done.load())
            std::this_thread::yield();
        pool.end();
        if (i % 2 == 0) {
            EXPECT_TRUE(is_done.load());
        }
        ran += is_done.load() ? 1 : 0;
        std::atomic<uint32_t> workers{0};
        pool.run([&](uint32_t) { workers.fetch_add(1); });
        together += workers.load();
    }
    EXPECT_GE(ran, 1'000U);
    EXPECT_EQ(together, 6'000U);
}

TEST(PlanWidthTest, APlanThatBeginsAsAChainIsLookedAtToTheEnd) {
    LanePlan plan;
    plan.reset(32);
    std::vector<uint32_t> places(32, 0);
    for (uint32_t i = 0; i < 1'000; ++i) {
        const auto lane = static_cast<uint16_t>(i < 500 ? 0 : i % 32);
        const uint32_t place = places[lane]++;
        plan.append({lane, place})[lane] = place;
    }
    EXPECT_NEAR(plan_width(plan), 1.94, 0.05);
}

}  // namespace
}  // namespace switchyard::execute
