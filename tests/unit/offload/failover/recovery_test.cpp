// SPDX-License-Identifier: Apache-2.0
// The recovery's thread, with the emulated device and with cards that will not close.
#include "host/offload/failover/recovery.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "host/offload/failover/failover_detector.hpp"
#include "host/offload/reference/reference_detector.hpp"
#include "tests/support/access_batches.hpp"
#include "tests/support/test_data.hpp"
#ifdef SWITCHYARD_HAVE_XRT
#include "host/offload/card_backends.hpp"
#endif

namespace switchyard::offload {
namespace {

using std::chrono::milliseconds;

/// Closes only when it is allowed to.
class StubbornCard final : public CardDetector {
  public:
    explicit StubbornCard(std::shared_ptr<std::atomic<bool>> may_close)
        : may_close_(std::move(may_close)) {}
    ~StubbornCard() override {
        while (!*may_close_)
            std::this_thread::sleep_for(milliseconds(1));
    }
    const DetectorInfo& info() const override { return info_; }
    DetectorCounters counters() const override { return {}; }
    void poll() override {}
    const std::optional<TakenOut>& taken_out() const override { return none_; }
    bool overdue() const override { return false; }
    Result<Ticket> submit(const AccessBatch&, uint32_t) override {
        return Error{ErrorCode::Unavailable, ""};
    }
    Result<void> collect(Ticket, Deadline, LanePlan&) override { return {}; }

