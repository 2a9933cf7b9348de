// SPDX-License-Identifier: Apache-2.0
#include "host/offload/software/key_index.hpp"

#include <gtest/gtest.h>

#include <map>

#include "tests/support/test_data.hpp"

namespace switchyard::offload {
namespace {

std::vector<KeyAccess> reads_of(const std::vector<uint64_t>& keys) {
    std::vector<KeyAccess> out;
    for (const uint64_t key : keys)
        out.push_back({key, AccessKind::Read});
    return out;
}

std::vector<uint32_t> numbers_of(KeyIndex& index, const std::vector<uint64_t>& keys) {
    std::vector<uint32_t> numbers(keys.size());
    index.resolve(reads_of(keys), numbers);
    return numbers;
}

TEST(KeyIndex, NumbersKeysInTheOrderOfTheirFirstAccess) {
    KeyIndex index(1);
    index.begin(5);
    EXPECT_EQ(numbers_of(index, {7, 0, 7, ~0ULL, 0}), (std::vector<uint32_t>{0, 1, 0, 2, 1}));
    EXPECT_EQ(numbers_of(index, {~0ULL, 8}), (std::vector<uint32_t>{2, 3}));
    EXPECT_EQ(index.count(), 4u);
}

TEST(KeyIndex, AgreesWithAMapOnKeysOfAnyPattern) {
    auto random = test::test_generator(710);
    for (const uint64_t stride :
         {uint64_t{1}, uint64_t{64}, uint64_t{1} << 32, uint64_t{1} << 58}) {
        KeyIndex index(random());
        index.begin(20'000);
        std::map<uint64_t, uint32_t> expected;
        std::vector<uint64_t> keys;
        for (int i = 0; i < 20'000; ++i)
            keys.push_back(random() % 15'000 * stride);
        const auto numbers = numbers_of(index, keys);
        for (size_t i = 0; i < keys.size(); ++i) {
            const auto next = static_cast<uint32_t>(expected.size());
            ASSERT_EQ(numbers[i], expected.emplace(keys[i], next).first->second);
        }
    }
}

TEST(KeyIndex, TakesAsManyKeysAsWereAnnounced) {
    for (const uint32_t count : {0u, 1u, 31u, 32u, 33u, 64u, 1'000u}) {
        KeyIndex index(3);
        index.begin(count);
        std::vector<uint64_t> keys;
        for (uint32_t i = 0; i < count; ++i)
            keys.push_back(i);
        const auto numbers = numbers_of(index, keys);
        for (uint32_t i = 0; i < count; ++i)
            ASSERT_EQ(numbers[i], i);
    }
}

TEST(KeyIndex, ForgetsKeysAndGoesOnNumbering) {
    KeyIndex index(1);
    index.begin(6);
    EXPECT_EQ(numbers_of(index, {5, 6}), (std::vector<uint32_t>{0, 1}));
    index.forget();
    EXPECT_EQ(numbers_of(index, {6, 5}), (std::vector<uint32_t>{2, 3}));
    index.begin(6);
    EXPECT_EQ(numbers_of(index, {5, 9}), (std::vector<uint32_t>{0, 1}));
}

TEST(KeyIndex, ForgetsWhenTheGenerationComesRound) {
    KeyIndex index(1, UINT32_MAX - 2);
    for (uint32_t round = 0; round < 6; ++round) {
        index.begin(8);
        // Of each round one key more than the round before knew.
        std::vector<uint64_t> keys;
        for (uint32_t k = 0; k <= round; ++k)
            keys.push_back(round - k);
        const auto numbers = numbers_of(index, keys);
        for (uint32_t k = 0; k <= round; ++k)
            ASSERT_EQ(numbers[k], k) << round;
    }
}

TEST(KeyIndex, FindsNothingOfALargerBlockInASmallerOne) {
    KeyIndex index(9);
    for (int round = 0; round < 3; ++round) {
        index.begin(5'000);
        std::vector<uint64_t> keys;
        for (uint64_t i = 0; i < 5'000; ++i)
            keys.push_back(i);
        (void)numbers_of(index, keys);
        index.begin(3);
        EXPECT_EQ(numbers_of(index, {4'000, 2, 3}), (std::vector<uint32_t>{0, 1, 2}));
    }
}

}  // namespace
}  // namespace switchyard::offload
