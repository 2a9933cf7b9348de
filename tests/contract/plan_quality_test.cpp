// SPDX-License-Identifier: Apache-2.0
// How good plans are: the makespan on real blocks, with what their transactions really accessed and
// the gas that they used, beside what no plan can be below.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <map>

#include "host/offload/conflict_detector.hpp"
#include "host/offload/look_ahead.hpp"
#include "tests/support/access_batches.hpp"
#include "tests/support/block_accesses.hpp"
#include "tests/support/plan_checker.hpp"
#include "tests/support/plan_quality.hpp"
#include "tests/support/test_data.hpp"

namespace switchyard {
namespace {

constexpr uint32_t kLaneCounts[] = {2, 4, 8, 16, 64};

LanePlan plan_of(const AccessBatch& batch, uint32_t lanes) {
    static const auto detector = make_detector("software");
    LanePlan plan;
    EXPECT_TRUE(detector.has_value() && (*detector)->plan(batch, lanes, plan));
    return plan;
}

double ratio(uint64_t a, uint64_t b) {
    return b == 0 ? 1 : static_cast<double>(a) / static_cast<double>(b);
}

/// Empty if every two conflicting transactions have positions in block order.
std::string misplaced(const AccessBatch& batch, std::span<const uint32_t> order) {
    std::vector<uint32_t> position(order.size());
    for (uint32_t p = 0; p < order.size(); ++p)
        position[order[p]] = p;
    struct Last {
        int64_t of_kind[3] = {-1, -1, -1};
    };
    std::map<uint64_t, Last> keys;
    for (uint32_t j = 0; j < batch.transaction_count(); ++j) {
        for (const KeyAccess& access : batch.keys(j))
            for (const AccessKind kind : {AccessKind::Read, AccessKind::Write, AccessKind::Add})
                if (conflict(kind, access.kind) &&
                    keys[access.key].of_kind[static_cast<size_t>(kind)] > position[j])
                    return "transaction " + std::to_string(j) + " comes too early";
        for (const KeyAccess& access : batch.keys(j)) {
            int64_t& last = keys[access.key].of_kind[static_cast<size_t>(access.kind)];
            last = std::max<int64_t>(last, position[j]);
        }
    }
    return {};
}

/// The worst and the sum over all blocks, for one number of lanes.
struct Quality {
    double worst_of_naive = 0;  ///< to critical path and work per lane, the larger
    double worst_of_bound = 0;  ///< to what no plan can be below
    double worst_bound = 0;     ///< of that to the naive one
    uint64_t span = 0;
    uint64_t naive = 0;

