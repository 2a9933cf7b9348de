// SPDX-License-Identifier: Apache-2.0
// The checker of plans against errors planted in good plans. The judge is the definition itself:
// the order of every two transactions by transitive closure, pair by pair.
#include "tests/support/plan_checker.hpp"

#include <gtest/gtest.h>


#include "host/offload/conflict_detector.hpp"
#include "tests/support/access_batches.hpp"
#include "tests/support/test_data.hpp"

namespace switchyard {
namespace {

constexpr uint32_t kSmall = 60;  // transactions that fit one word of bits

/// For each transaction the set of those that are finished before it starts.
std::vector<uint64_t> ordered_before(const LanePlan& plan) {
    std::vector<uint64_t> before(plan.transaction_count(), 0);
    for (uint32_t j = 0; j < plan.transaction_count(); ++j)
        for (uint32_t i = 0; i < j; ++i) {
            const auto [lane, place] = plan.assignment(i);
            const bool same_lane = lane == plan.assignment(j).lane;
            if (same_lane || place < plan.waits(j)[lane]) before[j] |= before[i] | uint64_t{1} << i;
        }
    return before;
}

bool conflicting(const AccessBatch& batch, uint32_t i, uint32_t j) {
    for (const KeyAccess& a : batch.keys(i))
        for (const KeyAccess& b : batch.keys(j))
            if (a.key == b.key && conflict(a.kind, b.kind)) return true;
    return false;
}

bool safe_by_definition(const AccessBatch& batch, const LanePlan& plan) {
    const auto before = ordered_before(plan);
    for (uint32_t j = 0; j < batch.transaction_count(); ++j)
        for (uint32_t i = 0; i < j; ++i)
            if (conflicting(batch, i, j) && (before[j] >> i & 1) == 0) return false;
    return true;
}

/// The plan with one wait lowered, or with a transaction moved to another lane that does not wait
/// for its new neighbours' conflicts.
LanePlan with_an_error(const LanePlan& plan, std::mt19937_64& random) {
    const uint32_t lanes = plan.lane_count();
    const auto victim = static_cast<uint32_t>(random() % plan.transaction_count());
    const bool move = random() % 4 == 0;
    LanePlan out;
    out.reset(lanes);
    std::vector<uint32_t> places(lanes, 0);
    for (uint32_t i = 0; i < plan.transaction_count(); ++i) {
        auto lane = plan.assignment(i).lane;
        if (move && i == victim) lane = static_cast<uint16_t>(random() % lanes);
        const auto row = out.append({lane, places[lane]});
        for (uint32_t l = 0; l < lanes; ++l)
            row[l] = std::min(plan.waits(i)[l], places[l]);
        row[lane] = places[lane];
        ++places[lane];
        if (move || i != victim) continue;
        for (uint32_t l = 0; l < lanes; ++l)
            if (l != lane && row[l] != 0 && random() % 2 == 0)
                row[l] -= 1 + static_cast<uint32_t>(random() % row[l]);
    }
    return out;
}

LanePlan good_plan(const AccessBatch& batch, uint32_t lanes) {
    LanePlan plan;
    const auto detector = make_detector("reference", {.hash_seed = 5});
    EXPECT_TRUE(detector.has_value() && (*detector)->plan(batch, lanes, plan));
    return plan;
}

TEST(PlanChecker, AgreesWithTheDefinitionOnPlantedErrors) {
    auto random = test::test_generator(700);
    uint32_t wrong = 0;
    uint32_t harmless = 0;
    for (int round = 0; round < 2000; ++round) {
        const auto batch =
            test::random_batch({.transactions = static_cast<uint32_t>(1 + random() % kSmall),
                                .keys_max = static_cast<uint32_t>(1 + random() % 5),
                                .distinct_keys = 1 + random() % 60,
                                .write_percent = static_cast<uint32_t>(random() % 60),
                                .add_percent = static_cast<uint32_t>(random() % 40)},
                               random);
        const LanePlan plan = good_plan(batch, static_cast<uint32_t>(2 + random() % 7));
        ASSERT_TRUE(safe_by_definition(batch, plan));
        ASSERT_EQ(test::unordered_conflict(batch, plan), "");
        for (int error = 0; error < 4; ++error) {
            const LanePlan planted = with_an_error(plan, random);
            ASSERT_TRUE(planted.validate_shape()) << planted.validate_shape().error().message;
            const bool safe = safe_by_definition(batch, planted);
            ASSERT_EQ(test::unordered_conflict(batch, planted).empty(), safe) << round;
            ++(safe ? harmless : wrong);
        }
    }
    // Some errors do no harm: another wait implies the one that was lowered.
    EXPECT_GT(wrong, 1000u);
    EXPECT_GT(harmless, 1000u);
}

TEST(PlanChecker, FindsEachKindOfConflict) {
    using enum AccessKind;
    for (const AccessKind first : {Read, Write, Add})
        for (const AccessKind second : {Read, Write, Add}) {
            AccessBatch batch;
            for (const AccessKind kind : {first, second}) {
                batch.begin_transaction(21'000);
                batch.add(5, kind);
            }
            LanePlan plan;
            plan.reset(2);
            plan.append({0, 0});
            plan.append({1, 0});
            EXPECT_EQ(test::unordered_conflict(batch, plan).empty(), !conflict(first, second));
            plan.reset(2);
            plan.append({0, 0});
            plan.append({1, 0})[0] = 1;
            EXPECT_EQ(test::unordered_conflict(batch, plan), "");
        }
}

TEST(PlanChecker, FindsAConflictThatOnlyAnOlderAccessHas) {
    // Lane 0: a writer, then a reader; the reader in lane 1 may run beside the second, not the
    // first.
    AccessBatch batch;
    for (const AccessKind kind : {AccessKind::Write, AccessKind::Read, AccessKind::Read}) {
        batch.begin_transaction(21'000);
        batch.add(5, kind);
    }
    LanePlan plan;
    plan.reset(2);
    plan.append({0, 0});
    plan.append({0, 1})[0] = 1;
    plan.append({1, 0});
    EXPECT_EQ(test::unordered_conflict(batch, plan),
              "transactions 0 and 2 conflict and are not ordered");
    plan.reset(2);
    plan.append({0, 0});
    plan.append({0, 1})[0] = 1;
    plan.append({1, 0})[0] = 1;
    EXPECT_EQ(test::unordered_conflict(batch, plan), "");
}

TEST(PlanChecker, CountsWhatOthersWaitedFor) {
    // 0 before 1 before 2, each in another lane; 2 conflicts with 0 and waits for 1 alone.
    AccessBatch batch;
    for (int i = 0; i < 3; ++i) {
        batch.begin_transaction(21'000);
        batch.add(5, AccessKind::Write);
    }
    LanePlan plan;
    plan.reset(3);
    plan.append({0, 0});
    plan.append({1, 0})[0] = 1;
    plan.append({2, 0})[1] = 1;
    EXPECT_EQ(test::unordered_conflict(batch, plan), "");
}

TEST(PlanChecker, TakesAHotKeyInTheLargestBlock) {
    AccessBatch batch;
    for (uint32_t i = 0; i < kBlockTransactionsMax; ++i) {
        batch.begin_transaction(21'000);
        batch.add(5, i % 1000 == 0 ? AccessKind::Write : AccessKind::Read);
    }
    LanePlan plan = good_plan(batch, 16);
    EXPECT_EQ(test::unordered_conflict(batch, plan), "");
}

TEST(PlanChecker, RefusesAPlanOfAnotherLength) {
    AccessBatch batch;
    batch.begin_transaction(21'000);
    LanePlan plan;
    plan.reset(2);
    EXPECT_NE(test::unordered_conflict(batch, plan), "");
}

}  // namespace
}  // namespace switchyard
