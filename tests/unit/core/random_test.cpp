// SPDX-License-Identifier: Apache-2.0
#include "host/core/random.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <vector>

namespace switchyard {
namespace {

TEST(Random, FillsEveryByteAndNeverTheSame) {
    EXPECT_TRUE(fill_random({}));
    std::vector<uint8_t> first(4'096);
    std::vector<uint8_t> second(4'096);
    ASSERT_TRUE(fill_random(first));
    ASSERT_TRUE(fill_random(second));
    EXPECT_NE(first, second);
    // Half of 32,768 bits, within eleven standard deviations.
    size_t ones = 0;
    for (const uint8_t byte : first)
        ones += static_cast<size_t>(std::popcount(byte));
    EXPECT_GT(ones, 16'384U - 1'000U);
    EXPECT_LT(ones, 16'384U + 1'000U);
    // The end is filled, too: 64 zero bytes there would be no chance.
    EXPECT_TRUE(std::any_of(first.end() - 64, first.end(), [](uint8_t byte) { return byte != 0; }));
}

}  // namespace
}  // namespace switchyard