    void add(uint64_t makespan, uint64_t naive_bound, uint64_t bound) {
        worst_of_naive = std::max(worst_of_naive, ratio(makespan, naive_bound));
        worst_of_bound = std::max(worst_of_bound, ratio(makespan, bound));
        worst_bound = std::max(worst_bound, ratio(bound, naive_bound));
        span += makespan;
        naive += naive_bound;
    }
};

void print(const char* name, const std::map<uint32_t, Quality>& qualities) {
    for (const auto& [lanes, q] : qualities)
        std::printf(
            "%s, %2u lanes: makespan / max(critical path, work per lane): %.3f in sum, %.3f at "
            "worst; / best possible: %.3f at worst; best possible itself up to %.3f\n",
            name, lanes, ratio(q.span, q.naive), q.worst_of_naive, q.worst_of_bound, q.worst_bound);
}

struct Qualities {
    std::map<uint32_t, Quality> block_order;
    std::map<uint32_t, Quality> look_ahead;
    uint32_t blocks = 0;
};

void measure(const std::filesystem::path& folder, test::KeyGrain grain, Qualities& out) {
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::directory_iterator(folder))
        files.push_back(entry.path());
    std::ranges::sort(files);
    offload::LookAhead look_ahead(1);
    for (const auto& file : files) {
        const auto block = fixtures::load_mainnet_block(file.string());
        ASSERT_TRUE(block) << block.error().message;
        const auto batch = test::executed_accesses(*block, grain);
        ASSERT_TRUE(batch) << file << ": " << batch.error().message;
        AccessBatch arranged;
        for (const uint32_t lanes : kLaneCounts) {
            SCOPED_TRACE(file.string() + " in " + std::to_string(lanes) + " lanes");
            const uint64_t naive =
                std::max(test::critical_path(*batch), test::work_per_lane(*batch, lanes));
            const uint64_t bound = test::makespan_bound(*batch, lanes);
            look_ahead.arrange(*batch, lanes, arranged);
            ASSERT_EQ(misplaced(*batch, look_ahead.order()), "");
            const LanePlan in_order = plan_of(*batch, lanes);
            const LanePlan ahead = plan_of(arranged, lanes);
            ASSERT_EQ(test::unordered_conflict(*batch, in_order), "");
            ASSERT_EQ(test::unordered_conflict(arranged, ahead), "");
            ASSERT_GE(test::makespan(*batch, in_order), bound);
            ASSERT_GE(test::makespan(arranged, ahead), bound);
            out.block_order[lanes].add(test::makespan(*batch, in_order), naive, bound);
            out.look_ahead[lanes].add(test::makespan(arranged, ahead), naive, bound);
        }
        ++out.blocks;
    }
}

TEST(PlanQuality, IsWithinFifteenPercentOnEveryMainnetBlock) {
    SWITCHYARD_REQUIRE_SUITE(folder, "mainnet");
    Qualities found;
    ASSERT_NO_FATAL_FAILURE(measure(folder / "blocks", test::KeyGrain::Account, found));
    ASSERT_GT(found.blocks, 40u);
    print("block order", found.block_order);
    print("look-ahead", found.look_ahead);
    for (const uint32_t lanes : kLaneCounts) {
        SCOPED_TRACE(lanes);
        // All blocks together, as they come.
        EXPECT_LE(ratio(found.block_order[lanes].span, found.block_order[lanes].naive), 1.15);
        // Each block alone, with the look-ahead.
        EXPECT_LE(found.look_ahead[lanes].worst_of_bound, 1.15);
        if (lanes >= 8) {
            EXPECT_LE(found.look_ahead[lanes].worst_of_naive, 1.15);
        }
    }
    EXPECT_LE(found.block_order[64].worst_of_naive, 1.15);
}

TEST(PlanQuality, IsMeasuredForKeysOfSingleFieldsAsWell) {
    SWITCHYARD_REQUIRE_SUITE(folder, "mainnet");
    Qualities found;
    ASSERT_NO_FATAL_FAILURE(measure(folder / "blocks", test::KeyGrain::Field, found));
    print("fields, block order", found.block_order);
    print("fields, look-ahead", found.look_ahead);
    for (const uint32_t lanes : kLaneCounts) {
        SCOPED_TRACE(lanes);
        EXPECT_LE(ratio(found.block_order[lanes].span, found.block_order[lanes].naive), 1.15);
        EXPECT_LE(found.look_ahead[lanes].worst_of_bound, 1.15);
    }
}

TEST(LookAhead, KeepsEveryConflictInBlockOrder) {
    auto random = test::test_generator(720);
    offload::LookAhead look_ahead(random());
    AccessBatch arranged;
    const auto check = [&](const AccessBatch& batch) {
        look_ahead.arrange(batch, static_cast<uint32_t>(1 + random() % kLanesMax), arranged);
        ASSERT_EQ(arranged.transaction_count(), batch.transaction_count());
        ASSERT_EQ(arranged.access_count(), batch.access_count());
        std::vector<bool> seen(batch.transaction_count(), false);
        for (uint32_t p = 0; p < arranged.transaction_count(); ++p) {
            const uint32_t i = look_ahead.order()[p];
            ASSERT_FALSE(seen[i]);
            seen[i] = true;
            ASSERT_EQ(arranged.gas(p), batch.gas(i));
            ASSERT_TRUE(std::ranges::equal(arranged.keys(p), batch.keys(i)));
        }
        ASSERT_EQ(misplaced(batch, look_ahead.order()), "");
    };
    for (int i = 0; i < 300; ++i)
        check(test::random_batch({.transactions = static_cast<uint32_t>(random() % 200),
                                  .distinct_keys = 1 + random() % 400},
                                 random));
    for (const auto& [name, batch] : test::adversarial_batches(1, random)) {
        SCOPED_TRACE(name);
        check(batch);
    }
}

TEST(LookAhead, PutsTheHeavyLastTransactionFirst) {
    AccessBatch batch;
    for (uint64_t i = 0; i < 9; ++i) {
        batch.begin_transaction(i == 8 ? 8 : 1);
        batch.add(i, AccessKind::Write);
    }
    EXPECT_EQ(test::makespan(batch, plan_of(batch, 2)), 12u);
    offload::LookAhead look_ahead(1);
    AccessBatch arranged;
    look_ahead.arrange(batch, 2, arranged);
    EXPECT_EQ(look_ahead.order()[0], 8u);
    EXPECT_EQ(test::makespan(arranged, plan_of(arranged, 2)), 8u);
}

TEST(LookAhead, LeavesNoLaneIdleWhileATransactionCouldStart) {
    // What Graham proved of every such schedule (Bounds on multiprocessing timing anomalies, 1969).
    auto random = test::test_generator(721);
    offload::LookAhead look_ahead(random());
    AccessBatch arranged;
    for (int i = 0; i < 500; ++i) {
        const auto batch =
            test::random_batch({.transactions = static_cast<uint32_t>(1 + random() % 150),
                                .keys_max = static_cast<uint32_t>(1 + random() % 6),
                                .distinct_keys = 20 + random() % 600},
                               random);
        const auto lanes = static_cast<uint32_t>(1 + random() % 12);
        look_ahead.arrange(batch, lanes, arranged);
        const LanePlan plan = plan_of(arranged, lanes);
        ASSERT_EQ(test::unordered_conflict(arranged, plan), "");
        const uint64_t path = test::critical_path(batch);
        ASSERT_LE(test::makespan(arranged, plan),
                  test::work_per_lane(batch, lanes) + path - path / lanes);
        ASSERT_GE(test::makespan(arranged, plan), test::makespan_bound(batch, lanes));
    }
}

TEST(LookAhead, KeepsABarrierWhereItIs) {
    AccessBatch batch;
    for (int i = 0; i < 7; ++i) {
        batch.begin_transaction(i == 3 ? 1 : 10 + static_cast<uint64_t>(i));
        for (uint64_t k = 0; k < (i == 3 ? 900u : 1u); ++k)
            batch.add(100 * static_cast<uint64_t>(i) + k, AccessKind::Read);
    }
    offload::LookAhead look_ahead(1);
    AccessBatch arranged;
    look_ahead.arrange(batch, 2, arranged);
    EXPECT_TRUE(std::ranges::equal(look_ahead.order(), std::vector<uint32_t>{2, 1, 0, 3, 6, 5, 4}));
}

TEST(PlanQuality, BoundsAreRightOnBlocksDoneByHand) {
    // A chain of 3 (10 each) beside 6 free ones (5 each): 60 in all.
    AccessBatch batch;
    for (int i = 0; i < 3; ++i) {
        batch.begin_transaction(10);
        batch.add(1, AccessKind::Write);
    }
    for (uint64_t i = 0; i < 6; ++i) {
        batch.begin_transaction(5);
        batch.add(10 + i, AccessKind::Write);
    }
    EXPECT_EQ(test::critical_path(batch), 30u);
    EXPECT_EQ(test::work_per_lane(batch, 4), 15u);
    EXPECT_EQ(test::makespan_bound(batch, 4), 30u);
    EXPECT_EQ(test::makespan(batch, plan_of(batch, 1)), 60u);
    EXPECT_EQ(test::makespan(batch, plan_of(batch, 2)), 30u);

    // One that all others need: nothing runs beside it, so 10 + 6 * 10 / 3, and not 70 / 3.
    AccessBatch fan;
    fan.begin_transaction(10);
    fan.add(1, AccessKind::Write);
    for (int i = 0; i < 6; ++i) {
        fan.begin_transaction(10);
        fan.add(1, AccessKind::Read);
    }
    EXPECT_EQ(test::critical_path(fan), 20u);
    EXPECT_EQ(test::work_per_lane(fan, 3), 24u);
    EXPECT_EQ(test::makespan_bound(fan, 3), 30u);
    EXPECT_EQ(test::makespan(fan, plan_of(fan, 3)), 30u);
}

}  // namespace
}  // namespace switchyard
