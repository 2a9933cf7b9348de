// SPDX-License-Identifier: Apache-2.0
// Corners of the kernel that its testbench does not reach, because they need its state.
#include <gtest/gtest.h>

#include <bit>
#include <memory>
#include <vector>

#include "hls/conflict_detector/conflict_detector.hpp"
#include "tests/support/access_batches.hpp"
#include "tests/support/kernel_run.hpp"
#include "tests/support/test_data.hpp"

namespace switchyard {
namespace {

using hls::Word;

constexpr uint64_t kSeed = 77;

abi::BatchHeader header_for(const offload::BlockPart& part, uint32_t lanes) {
    return test::kernel_header(part, 0, lanes, kSeed);
}

TEST(Kernel, ForgetsEverythingWhenTheGenerationNumberComesRound) {
    auto random = test::test_generator(201);
    const auto state = std::make_unique<hls::DetectorState>();
    const AccessBatch batch =
        test::random_batch({.transactions = 100, .distinct_keys = 50}, random);
    // Fills the table as generation 1, which is the one that comes again after the wrap.
    uint32_t& generation = state->registers.lookup.generation;
    test::expect_golden(*state, batch, 8, kSeed);
    ASSERT_EQ(generation, 1u);
    generation = hls::kLastGeneration;
    for (int i = 0; i < 4; ++i)
        test::expect_golden(*state, batch, 8, kSeed);
    EXPECT_EQ(generation, 3u);
}

TEST(Kernel, HasAGenerationForEachBarrierOfTheLargestBlock) {
    const auto state = std::make_unique<hls::DetectorState>();
    uint32_t& generation = state->registers.lookup.generation;
    generation = hls::kLastGeneration;
    abi::Descriptor descriptor{};
    descriptor.cost = 1;
    descriptor.flags = abi::kDescriptorFirst | abi::kDescriptorLast | abi::kDescriptorBarrier;
    std::vector<Word> input(1 + abi::kBlockTransactions, std::bit_cast<Word>(descriptor));
    std::vector<Word> output(1 + abi::kBlockTransactions);
    input[0] = std::bit_cast<Word>(
        header_for({0, abi::kBlockTransactions, 0, abi::kBlockTransactions}, 2));
    const auto words = static_cast<uint32_t>(input.size());
    hls::detect_conflicts(*state, input.data(), output.data(), words, words);
    EXPECT_EQ(std::bit_cast<abi::ResultHeader>(output[0]).status, abi::kStatusDone);
    EXPECT_EQ(std::bit_cast<abi::ResultHeader>(output[0]).makespan, abi::kBlockTransactions);
    EXPECT_EQ(generation, UINT32_MAX);
    auto random = test::test_generator(204);
    test::expect_golden(*state, test::random_batch({.transactions = 50}, random), 8, kSeed);
    EXPECT_EQ(generation, 1u);
}

TEST(Kernel, TrustsNoMemoryContentAfterAReset) {
    auto random = test::test_generator(203);
    const auto state = std::make_unique<hls::DetectorState>();
    const AccessBatch batch =
        test::random_batch({.transactions = 100, .distinct_keys = 50}, random);
    for (int i = 0; i < 3; ++i)
        test::expect_golden(*state, batch, 8, kSeed);
    state->registers = {};  // registers are reset, memories are not
    for (int i = 0; i < 3; ++i)
        test::expect_golden(*state, batch, 8, kSeed);
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

}  // namespace
}  // namespace switchyard
