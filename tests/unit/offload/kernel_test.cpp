// SPDX-License-Identifier: Apache-2.0
// Corners of the kernel that its testbench does not reach, because they need its state.
#include <gtest/gtest.h>

#include <bit>
#include <memory>
#include <vector>

#include "hls/conflict_detector/conflict_detector.hpp"
#include "hls/conflict_detector/golden_model.hpp"
#include "hls/conflict_detector/steps.hpp"
#include "host/offload/block_packer.hpp"
#include "host/offload/result_reader.hpp"
#include "tests/support/access_batches.hpp"
#include "tests/support/test_data.hpp"

namespace switchyard {
namespace {

using hls::Word;

constexpr uint64_t kSeed = 77;

abi::BatchHeader header_for(const offload::BlockPart& part, uint32_t lanes) {
    abi::BatchHeader header{};
    header.magic = abi::kBatchMagic;
    header.version = abi::kVersion;
    header.flags = abi::kBatchFirst;
    header.hash_seed = kSeed;
    header.transaction_count = part.transaction_count;
    header.descriptor_count = part.descriptor_count;
    header.lane_count = static_cast<uint16_t>(lanes);
    header.record_words = abi::record_words(lanes);
    return header;
}

/// Runs `batch` as one part and compares with the golden model.
void expect_golden(hls::DetectorState& state, const AccessBatch& batch, uint32_t lanes) {
    offload::PackedBlock block;
    block.pack(batch, 1 << 20, 1 << 20);
    const offload::BlockPart part = block.parts()[0];
    const abi::BatchHeader header = header_for(part, lanes);
    std::vector<Word> input{std::bit_cast<Word>(header)};
    const auto descriptors = block.descriptors(part);
    input.insert(input.end(), descriptors.begin(), descriptors.end());
    std::vector<Word> output(1 + size_t{part.transaction_count} * header.record_words);
    hls::detect_conflicts(state, input.data(), output.data(), static_cast<uint32_t>(input.size()),
                          static_cast<uint32_t>(output.size()));
    LanePlan plan;
    plan.reset(lanes);
    const auto read = offload::read_part(output, header, 0, plan);
    ASSERT_TRUE(read) << read.error().message;

    hls::GoldenModel model(lanes, kSeed);
    for (uint32_t i = 0; i < batch.transaction_count(); ++i) {
        std::vector<hls::ModelAccess> accesses;
        for (const KeyAccess& access : batch.keys(i))
            accesses.push_back({access.key, static_cast<abi::AccessCode>(access.kind)});
        const auto expected = model.place(accesses, batch.gas(i));
        ASSERT_EQ(plan.assignment(i).lane, expected.lane) << i;
        ASSERT_EQ(plan.assignment(i).place, expected.place) << i;
        for (uint32_t l = 0; l < lanes; ++l)
            ASSERT_EQ(plan.waits(i)[l], expected.waits[l]) << i;
    }
}

TEST(Kernel, ForgetsEverythingWhenTheGenerationNumberComesRound) {
    auto random = test::test_generator(201);
    const auto state = std::make_unique<hls::DetectorState>();
    const AccessBatch batch =
        test::random_batch({.transactions = 100, .distinct_keys = 50}, random);
    // Fills the table as generation 1, which is the one that comes again after the wrap.
    expect_golden(*state, batch, 8);
    ASSERT_EQ(state->block.generation, 1u);
    state->block.generation = UINT32_MAX - 1;
    for (int i = 0; i < 4; ++i)
        expect_golden(*state, batch, 8);
    EXPECT_EQ(state->block.generation, 3u);
}

TEST(Kernel, TrustsNoMemoryContentAfterAReset) {
    auto random = test::test_generator(203);
    const auto state = std::make_unique<hls::DetectorState>();
    const AccessBatch batch =
        test::random_batch({.transactions = 100, .distinct_keys = 50}, random);
    for (int i = 0; i < 3; ++i)
        expect_golden(*state, batch, 8);
    state->block = {};  // registers are reset, memories are not
    for (int i = 0; i < 3; ++i)
        expect_golden(*state, batch, 8);
}

TEST(Kernel, StaysInItsBuffersWhateverTheInputHolds) {
    auto random = test::test_generator(202);
    const auto state = std::make_unique<hls::DetectorState>();
    for (int i = 0; i < 3000; ++i) {
        // Exact heap blocks, so that a sanitizer sees the first word beyond them.
        const auto input_words = static_cast<uint32_t>(random() % 12);
        const auto output_words = static_cast<uint32_t>(random() % 12);
        const auto input = std::make_unique<Word[]>(input_words);
        const auto output = std::make_unique<Word[]>(output_words);
        for (uint32_t w = 0; w < input_words; ++w)
            for (uint64_t& part : input[w].part)
                part = random();
        if (input_words > 0 && i % 4 != 0) {  // a plausible header before the noise
            auto header = header_for(
                {0, static_cast<uint32_t>(random() % 12), 0, static_cast<uint32_t>(random() % 12)},
                static_cast<uint32_t>(1 + random() % 64));
            input[0] = std::bit_cast<Word>(header);
        }
        for (uint32_t w = 1; w < input_words && i % 2 != 0; ++w) {  // plausible descriptors
            auto descriptor = std::bit_cast<abi::Descriptor>(input[w]);
            descriptor.access_count &= 7;
            descriptor.flags &= 3;
            input[w] = std::bit_cast<Word>(descriptor);
        }
        hls::detect_conflicts(*state, input.get(), output.get(), input_words, output_words);
        if (input_words == 0 || output_words == 0) continue;
        const auto result = std::bit_cast<abi::ResultHeader>(output[0]);
        EXPECT_EQ(result.magic, abi::kResultMagic);
        EXPECT_GE(result.status, abi::kStatusDone);
        EXPECT_LE(result.status, abi::kStatusNoRoom);
    }
}

TEST(Kernel, RefusesTheTransactionBeyondTheLargestBlock) {
    const auto state = std::make_unique<hls::DetectorState>();
    abi::Descriptor descriptor{};
    descriptor.cost = 1;
    descriptor.flags = abi::kDescriptorFirst | abi::kDescriptorLast;
    constexpr uint32_t kPart = 8192;
    std::vector<Word> input(1 + kPart, std::bit_cast<Word>(descriptor));
    std::vector<Word> output(1 + kPart);
    auto header = header_for({0, kPart, 0, kPart}, 1);
    for (uint32_t part = 0; part <= abi::kBlockTransactions / kPart; ++part) {
        header.part = part;
        header.flags = part == 0 ? abi::kBatchFirst : uint16_t{0};
        input[0] = std::bit_cast<Word>(header);
        hls::detect_conflicts(*state, input.data(), output.data(), 1 + kPart, 1 + kPart);
        const auto result = std::bit_cast<abi::ResultHeader>(output[0]);
        EXPECT_EQ(result.status, part < abi::kBlockTransactions / kPart
                                     ? abi::kStatusDone
                                     : abi::kStatusTooManyTransactions);
    }
}

TEST(Kernel, TakesNoPartThatDoesNotFollow) {
    const auto state = std::make_unique<hls::DetectorState>();
    abi::Descriptor descriptor{};
    descriptor.cost = 1;
    descriptor.flags = abi::kDescriptorFirst | abi::kDescriptorLast;
    const auto status_of = [&](const abi::BatchHeader& header) {
        const Word input[2] = {std::bit_cast<Word>(header), std::bit_cast<Word>(descriptor)};
        Word output[2];
        hls::detect_conflicts(*state, input, output, 2, 2);
        return std::bit_cast<abi::ResultHeader>(output[0]).status;
    };
    const auto first = header_for({0, 1, 0, 1}, 4);
    auto next = first;
    next.flags = 0;
    next.part = 1;
    EXPECT_EQ(status_of(next), abi::kStatusOutOfOrder);  // nothing was begun
    EXPECT_EQ(status_of(first), abi::kStatusDone);
    EXPECT_EQ(status_of(next), abi::kStatusDone);
    EXPECT_EQ(status_of(next), abi::kStatusOutOfOrder);  // twice

    for (int field = 0; field < 3; ++field) {
        EXPECT_EQ(status_of(first), abi::kStatusDone);
        auto other = next;
        if (field == 0) other.batch_id += 1;
        if (field == 1) other.hash_seed += 1;
        if (field == 2) other.lane_count += 1;
        EXPECT_EQ(status_of(other), abi::kStatusOutOfOrder);
        EXPECT_EQ(status_of(next), abi::kStatusOutOfOrder);  // the block is lost after a refusal
    }
}

TEST(ChooseLane, PrefersTheEarliestStartThenTheShortestIdleThenTheLowestLane) {
    hls::Cost lane_free[abi::kLanes];
    for (hls::Cost& free : lane_free)
        free = hls::kNever;
    lane_free[0] = 10;
    lane_free[1] = 30;
    lane_free[2] = 30;
    lane_free[3] = 50;
    EXPECT_EQ(hls::choose_lane(lane_free, 5).lane, 0);   // nobody is free: the first to be
    EXPECT_EQ(hls::choose_lane(lane_free, 20).lane, 0);  // the only one that is free
    EXPECT_EQ(hls::choose_lane(lane_free, 40).lane, 1);  // three are free, 1 and 2 since later
    EXPECT_EQ(hls::choose_lane(lane_free, 60).lane, 3);
}

}  // namespace
}  // namespace switchyard
