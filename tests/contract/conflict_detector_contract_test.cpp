// SPDX-License-Identifier: Apache-2.0
// What every backend of the conflict detector must do. Runs on each backend that this machine has;
// the others are skipped with the reason.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <string>
#include <vector>

#include "hls/conflict_detector/golden_model.hpp"
#include "host/offload/conflict_detector.hpp"
#include "tests/support/access_batches.hpp"
#include "tests/support/plan_checker.hpp"
#include "tests/support/test_data.hpp"

namespace switchyard {
namespace {

constexpr uint64_t kSeed = 0x1234567890abcdef;
constexpr uint32_t kLaneCounts[] = {1, 2, 3, 8, 9, 16, 17, 24, 25, 32, 33, 57, 64};

/// Random batches for each backend: SWITCHYARD_BATCHES, or 3,000.
uint64_t random_batches() {
    const char* const asked = std::getenv("SWITCHYARD_BATCHES");
    return asked == nullptr ? 3'000 : std::strtoull(asked, nullptr, 10);
}

struct ModelPlan {
    LanePlan plan;
    uint64_t overflowed_accesses = 0;
};

/// What the rules give.
ModelPlan model_plan(const AccessBatch& batch, uint32_t lanes, hls::ModelTable table) {
    ModelPlan out;
    out.plan.reset(lanes);
    hls::GoldenModel model(lanes, kSeed, table);
    std::vector<hls::ModelAccess> accesses;
    for (uint32_t i = 0; i < batch.transaction_count(); ++i) {
        accesses.clear();
        for (const KeyAccess& access : batch.keys(i))
            accesses.push_back({access.key, static_cast<abi::AccessCode>(access.kind)});
        const auto placed = model.place(accesses, batch.gas(i));
        const auto waits = out.plan.append({static_cast<uint16_t>(placed.lane), placed.place});
        std::ranges::copy(placed.waits, waits.begin());
    }
    out.overflowed_accesses = model.overflowed_accesses();
    return out;
}

std::chrono::steady_clock::time_point soon() {
    return std::chrono::steady_clock::now() + std::chrono::seconds(60);
}

/// A backend by itself, or with software standing by.
struct Subject {
    std::string backend;
    bool failover = false;
};

class ConflictDetectorContract : public testing::TestWithParam<Subject> {
  protected:
    void SetUp() override {
        for (const DetectorChoice& choice : available_detectors())
            if (choice.name == GetParam().backend && !choice.available)
                GTEST_SKIP() << choice.reason;
        auto made = make(kSeed);
        ASSERT_TRUE(made) << made.error().message;
        detector_ = *std::move(made);
    }

    /// With failover every plan is compared, so that software hides nothing: see TearDown.
    static Result<std::unique_ptr<ConflictDetector>> make(uint64_t hash_seed) {
        return make_detector(GetParam().backend, {.hash_seed = hash_seed,
                                                  .failover = GetParam().failover,
                                                  .cross_check_one_in = 1,
                                                  .patience = std::chrono::minutes(1)});
    }

    void TearDown() override {
        if (detector_ == nullptr || !GetParam().failover) return;
        const DetectorHealth health = detector_->health();
        EXPECT_EQ(health.card, CardState::InUse);
        EXPECT_EQ(health.taken_out(), 0u) << describe(health);
        EXPECT_EQ(health.fallbacks, 0u);
        EXPECT_EQ(health.cross_checks, detector_->counters().batches);
    }

    [[nodiscard]] bool exact() const { return detector_->info().exact_table; }