  private:
    DetectorInfo info_{"stubborn", "", DetectorKind::Emulated, 1};
    std::optional<TakenOut> none_;
    std::shared_ptr<std::atomic<bool>> may_close_;
};

TEST(Recovery, LeavesACardThatWillNotCloseBehind) {
    const auto may_close = std::make_shared<std::atomic<bool>>(false);
    {
        const auto recovery = make_threaded_recovery(
            [](CardFailure) -> Recovery::Outcome {
                return Error{ErrorCode::Unavailable, "never opened"};
            },
            {});
        recovery->begin(std::make_unique<StubbornCard>(may_close), CardFailure::Hang, {});
        EXPECT_FALSE(recovery->poll());
        // Its destructor returns, although the card's does not.
    }
    *may_close = true;
}

TEST(Recovery, DoesNotWaitForABackoffAtTheEnd) {
    const auto recovery = make_threaded_recovery(
        [](CardFailure) -> Recovery::Outcome {
            return Error{ErrorCode::Unavailable, "no"};
        },
        {});
    recovery->begin(nullptr, CardFailure::Hang,
                    std::chrono::steady_clock::now() + std::chrono::hours(24));
    EXPECT_FALSE(recovery->poll());
}

#ifdef SWITCHYARD_HAVE_XRT

constexpr uint64_t kSeed = 77;

std::vector<KnownBatch> known_batches(uint64_t seed = kSeed) {
    const auto oracle = make_reference_detector(seed);
    auto known = make_known_batches(*oracle);
    SWITCHYARD_ASSERT(known.has_value());
    return *std::move(known);
}

/// The outcome, within a minute.
Recovery::Outcome wait_for(Recovery& recovery) {
    for (int i = 0; i < 60'000; ++i) {
        if (auto outcome = recovery.poll()) return std::move(*outcome);
        std::this_thread::sleep_for(milliseconds(1));
    }
    return Error{ErrorCode::Timeout, "no outcome within a minute"};
}

const CardDetectorOptions kOptions{.hash_seed = kSeed,
                                   .watchdog = {.base = std::chrono::seconds(20)}};

TEST(Recovery, OpensADeviceAnewAndProbesIt) {
    const auto device = std::make_shared<EmulatedDevice>();
    std::atomic<int> opened = 0;
    const auto recovery = make_threaded_recovery(
        [&](CardFailure after) {
            EXPECT_EQ(after, CardFailure::Hang);
            ++opened;
            device->reset();
            return open_emulation(device, kOptions);
        },
        known_batches());
    auto card = open_emulation(device, kOptions);
    ASSERT_TRUE(card);
    auto failed = *std::move(card);
    for (const bool refused : {false, true, false}) {
        device->refuse_opens(refused ? 1 : 0);
        recovery->begin(std::move(failed), CardFailure::Hang, std::chrono::steady_clock::now());
        auto outcome = wait_for(*recovery);
        ASSERT_EQ(outcome.has_value(), !refused);
        if (outcome) failed = *std::move(outcome);
    }
    EXPECT_EQ(opened, 3);
    EXPECT_FALSE(recovery->poll());
}

TEST(Recovery, TrustsNoCardThatAnswersWrongly) {
    const auto device = std::make_shared<EmulatedDevice>();
    const auto open = [device](CardFailure) { return open_emulation(device, kOptions); };
    const auto known = known_batches();
    ASSERT_TRUE(open_and_probe(open, CardFailure::Hang, known));
    for (const DeviceFault fault :
         {DeviceFault::WrongPlan, DeviceFault::NoWrite, DeviceFault::ErrorState}) {
        device->inject(fault, 5, 3);
        const auto outcome = open_and_probe(open, CardFailure::Hang, known);
        EXPECT_FALSE(outcome) << to_string(fault);
    }
    // The seed matters only where a bucket overflows, which these batches do not do.
    EXPECT_TRUE(open_and_probe(open, CardFailure::Hang, known_batches(kSeed + 2)));
}

/// The whole, on threads: faults of every kind among batches in flight, the card coming back.
TEST(FailoverOnThreads, LosesNoBatchAndComesBack) {
    const auto device = std::make_shared<EmulatedDevice>();
    CardDetectorOptions options = kOptions;
    options.watchdog = {.base = milliseconds(40)};
    const auto open = [device, options](CardFailure) {
        device->reset();
        return open_emulation(device, options);
    };
    auto card = open(CardFailure::Hang);
    ASSERT_TRUE(card);
    const auto detector = make_failover_detector(
        {*std::move(card), make_reference_detector(kSeed),
         make_threaded_recovery(open, known_batches())},
        {.cross_check_one_in = 1,
         .patience = {.base = milliseconds(10)},
         .breaker = {.backoff_min = milliseconds(1), .backoff_max = milliseconds(4)}});
    const auto reference = make_reference_detector(kSeed);
    auto random = test::test_generator(620);
    device->inject_randomly(20, 5);
    uint64_t planned = 0;
    for (int round = 0; round < 150; ++round) {
        std::vector<AccessBatch> batches;
        std::vector<Ticket> tickets;
        for (uint32_t i = 0; i < detector->info().credits; ++i) {
            batches.push_back(test::random_batch({.transactions = 40}, random));
            const auto ticket = detector->submit(batches.back(), 8);
            ASSERT_TRUE(ticket) << ticket.error().message;
            tickets.push_back(*ticket);
        }
        for (size_t i = 0; i < tickets.size(); ++i) {
            LanePlan plan;
            LanePlan expected;
            const auto collected =
                detector->collect(tickets[i], ConflictDetector::Deadline::max(), plan);
            ASSERT_TRUE(collected) << collected.error().message;
            ASSERT_TRUE(reference->plan(batches[i], 8, expected));
            ASSERT_EQ(plan, expected);
            ++planned;
        }
    }
    const DetectorHealth health = detector->health();
    EXPECT_EQ(detector->counters().batches, planned);
    EXPECT_EQ(detector->counters().failures, 0u);
    EXPECT_GT(health.taken_out(), 0u) << describe(health);
    // No run fails any more: the card comes back to stay.
    device->inject_randomly(0, 0);
    for (int i = 0; i < 20'000 && detector->health().card != CardState::InUse; ++i) {
        LanePlan plan;
        ASSERT_TRUE(detector->plan(test::random_batch({.transactions = 10}, random), 8, plan));
        std::this_thread::sleep_for(milliseconds(1));
    }
    EXPECT_EQ(detector->health().card, CardState::InUse) << describe(detector->health());
}

#endif

}  // namespace
}  // namespace switchyard::offload
