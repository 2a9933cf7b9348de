// SPDX-License-Identifier: Apache-2.0
// The emulated device by itself, and its faults as they arrive through XRT.
#include "host/offload/xrt/emulated_device.hpp"

#include <gtest/gtest.h>

#include <array>
#include <bit>
#include <string>
#include <thread>

#include "host/offload/card_detector.hpp"
#include "host/offload/reference/reference_detector.hpp"
#include "host/offload/xrt/xrt_backends.hpp"
#include "tests/support/access_batches.hpp"
#include "tests/support/test_data.hpp"

namespace switchyard::offload {
namespace {

using std::chrono::milliseconds;

using Registers = std::array<uint32_t, abi::kRegisterFileBytes / 4>;

std::chrono::steady_clock::time_point in(milliseconds time) {
    return std::chrono::steady_clock::now() + time;
}

Registers registers_for(uint64_t input, uint64_t output, uint32_t input_words,
                        uint32_t output_words) {
    Registers registers{};
    registers[abi::kRegisterInput / 4] = static_cast<uint32_t>(input);
    registers[abi::kRegisterInput / 4 + 1] = static_cast<uint32_t>(input >> 32);
    registers[abi::kRegisterOutput / 4] = static_cast<uint32_t>(output);
    registers[abi::kRegisterOutput / 4 + 1] = static_cast<uint32_t>(output >> 32);
    registers[abi::kRegisterInputWords / 4] = input_words;
    registers[abi::kRegisterOutputWords / 4] = output_words;
    return registers;
}

abi::BatchHeader empty_block() {
    abi::BatchHeader header{};
    header.magic = abi::kBatchMagic;
    header.version = abi::kVersion;
    header.flags = abi::kBatchFirst;
    header.lane_count = 1;
    header.record_words = 1;
    return header;
}

/// Runs an empty block whose header was or was not synchronised to the card.
abi::ResultHeader run_empty_block(bool sync_input) {
    EmulatedDevice device;
    const uint64_t input = device.allocate(1);
    const uint64_t output = device.allocate(1);
    const hls::Word header = std::bit_cast<hls::Word>(empty_block());
    if (sync_input) {
        EXPECT_TRUE(device.write(input, {&header, 1}));
    }
    const uint64_t run = device.start(registers_for(input, output, 1, 1));
    EXPECT_EQ(device.wait(run, in(milliseconds(60'000))), RunState::Completed);
    hls::Word result;
    EXPECT_TRUE(device.read(output, {&result, 1}));
    return std::bit_cast<abi::ResultHeader>(result);
}

TEST(EmulatedDevice, ShowsAForgottenSync) {
    EXPECT_EQ(run_empty_block(true).status, abi::kStatusDone);
    EXPECT_EQ(run_empty_block(false).status, abi::kStatusBadHeader);
}

TEST(EmulatedDevice, EndsInAnErrorStateOnAnAddressThatWasNotAllocated) {
    EmulatedDevice device;
    const uint64_t input = device.allocate(4);
    const uint64_t output = device.allocate(4);
    const auto state_of = [&](const Registers& registers) {
        return device.wait(device.start(registers), in(milliseconds(60'000)));
    };
    EXPECT_EQ(state_of(registers_for(input, output, 5, 4)), RunState::Error);
    EXPECT_EQ(state_of(registers_for(input, output, 4, 5)), RunState::Error);
    EXPECT_EQ(state_of(registers_for(input + 64, output, 1, 1)), RunState::Error);
    EXPECT_EQ(state_of(registers_for(0, output, 1, 1)), RunState::Error);
    EXPECT_EQ(device.wait(device.start({}), in(milliseconds(60'000))), RunState::Error);
    EXPECT_EQ(state_of(registers_for(input, output, 4, 4)), RunState::Completed);
    device.release(output);
    EXPECT_EQ(state_of(registers_for(input, output, 4, 4)), RunState::Error);
}

TEST(EmulatedDevice, SaysWhetherItWorksAndHowManyRunsHaveEnded) {
    EmulatedDevice device;
    const auto memory = [&device](uint32_t words) {
        return registers_for(device.allocate(words), device.allocate(words), words, words);
    };
    for (uint32_t runs = 1; runs <= 3; ++runs) {
        EXPECT_EQ(device.wait(device.start(memory(1)), in(milliseconds(60'000))),
                  RunState::Completed);
        EXPECT_FALSE(device.activity().busy);
        EXPECT_EQ(device.activity().runs_ended, runs);
    }
    device.inject(DeviceFault::Hang);
    const uint64_t hung = device.start(memory(1));
    while (!device.activity().busy)
        std::this_thread::yield();
    EXPECT_EQ(device.activity().runs_ended, 3u);
    device.reset();
    EXPECT_EQ(device.wait(hung, in(milliseconds(60'000))), RunState::Error);
    EXPECT_FALSE(device.activity().busy);
    EXPECT_EQ(device.activity().runs_ended, 3u);
    EXPECT_EQ(device.wait(device.start(memory(1)), in(milliseconds(60'000))), RunState::Completed);
    EXPECT_EQ(device.activity().runs_ended, 4u);
}

TEST(EmulatedDevice, BlocksEverythingBehindARunThatHangs) {
    EmulatedDevice device;
    const uint64_t input = device.allocate(1);
    const uint64_t output = device.allocate(1);
    device.inject(DeviceFault::Hang, 1);
    const auto registers = registers_for(input, output, 1, 1);
    const uint64_t good = device.start(registers);
    const uint64_t hung = device.start(registers);
    const uint64_t behind = device.start(registers);
    EXPECT_EQ(device.wait(good, in(milliseconds(60'000))), RunState::Completed);
    EXPECT_EQ(device.wait(hung, in(milliseconds(5))), RunState::TimedOut);
    EXPECT_EQ(device.wait(behind, in(milliseconds(5))), RunState::TimedOut);
}

TEST(EmulatedDevice, EndsWhatHangsWhenItIsReset) {
    EmulatedDevice device;
    const uint64_t input = device.allocate(1);
    const uint64_t output = device.allocate(1);
    device.inject(DeviceFault::Hang);
    const auto registers = registers_for(input, output, 1, 1);
    const uint64_t hung = device.start(registers);
    const uint64_t behind = device.start(registers);
    EXPECT_FALSE(device.ended(hung));
    device.reset();
    EXPECT_TRUE(device.ended(hung));
    EXPECT_EQ(device.wait(hung, in(milliseconds(60'000))), RunState::Error);
    EXPECT_EQ(device.wait(behind, in(milliseconds(60'000))), RunState::Error);
    hls::Word word{};
    EXPECT_FALSE(device.read(output, {&word, 1}));
    EXPECT_FALSE(device.write(input, {&word, 1}));
    // Addresses are not given twice, so that what an old buffer's owner does hits no new one.
    const uint64_t fresh_input = device.allocate(1);
    const uint64_t fresh_output = device.allocate(1);
    EXPECT_NE(fresh_input, input);
    device.release(input);
    EXPECT_EQ(device.wait(device.start(registers_for(fresh_input, fresh_output, 1, 1)),
                          in(milliseconds(60'000))),
              RunState::Completed);
}

TEST(EmulatedDevice, RefusesARunBeyondItsQueueAndTakesMoreWhenOneIsCancelled) {
    EmulatedDevice device;
    const uint64_t input = device.allocate(1);
    const uint64_t output = device.allocate(1);
    const auto registers = registers_for(input, output, 1, 1);
    device.inject(DeviceFault::Hang);
    std::vector<uint64_t> runs;
    for (uint32_t i = 0; i < EmulatedDevice::kRunsMax; ++i)
        runs.push_back(device.start(registers));
    EXPECT_EQ(device.wait(device.start(registers), in(milliseconds(60'000))), RunState::Error);
    device.cancel(runs.back());
    const uint64_t later = device.start(registers);
    EXPECT_EQ(device.wait(later, in(milliseconds(5))), RunState::TimedOut);
}

#ifdef SWITCHYARD_HAVE_XRT

constexpr uint64_t kSeed = 99;

/// Long enough for any machine, but for the tests that wait for a run that hangs.
constexpr TimeAllowance kPatient{.base = std::chrono::seconds(60)};

struct Bench {
    explicit Bench(const TimeAllowance& watchdog = kPatient) {
        auto card =
            open_emulated_card(device, {.slots = 2, .input_words = 600, .output_words = 600});
        SWITCHYARD_ASSERT(card.has_value());
        detector = make_card_detector("emulation", DetectorKind::Emulated, *std::move(card),
                                      {.hash_seed = kSeed, .watchdog = watchdog});
    }
    std::shared_ptr<EmulatedDevice> device = std::make_shared<EmulatedDevice>();
    std::unique_ptr<CardDetector> detector;
};

AccessBatch some_batch() {
    auto random = test::test_generator(500);
    return test::random_batch({.transactions = 100, .distinct_keys = 60}, random);
}

struct FaultCase {
    std::string name;
    DeviceFault fault;
    ErrorCode expected;
    CardFailure failure;
};

class EmulatedFault : public testing::TestWithParam<FaultCase> {};

TEST_P(EmulatedFault, BecomesAnErrorAndTakesTheDeviceOut) {
    const bool hangs = GetParam().fault == DeviceFault::Hang;
    Bench bench(hangs ? TimeAllowance{.base = milliseconds(200)} : kPatient);
    const AccessBatch batch = some_batch();
    LanePlan plan;
    // Both slots answer once, so that their buffers hold something of an earlier run.
    ASSERT_TRUE(bench.detector->plan(batch, 8, plan));
    ASSERT_TRUE(bench.detector->plan(batch, 8, plan));
    EXPECT_FALSE(bench.detector->taken_out());
    bench.device->inject(GetParam().fault, 0, 12345);
    const auto planned = bench.detector->plan(batch, 8, plan, milliseconds(60'000));
    ASSERT_FALSE(planned);
    EXPECT_EQ(planned.error().code, GetParam().expected) << planned.error().message;
    ASSERT_TRUE(bench.detector->taken_out());
    EXPECT_EQ(bench.detector->taken_out()->failure, GetParam().failure);
    const auto later = bench.detector->submit(batch, 8);
    ASSERT_FALSE(later);
    EXPECT_EQ(later.error().code, ErrorCode::Unavailable);
}

INSTANTIATE_TEST_SUITE_P(EveryFault, EmulatedFault,
                         testing::Values(FaultCase{"Hang", DeviceFault::Hang, ErrorCode::Timeout,
                                                   CardFailure::Hang},
                                         FaultCase{"ErrorState", DeviceFault::ErrorState,
                                                   ErrorCode::Unavailable, CardFailure::ErrorState},
                                         FaultCase{"NoWrite", DeviceFault::NoWrite,
                                                   ErrorCode::Corrupt, CardFailure::NoAnswer},
                                         FaultCase{"WrongSequence", DeviceFault::WrongSequence,
                                                   ErrorCode::Corrupt, CardFailure::WrongSequence},
                                         FaultCase{"CorruptRecord", DeviceFault::CorruptRecord,
                                                   ErrorCode::Corrupt, CardFailure::CorruptAnswer},
                                         FaultCase{"RandomOutput", DeviceFault::RandomOutput,
                                                   ErrorCode::Corrupt, CardFailure::CorruptAnswer}),
                         [](const auto& fault) { return fault.param.name; });

TEST(EmulatedFault, OfOneFlippedBitNeverChangesAPlan) {
    auto random = test::test_generator(501);
    const AccessBatch batch = some_batch();
    LanePlan expected;
    ASSERT_TRUE(make_reference_detector(kSeed)->plan(batch, 8, expected));
    int refused = 0;
    for (int i = 0; i < 300; ++i) {
        Bench bench;
        const bool record = i % 2 == 0;
        bench.device->inject(record ? DeviceFault::CorruptRecord : DeviceFault::CorruptHeader, 0,
                             random());
        LanePlan plan;
        const auto planned = bench.detector->plan(batch, 8, plan);
        refused += !planned;
        // A flip in a header field that is only informative may pass, and then changes nothing.
        if (planned)
            EXPECT_EQ(plan, expected);
        else
            EXPECT_EQ(planned.error().code, ErrorCode::Corrupt);
        EXPECT_TRUE(!record || !planned);
    }
    EXPECT_GT(refused, 200);
}

TEST(EmulatedFault, OfAPlanIsConsistentAndFoundOnlyByComparison) {
    auto random = test::test_generator(502);
    const auto reference = make_reference_detector(kSeed);
    Bench bench;
    for (int i = 0; i < 200; ++i) {
        const AccessBatch batch = test::random_batch(
            {.transactions = 60, .distinct_keys = i % 2 == 0 ? 40u : 1'000'000u}, random);
        const uint32_t lanes = i % 3 == 0 ? 64 : 8;
        bench.device->inject(DeviceFault::WrongPlan, 0, random());
        LanePlan plan;
        LanePlan expected;
        const auto planned = bench.detector->plan(batch, lanes, plan);
        ASSERT_TRUE(planned) << planned.error().message;
        ASSERT_TRUE(reference->plan(batch, lanes, expected));
        EXPECT_NE(plan, expected);
        EXPECT_TRUE(plan.validate_shape());
    }
}

TEST(EmulatedFault, OfASlowAnswerCostsTimeAndNothingElse) {
    Bench bench;
    const AccessBatch batch = some_batch();
    bench.device->inject(DeviceFault::SlowAnswer, 0, 2'000);
    LanePlan plan;
    LanePlan expected;
    ASSERT_TRUE(bench.detector->plan(batch, 8, plan));
    ASSERT_TRUE(make_reference_detector(kSeed)->plan(batch, 8, expected));
    EXPECT_EQ(plan, expected);
}

TEST(EmulatedCard, GivesACallerWhoCannotWaitTheCreditBackWhenItIsDone) {
    Bench bench;
    const AccessBatch batch = some_batch();
    // Slow enough that the caller gives up first on a slow machine, too.
    bench.device->inject(DeviceFault::SlowAnswer, 0, 300'000);
    LanePlan plan;
    const auto planned = bench.detector->plan(batch, 8, plan, milliseconds(0));
    ASSERT_FALSE(planned);
    EXPECT_EQ(planned.error().code, ErrorCode::Timeout);
    EXPECT_TRUE(bench.detector->overdue());
    EXPECT_FALSE(bench.detector->taken_out());
    ASSERT_TRUE(bench.detector->plan(batch, 8, plan));
    EXPECT_FALSE(bench.detector->overdue());
    EXPECT_EQ(bench.detector->counters().failures, 1u);
}

TEST(EmulatedCard, ServesAgainAfterAResetThatEndsAHang) {
    const auto device = std::make_shared<EmulatedDevice>();
    const AccessBatch batch = some_batch();
    for (int i = 0; i < 20; ++i) {
        auto card = open_emulated_card(device, {.slots = 2});
        ASSERT_TRUE(card) << card.error().message;
        const auto detector = make_card_detector("emulation", DetectorKind::Emulated,
                                                 *std::move(card), {.watchdog = kPatient});
        LanePlan plan;
        ASSERT_TRUE(detector->plan(batch, 8, plan));
        device->inject(DeviceFault::Hang);
        ASSERT_TRUE(detector->submit(batch, 8));
        device->reset();
        // The buffers went with the reset, and the device says so.
        const auto lost = detector->plan(batch, 8, plan);
        ASSERT_FALSE(lost);
        EXPECT_EQ(lost.error().code, ErrorCode::Unavailable);
    }
    EXPECT_EQ(device->resets(), 20u);
}

TEST(EmulatedCard, RefusesToOpenAsOftenAsItWasTold) {
    const auto device = std::make_shared<EmulatedDevice>();
    device->refuse_opens(2);
    EXPECT_FALSE(open_emulated_card(device));
    EXPECT_FALSE(open_emulated_card(device));
    EXPECT_TRUE(open_emulated_card(device));
}

TEST(EmulatedCard, MayBeClosedWithRunsInFlight) {
    for (int i = 0; i < 20; ++i) {
        Bench bench;
        const AccessBatch batch = some_batch();
        ASSERT_TRUE(bench.detector->submit(batch, 8));
        ASSERT_TRUE(bench.detector->submit(batch, 8));
        bench.detector.reset();
    }
}

#endif

}  // namespace
}  // namespace switchyard::offload