    /// Plans `batch`, proves the plan safe and equal to what the rules give: with the backend's
    /// table, and with either if no bucket overflows.
    void check(const AccessBatch& batch, uint32_t lanes, const std::string& name) {
        SCOPED_TRACE(name + " in " + std::to_string(lanes) + " lanes");
        const uint64_t overflowed_before = detector_->counters().overflowed_accesses;
        const auto planned = detector_->plan(batch, lanes, plan_, std::chrono::seconds(60));
        ASSERT_TRUE(planned) << planned.error().message;
        ASSERT_TRUE(plan_.validate_shape()) << plan_.validate_shape().error().message;
        ASSERT_EQ(plan_.lane_count(), lanes);
        ASSERT_EQ(test::unordered_conflict(batch, plan_), "");
        ASSERT_TRUE(test::runs_to_the_end(plan_));
        const ModelPlan bounded = model_plan(batch, lanes, hls::ModelTable::Bounded);
        const uint64_t overflowed = bounded.overflowed_accesses;
        ASSERT_EQ(detector_->counters().overflowed_accesses - overflowed_before,
                  exact() ? 0 : overflowed);
        if (exact() && overflowed != 0) {
            ASSERT_EQ(plan_, model_plan(batch, lanes, hls::ModelTable::Exact).plan);
        } else {
            ASSERT_EQ(plan_, bounded.plan);
        }
    }

