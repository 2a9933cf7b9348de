// SPDX-License-Identifier: Apache-2.0
// The emulated device by itself, and its faults as they arrive through XRT.
#include "host/offload/xrt/emulated_device.hpp"

#include <gtest/gtest.h>

#include <array>
#include <bit>
#include <string>

#include "host/offload/card_detector.hpp"
#include "host/offload/reference/reference_detector.hpp"
#include "host/offload/xrt/xrt_backends.hpp"
#include "tests/support/access_batches.hpp"
#include "tests/support/test_data.hpp"

namespace switchyard::offload {
namespace {

using std::chrono::milliseconds;

constexpr uint64_t kSeed = 99;
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
    if (sync_input) device.write(input, {&header, 1});
    const uint64_t run = device.start(registers_for(input, output, 1, 1));
    EXPECT_EQ(device.wait(run, in(milliseconds(60'000))), RunState::Completed);
    hls::Word result;
    device.read(output, {&result, 1});
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

#ifdef SWITCHYARD_HAVE_XRT

struct Bench {
    Bench() {
        auto card =
            open_emulated_card(device, {.slots = 2, .input_words = 600, .output_words = 600});
        SWITCHYARD_ASSERT(card.has_value());
        detector = make_card_detector("emulation", DetectorKind::Emulated, *std::move(card), kSeed);
    }
    std::shared_ptr<EmulatedDevice> device = std::make_shared<EmulatedDevice>();
    std::unique_ptr<ConflictDetector> detector;
};

AccessBatch some_batch() {
    auto random = test::test_generator(500);
    return test::random_batch({.transactions = 100, .distinct_keys = 60}, random);
}

struct FaultCase {
    std::string name;
    DeviceFault fault;
    ErrorCode expected;
};

class EmulatedFault : public testing::TestWithParam<FaultCase> {};

TEST_P(EmulatedFault, BecomesAnErrorAndTakesTheDeviceOut) {
    Bench bench;
    const AccessBatch batch = some_batch();
    LanePlan plan;
    ASSERT_TRUE(bench.detector->plan(batch, 8, plan));
    bench.device->inject(GetParam().fault, 0, 12345);
    const auto patience =
        GetParam().fault == DeviceFault::Hang ? milliseconds(30) : milliseconds(60'000);
    const auto planned = bench.detector->plan(batch, 8, plan, patience);
    ASSERT_FALSE(planned);
    EXPECT_EQ(planned.error().code, GetParam().expected) << planned.error().message;
    const auto later = bench.detector->submit(batch, 8);
    ASSERT_FALSE(later);
    EXPECT_EQ(later.error().code, ErrorCode::Unavailable);
}

INSTANTIATE_TEST_SUITE_P(
    EveryFault, EmulatedFault,
    testing::Values(FaultCase{"Hang", DeviceFault::Hang, ErrorCode::Timeout},
                    FaultCase{"ErrorState", DeviceFault::ErrorState, ErrorCode::Unavailable},
                    FaultCase{"NoWrite", DeviceFault::NoWrite, ErrorCode::Corrupt},
                    FaultCase{"WrongSequence", DeviceFault::WrongSequence, ErrorCode::Corrupt},
                    FaultCase{"CorruptRecord", DeviceFault::CorruptRecord, ErrorCode::Corrupt},
                    FaultCase{"RandomOutput", DeviceFault::RandomOutput, ErrorCode::Corrupt}),
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
