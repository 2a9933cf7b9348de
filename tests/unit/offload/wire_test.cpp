// SPDX-License-Identifier: Apache-2.0
// The kernel reads words by shifts and the host writes structs; both must mean the same bytes.
#include "hls/conflict_detector/wire.hpp"

#include <gtest/gtest.h>

#include <array>
#include <bit>

#include "tests/support/test_data.hpp"

namespace switchyard {
namespace {

using hls::Word;
using WordBytes = std::array<uint8_t, 64>;

Word random_word(std::mt19937_64& generator) {
    Word word;
    for (uint64_t& part : word.part)
        part = generator();
    return word;
}

TEST(Wire, DecodesTheBatchHeaderAsTheStructLiesInMemory) {
    auto generator = test::test_generator(11);
    const Word word = random_word(generator);
    const auto expected = std::bit_cast<abi::BatchHeader>(word);
    const abi::BatchHeader header = hls::to_batch_header(word);
    EXPECT_EQ(header.magic, expected.magic);
    EXPECT_EQ(header.version, expected.version);
    EXPECT_EQ(header.flags, expected.flags);
    EXPECT_EQ(header.batch_id, expected.batch_id);
    EXPECT_EQ(header.sequence, expected.sequence);
    EXPECT_EQ(header.part, expected.part);
    EXPECT_EQ(header.hash_seed, expected.hash_seed);
    EXPECT_EQ(header.transaction_count, expected.transaction_count);
    EXPECT_EQ(header.descriptor_count, expected.descriptor_count);
    EXPECT_EQ(header.lane_count, expected.lane_count);
    EXPECT_EQ(header.record_words, expected.record_words);
}

TEST(Wire, DecodesADescriptorAsTheStructLiesInMemory) {
    auto generator = test::test_generator(12);
    const Word word = random_word(generator);
    const auto expected = std::bit_cast<abi::Descriptor>(word);
    const abi::Descriptor descriptor = hls::to_descriptor(word);
    EXPECT_EQ(std::bit_cast<WordBytes>(descriptor), std::bit_cast<WordBytes>(expected));
}

TEST(Wire, EncodesTheResultHeaderAsTheStructLiesInMemory) {
    auto generator = test::test_generator(13);
    auto expected = std::bit_cast<abi::ResultHeader>(random_word(generator));
    expected.reserved = 0;
    const Word word = hls::to_word(expected);
    EXPECT_EQ(std::bit_cast<WordBytes>(word), std::bit_cast<WordBytes>(expected));
}

TEST(Wire, EncodesARecordsWaitsInLaneOrder) {
    auto generator = test::test_generator(14);
    hls::LaneVector waits;
    for (uint16_t& lane : waits.lane)
        lane = static_cast<uint16_t>(generator());
    const auto record = std::bit_cast<abi::PlanRecord>(hls::to_record_word(9, 8, 7, 6, waits));
    EXPECT_EQ(record.transaction, 9u);
    EXPECT_EQ(record.sequence, 8u);
    EXPECT_EQ(record.lane, 7u);
    EXPECT_EQ(record.place, 6u);
    EXPECT_EQ(record.reserved, 0u);
    const auto tail0 = std::bit_cast<abi::PlanRecordTail>(hls::to_tail_word(waits, 0));
    const auto tail1 = std::bit_cast<abi::PlanRecordTail>(hls::to_tail_word(waits, 1));
    for (uint32_t l = 0; l < 24; ++l)
        EXPECT_EQ(record.waits[l], waits.lane[l]);
    for (uint32_t l = 24; l < 56; ++l)
        EXPECT_EQ(tail0.waits[l - 24], waits.lane[l]);
    for (uint32_t l = 56; l < 64; ++l)
        EXPECT_EQ(tail1.waits[l - 56], waits.lane[l]);
    for (uint32_t l = 64; l < 88; ++l)
        EXPECT_EQ(tail1.waits[l - 56], 0u);
}

TEST(Wire, SaysHowManyWordsARecordTakes) {
    EXPECT_EQ(abi::record_words(1), 1);
    EXPECT_EQ(abi::record_words(24), 1);
    EXPECT_EQ(abi::record_words(25), 2);
    EXPECT_EQ(abi::record_words(56), 2);
    EXPECT_EQ(abi::record_words(57), 3);
    EXPECT_EQ(abi::record_words(64), 3);
}

}  // namespace
}  // namespace switchyard
