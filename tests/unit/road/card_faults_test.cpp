// SPDX-License-Identifier: Apache-2.0
// Card faults under load: batches in flight, and blocks on the road, while the emulated device
// fails in every way it can. SWITCHYARD_CARD_FAULTS sets how many faults of each kind (12), and
// prints how long software took to take over.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <thread>

#include "host/execute/result_difference.hpp"
#include "host/offload/card_backends.hpp"
#include "host/offload/failover/failover_detector.hpp"
#include "host/offload/software/software_detector.hpp"
#include "host/road/block_road.hpp"
#include "tests/support/access_batches.hpp"
#include "tests/support/conflict_world.hpp"
#include "tests/support/test_data.hpp"

namespace switchyard::offload {
namespace {

using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

constexpr uint64_t kSeed = 2718;
constexpr uint32_t kLanes = 8;

uint64_t asked_faults() {
    const char* const asked = std::getenv("SWITCHYARD_CARD_FAULTS");
    return asked == nullptr ? 0 : std::strtoull(asked, nullptr, 10);
}
uint64_t faults_of_each_kind() {
    return asked_faults() == 0 ? 12 : asked_faults();
}

/// Deadlines as for a card, of a few milliseconds, when times are asked for; else such as a
/// sanitizer on a busy machine keeps.
milliseconds patience() {
    return milliseconds(asked_faults() == 0 ? 50 : 2);
}
milliseconds watchdog() {
    return 4 * patience();
}
/// Of a late answer: up to half again the watchdog's.
uint64_t delay_us(uint64_t random) {
    return random % static_cast<uint64_t>(std::chrono::microseconds(6 * patience()).count());
}

/// Kinds in which no answer comes, or too late: what tells them is time.
bool told_by_time(DeviceFault fault) {
    return fault == DeviceFault::Hang || fault == DeviceFault::SlowAnswer;
}

struct Subject {
    std::shared_ptr<EmulatedDevice> device = std::make_shared<EmulatedDevice>();
    std::unique_ptr<ConflictDetector> detector;
};

/// The emulated device with software standing by. `timed`: with the deadlines above; else with such
/// that no machine passes by itself.
Subject make_subject(bool timed, uint32_t cross_check_one_in) {
    Subject out;
    CardDetectorOptions options = emulation_options(kSeed);
    options.watchdog = {.base = timed ? watchdog() : milliseconds(60'000)};
    const auto open = [device = out.device, options](CardFailure) {
        device->reset();
        return open_emulation(device, options);
    };
    auto card = open(CardFailure::Hang);
    SWITCHYARD_ASSERT(card.has_value());
    auto software = make_software_detector(kSeed);
    auto known = make_known_batches(*software);
    SWITCHYARD_ASSERT(known.has_value());
    FailoverOptions failover{
        .cross_check_one_in = cross_check_one_in,
        .late_in_a_row_max = 1000,
        .breaker = {
            .backoff_min = milliseconds(1), .backoff_max = milliseconds(2), .trial_plans = 1}};
    failover.patience.base = timed ? patience() : milliseconds(60'000);
    out.detector = make_failover_detector(
        {*std::move(card), std::move(software), make_threaded_recovery(open, *std::move(known))},
        failover);
    return out;
}

/// Batches with plans that are known, so that all of a run's time is the detector's.
struct KnownLoad {
    std::vector<AccessBatch> batches;
    std::vector<LanePlan> plans;
};

KnownLoad make_load() {
    auto random = test::test_generator(700);
    KnownLoad out;
    const auto software = make_software_detector(kSeed);
    for (uint32_t i = 0; i < 64; ++i) {
        out.batches.push_back(test::random_batch(
            {.transactions = 100 + static_cast<uint32_t>(random() % 400), .distinct_keys = 900},
            random));
        SWITCHYARD_ASSERT(
            software->plan(out.batches.back(), kLanes, out.plans.emplace_back()).has_value());
    }
    return out;
}

/// What a kind of fault came to. Times are of the batches by which the fault was noticed, from the
/// call of `collect` to software's plan: the wait for the card included.
struct Tally {
    uint64_t faults = 0;
    uint64_t batches = 0;
    std::vector<std::chrono::nanoseconds> wall;
    /// On the processor: what the machine takes for others in the meantime is not the detector's.
    std::vector<std::chrono::nanoseconds> computing;
    DetectorHealth health;
};

std::chrono::nanoseconds thread_time() {
    timespec time{};
    SWITCHYARD_ASSERT(clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time) == 0);
    return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

/// Keeps `credits` batches in flight, with one fault among each lot that meets a planning card,
/// until there were enough; every plan must be the one that the rules give.
Tally run_faults(DeviceFault fault, const KnownLoad& load) {
    Subject subject = make_subject(told_by_time(fault), 1);
    auto random = test::test_generator(710 + static_cast<uint64_t>(fault));
    const uint32_t credits = subject.detector->info().credits;
    std::vector<size_t> chosen(credits);
    std::vector<Ticket> tickets(credits);
    LanePlan plan;
    Tally out;
    uint64_t fallbacks = 0;  // before the lot before
    uint64_t lots = 0;
    while (out.faults < faults_of_each_kind()) {
        EXPECT_LT(++lots, 5'000 * faults_of_each_kind()) << "the card hardly ever plans";
        if (testing::Test::HasFailure()) return out;
        // The card plans if it is in use and was overdue with nothing in the lot before.
        const DetectorHealth now = subject.detector->health();
        const bool planning = now.card == CardState::InUse && now.fallbacks == fallbacks;
        fallbacks = now.fallbacks;
        if (planning) {
            subject.device->inject(
                fault, random() % credits,
                fault == DeviceFault::SlowAnswer ? delay_us(random()) : random());
            ++out.faults;
        } else {
            // Leaves the recovery's thread something of the machine.
            std::this_thread::sleep_for(std::chrono::microseconds(500));
        }
        for (uint32_t i = 0; i < credits; ++i) {
            chosen[i] = random() % load.batches.size();
            const auto ticket = subject.detector->submit(load.batches[chosen[i]], kLanes);
            EXPECT_TRUE(ticket);
            if (!ticket) return out;
            tickets[i] = *ticket;
        }
        for (uint32_t i = 0; i < credits; ++i) {
            const DetectorHealth before = subject.detector->health();
            const auto begin = Clock::now();
            const auto computing = thread_time();
            const auto collected =
                subject.detector->collect(tickets[i], Clock::time_point::max(), plan);
            const auto computed = thread_time() - computing;
            const auto waited = Clock::now() - begin;
            EXPECT_TRUE(collected) << collected.error().message;
            EXPECT_TRUE(plan == load.plans[chosen[i]]) << "a wrong plan was given out";
            if (testing::Test::HasFailure()) return out;
            ++out.batches;
            const DetectorHealth after = subject.detector->health();
            if (after.taken_out() == before.taken_out() && after.late == before.late) continue;
            out.wall.push_back(waited);
            out.computing.push_back(computed);
        }
    }
    out.health = subject.detector->health();
    EXPECT_EQ(subject.detector->counters().batches, out.batches);
    EXPECT_EQ(subject.detector->counters().failures, 0u);
    return out;
}

double percentile_ms(std::vector<std::chrono::nanoseconds> times, double share) {
    if (times.empty()) return 0;
    std::ranges::sort(times);
    const auto at = static_cast<size_t>(share * static_cast<double>(times.size() - 1));
    return std::chrono::duration<double, std::milli>(times[at]).count();
}

void print(DeviceFault fault, const Tally& tally) {
    const auto count = [](uint64_t n) { return static_cast<unsigned long long>(n); };
    std::printf(
        "%-14s %5llu faults, %7llu batches: %4llu times out, %4llu late, %4llu back, "
        "%6llu planned by software\n",
        std::string(to_string(fault)).c_str(), count(tally.faults), count(tally.batches),
        count(tally.health.taken_out()), count(tally.health.late), count(tally.health.returns),
        count(tally.health.fallbacks));
    std::printf(
        "    until software's plan, detection included: p50 %.2f, p99 %.2f, max %.2f ms, "
        "%llu of %llu above 10 ms; computing: max %.2f ms\n",
        percentile_ms(tally.wall, 0.5), percentile_ms(tally.wall, 0.99),
        percentile_ms(tally.wall, 1),
        count(static_cast<uint64_t>(
            std::ranges::count_if(tally.wall, [](auto time) { return time > milliseconds(10); }))),
        count(tally.wall.size()), percentile_ms(tally.computing, 1));
    std::fflush(stdout);
}

class CardFaults : public testing::TestWithParam<DeviceFault> {};

TEST_P(CardFaults, LoseNoBatchAndGiveOutNoWrongPlan) {
    const DeviceFault fault = GetParam();
    static const KnownLoad load = make_load();
    const Tally tally = run_faults(fault, load);
    if (asked_faults() != 0) print(fault, tally);
    const auto taken_out = [&](CardFailure failure) {
        return tally.health.take_outs[static_cast<size_t>(failure)];
    };
    // Where time does not tell, each fault is found, and as what it is.
    switch (fault) {
        case DeviceFault::ErrorState:
            EXPECT_EQ(taken_out(CardFailure::ErrorState), tally.faults);
            break;
        case DeviceFault::WrongSequence:
            EXPECT_EQ(taken_out(CardFailure::WrongSequence), tally.faults);
            break;
        case DeviceFault::WrongPlan:
            EXPECT_EQ(taken_out(CardFailure::WrongPlan), tally.faults);
            break;
        case DeviceFault::NoWrite:
            EXPECT_EQ(taken_out(CardFailure::NoAnswer) + taken_out(CardFailure::CorruptAnswer),
                      tally.faults);
            break;
        case DeviceFault::CorruptRecord:
        case DeviceFault::RandomOutput:
            EXPECT_EQ(taken_out(CardFailure::CorruptAnswer), tally.faults);
            break;
        case DeviceFault::Hang:
            // On a busy machine a card may be out when its fault comes, which then meets the probe.
            EXPECT_GT(taken_out(CardFailure::Hang), 0u);
            break;
        case DeviceFault::CorruptHeader:  // a flip in a field for diagnosis changes nothing
        case DeviceFault::SlowAnswer:
        case DeviceFault::None:
            break;
    }
}

INSTANTIATE_TEST_SUITE_P(EveryKind, CardFaults, testing::ValuesIn(kDeviceFaults),
                         [](const auto& fault) {
                             std::string name(to_string(fault.param));
                             std::ranges::replace(name, ' ', '_');
                             return name;
                         });

/// Executes blocks over the road; `before_block` may break the device. Each must equal its serial
/// execution.
template <typename BeforeBlock>
void run_blocks(Subject subject, uint64_t blocks, BeforeBlock before_block) {
    auto road = BlockRoad::open({.lanes = kLanes, .threads = 2}, std::move(subject.detector));
    ASSERT_TRUE(road) << road.error().message;
    for (uint64_t salt = 0; salt < blocks; ++salt) {
        before_block(*subject.device, (*road)->health());
        test::ConflictWorld world(salt);
        const auto transactions = world.block(60);
        execute::BlockInput input;
        input.header = &world.header();
        input.rules.revision = Revision::Cancun;
        input.rules.blobs = {3, 6, 3'338'477};
        input.transactions = transactions;
        const auto result = (*road)->execute(input, world.state());
        ASSERT_TRUE(result) << result.error().message;
        const auto serial = execute::execute_block_serial(input, world.state());
        ASSERT_TRUE(serial);
        ASSERT_EQ(execute::first_difference(*serial, *result), std::nullopt) << "block " << salt;
    }
    EXPECT_EQ((*road)->detector().counters().batches, blocks);
    if (asked_faults() != 0)
        std::printf("road: %llu blocks equal to serial; %s\n",
                    static_cast<unsigned long long>(blocks), describe((*road)->health()).c_str());
}

TEST(CardFaultsOnTheRoad, LeaveEveryBlockEqualToSerialExecution) {
    // Every other batch of a card in use meets a fault, of all kinds in turn.
    auto random = test::test_generator(720);
    size_t turn = 0;
    uint64_t faults = 0;
    run_blocks(make_subject(true, 2), 10 * faults_of_each_kind(),
               [&](EmulatedDevice& device, const DetectorHealth& health) {
                   if (health.card != CardState::InUse || random() % 2 == 0) return;
                   const DeviceFault fault = kDeviceFaults[turn++ % kDeviceFaults.size()];
                   device.inject(fault, 0,
                                 fault == DeviceFault::SlowAnswer ? delay_us(random()) : random());
                   ++faults;
               });
    EXPECT_GT(faults, 0u);
    if (asked_faults() != 0)
        std::printf("road: %llu faults\n", static_cast<unsigned long long>(faults));
}

TEST(CardFaultsOnTheRoad, LeaveBlocksRightEvenIfNoWrongPlanIsFound) {
    uint64_t faults = 0;
    run_blocks(make_subject(false, 0), 5 * faults_of_each_kind(),
               [&](EmulatedDevice& device, const DetectorHealth&) {
                   device.inject(DeviceFault::WrongPlan, 0, ++faults);
               });
}

}  // namespace
}  // namespace switchyard::offload