    std::unique_ptr<ConflictDetector> detector_;
    LanePlan plan_;
};

TEST_P(ConflictDetectorContract, IsTheBackendThatWasAskedFor) {
    EXPECT_EQ(detector_->info().name, GetParam().backend);
    EXPECT_GE(detector_->info().credits, 1u);
    EXPECT_FALSE(detector_->info().description.empty());
}

TEST_P(ConflictDetectorContract, OrdersEveryConflictOfRandomBatches) {
    auto random = test::test_generator(100);
    const uint64_t batches = random_batches();
    for (uint64_t i = 0; i < batches && !HasFatalFailure(); ++i) {
        const test::BatchShape shape{.transactions = static_cast<uint32_t>(random() % 80),
                                     .keys_max = static_cast<uint32_t>(1 + random() % 12),
                                     .distinct_keys = 1 + random() % 300,
                                     .hot_percent = static_cast<uint32_t>(random() % 40),
                                     .write_percent = static_cast<uint32_t>(random() % 50),
                                     .add_percent = static_cast<uint32_t>(random() % 50)};
        check(test::random_batch(shape, random), static_cast<uint32_t>(1 + random() % kLanesMax),
              "random batch " + std::to_string(i));
    }
}

TEST_P(ConflictDetectorContract, OrdersEveryConflictOfAdversarialBatches) {
    auto random = test::test_generator(101);
    for (const auto& [name, batch] : test::adversarial_batches(kSeed, random))
        for (const uint32_t lanes : kLaneCounts)
            if (!HasFatalFailure()) check(batch, lanes, name);
}

TEST_P(ConflictDetectorContract, TakesTheLargestBlock) {
    auto random = test::test_generator(102);
    // One lane takes every place and wait to its limit of 16 bits.
    for (const uint32_t lanes : {1u, 64u})
        check(
            test::random_batch(
                {.transactions = kBlockTransactionsMax, .keys_max = 2, .distinct_keys = 1'000'000},
                random),
            lanes, "largest block");
}

TEST_P(ConflictDetectorContract, Takes65536DifferentKeys) {
    AccessBatch batch;
    for (uint64_t i = 0; i < 8192; ++i) {
        batch.begin_transaction(21'000 + i % 7);
        for (uint64_t k = 0; k < 8; ++k)
            batch.add(8 * i + k, static_cast<AccessKind>(k % 3));
    }
    for (const uint32_t lanes : {1u, 8u, 64u})
        check(batch, lanes, "65,536 keys");
}

TEST_P(ConflictDetectorContract, PlansAgainAfterALargerAndASmallerBlock) {
    auto random = test::test_generator(105);
    for (const uint32_t transactions : {10u, 5000u, 10u, 700u, 0u, 6000u, 1u})
        for (const uint32_t lanes : {64u, 3u})
            check(test::random_batch({.transactions = transactions, .distinct_keys = 500}, random),
                  lanes, std::to_string(transactions) + " transactions");
}

TEST_P(ConflictDetectorContract, CountsOverflowsAndStaysSafe) {
    const auto keys = test::colliding_keys(99, 2 * abi::kBucketWays, kSeed);
    AccessBatch batch;
    for (int round = 0; round < 2; ++round)
        for (const uint64_t key : keys) {
            batch.begin_transaction(21'000);
            batch.add(key, AccessKind::Write);
        }
    check(batch, 8, "overflow");
    const DetectorCounters counters = detector_->counters();
    EXPECT_EQ(counters.batches, 1u);
    EXPECT_EQ(counters.transactions, batch.transaction_count());
    EXPECT_EQ(counters.accesses, batch.access_count());
    EXPECT_EQ(counters.overflowed_accesses, exact() ? 0u : 2u * abi::kBucketWays);
    EXPECT_EQ(counters.failures, 0u);
}

TEST_P(ConflictDetectorContract, SpreadsIndependentTransactionsOverAllLanes) {
    AccessBatch batch;
    for (uint64_t i = 0; i < 64; ++i) {
        batch.begin_transaction(21'000);
        batch.add(i, AccessKind::Write);
    }
    LanePlan plan;
    ASSERT_TRUE(detector_->plan(batch, 8, plan));
    std::array<int, 8> members{};
    for (uint32_t i = 0; i < 64; ++i)
        ++members[plan.assignment(i).lane];
    for (const int count : members)
        EXPECT_EQ(count, 8);
}

TEST_P(ConflictDetectorContract, KeepsAChainInOneLane) {
    AccessBatch batch;
    for (int i = 0; i < 50; ++i) {
        batch.begin_transaction(21'000);
        batch.add(1, AccessKind::Write);
    }
    LanePlan plan;
    ASSERT_TRUE(detector_->plan(batch, 8, plan));
    for (uint32_t i = 0; i < 50; ++i)
        EXPECT_EQ(plan.assignment(i).lane, 0);
}

TEST_P(ConflictDetectorContract, LetsReadersAndAddersRunSideBySide) {
    for (const AccessKind kind : {AccessKind::Read, AccessKind::Add}) {
        AccessBatch batch;
        for (int i = 0; i < 8; ++i) {
            batch.begin_transaction(21'000);
            batch.add(1, kind);
        }
        LanePlan plan;
        ASSERT_TRUE(detector_->plan(batch, 8, plan));
        for (uint32_t i = 0; i < 8; ++i)
            EXPECT_TRUE(std::ranges::all_of(plan.waits(i), [](uint32_t w) { return w == 0; }));
    }
}

TEST_P(ConflictDetectorContract, KeepsSeveralBatchesInFlightAndCollectsThemInAnyOrder) {
    auto random = test::test_generator(104);
    std::vector<AccessBatch> batches;
    std::vector<Ticket> tickets;
    for (uint32_t i = 0; i < detector_->info().credits; ++i) {
        batches.push_back(test::random_batch({.transactions = 50 + i}, random));
        const auto ticket = detector_->submit(batches.back(), 8);
        ASSERT_TRUE(ticket) << ticket.error().message;
        tickets.push_back(*ticket);
    }
    const auto beyond = detector_->submit(batches[0], 8);
    ASSERT_FALSE(beyond);
    EXPECT_EQ(beyond.error().code, ErrorCode::LimitExceeded);

    std::vector<size_t> order(tickets.size());
    for (size_t i = 0; i < order.size(); ++i)
        order[i] = i;
    std::ranges::shuffle(order, random);
    for (const size_t i : order) {
        LanePlan plan;
        const auto collected = detector_->collect(tickets[i], soon(), plan);
        ASSERT_TRUE(collected) << collected.error().message;
        const auto table = exact() ? hls::ModelTable::Exact : hls::ModelTable::Bounded;
        EXPECT_EQ(plan, model_plan(batches[i], 8, table).plan);
    }
    EXPECT_TRUE(detector_->submit(batches[0], 8));
}

TEST_P(ConflictDetectorContract, RefusesWhatIsOutOfBounds) {
    const auto code_of = [&](const AccessBatch& batch, uint32_t lanes) {
        const auto ticket = detector_->submit(batch, lanes);
        return ticket ? ErrorCode::Internal : ticket.error().code;
    };
    AccessBatch batch;
    batch.begin_transaction(21'000);
    EXPECT_EQ(code_of(batch, 0), ErrorCode::InvalidInput);
    EXPECT_EQ(code_of(batch, kLanesMax + 1), ErrorCode::InvalidInput);
    for (size_t i = 0; i <= kBatchAccessesMax; ++i)
        batch.add(i, AccessKind::Read);
    EXPECT_EQ(code_of(batch, 1), ErrorCode::LimitExceeded);
    batch.clear();
    for (uint32_t i = 0; i <= kBlockTransactionsMax; ++i)
        batch.begin_transaction(21'000);
    EXPECT_EQ(code_of(batch, 1), ErrorCode::LimitExceeded);
}

TEST_P(ConflictDetectorContract, SpendsATicketOnce) {
    AccessBatch batch;
    batch.begin_transaction(21'000);
    const auto ticket = detector_->submit(batch, 2);
    ASSERT_TRUE(ticket);
    LanePlan plan;
    EXPECT_EQ(detector_->collect({ticket->number + 1}, soon(), plan).error().code,
              ErrorCode::NotFound);
    ASSERT_TRUE(detector_->collect(*ticket, soon(), plan));
    EXPECT_EQ(detector_->collect(*ticket, soon(), plan).error().code, ErrorCode::NotFound);
    EXPECT_EQ(detector_->collect({0}, soon(), plan).error().code, ErrorCode::NotFound);
}

TEST_P(ConflictDetectorContract, UsesTheSeedItWasGiven) {
    auto other = make(kSeed ^ 0xff0);
    ASSERT_TRUE(other) << other.error().message;
    // Collides under kSeed only, so that the plans differ.
    AccessBatch batch;
    for (const uint64_t key : test::colliding_keys(3, 2 * abi::kBucketWays, kSeed)) {
        batch.begin_transaction(21'000);
        batch.add(key, AccessKind::Write);
    }
    LanePlan colliding;
    LanePlan spread;
    ASSERT_TRUE(detector_->plan(batch, 8, colliding));
    ASSERT_TRUE((*other)->plan(batch, 8, spread));
    // With an exact table no two keys collide under any seed.
    EXPECT_EQ(colliding == spread, exact());
    EXPECT_EQ((*other)->counters().overflowed_accesses, 0u);
}

std::vector<std::string> backend_names() {
    std::vector<std::string> names;
    for (const DetectorChoice& choice : available_detectors())
        names.emplace_back(choice.name);
    return names;
}

std::vector<Subject> subjects() {
    std::vector<Subject> out;
    for (const std::string& name : backend_names()) {
        out.push_back({name});
        if (name == "card" || name == "emulation") out.push_back({name, true});
    }
    return out;
}

INSTANTIATE_TEST_SUITE_P(EveryBackend, ConflictDetectorContract, testing::ValuesIn(subjects()),
                         [](const auto& subject) {
                             return subject.param.backend +
                                    (subject.param.failover ? "_with_failover" : "");
                         });

TEST(DetectorRegistry, NamesTheBackendsBestFirstAndAReasonForEachThatIsAbsent) {
    EXPECT_EQ(backend_names(),
              (std::vector<std::string>{"card", "software", "emulation", "reference"}));
    for (const DetectorChoice& choice : available_detectors()) {
        EXPECT_EQ(choice.available, choice.reason.empty()) << choice.name;
        if (choice.available) continue;
        const auto made = make_detector(choice.name);
        ASSERT_FALSE(made) << choice.name;
        EXPECT_EQ(made.error().code, ErrorCode::Unavailable);
        EXPECT_NE(made.error().message.find(choice.reason), std::string::npos);
    }
}

TEST(DetectorRegistry, NeverFallsBackToAnotherBackend) {
    const auto made = make_detector("no such detector");
    ASSERT_FALSE(made);
    EXPECT_EQ(made.error().code, ErrorCode::NotFound);
    EXPECT_NE(made.error().message.find("reference"), std::string::npos);
}

}  // namespace
}  // namespace switchyard
