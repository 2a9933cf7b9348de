// SPDX-License-Identifier: Apache-2.0
#include "host/node/http/rate_limit.hpp"

#include <gtest/gtest.h>

namespace switchyard::http {
namespace {

using std::chrono::milliseconds;

const RateLimit::Clock::time_point kBegin{std::chrono::hours(1)};

TEST(RateLimit, LetsABurstThroughAndThenItsRate) {
    RateLimit limit({.per_second = 10, .burst = 5});
    for (int i = 0; i < 5; ++i)
        EXPECT_TRUE(limit.take(7, kBegin)) << i;
    EXPECT_FALSE(limit.take(7, kBegin));
    EXPECT_TRUE(limit.take(8, kBegin)) << "another address";
    EXPECT_FALSE(limit.take(7, kBegin + milliseconds(99)));
    EXPECT_TRUE(limit.take(7, kBegin + milliseconds(101)));
    EXPECT_FALSE(limit.take(7, kBegin + milliseconds(101)));
    // An hour later it has no more than a burst.
    const auto later = kBegin + std::chrono::hours(1);
    for (int i = 0; i < 5; ++i)
        EXPECT_TRUE(limit.take(7, later)) << i;
    EXPECT_FALSE(limit.take(7, later));
}

TEST(RateLimit, WithoutARateEverythingPasses) {
    RateLimit limit({});
    for (int i = 0; i < 100'000; ++i)
        ASSERT_TRUE(limit.take(1, kBegin));
}

TEST(RateLimit, AnotherRateHoldsFromThereOn) {
    RateLimit limit({});
    EXPECT_TRUE(limit.take(7, kBegin));
    limit.configure({.per_second = 10, .burst = 4});
    for (int i = 0; i < 4; ++i)
        EXPECT_TRUE(limit.take(7, kBegin)) << i;
    EXPECT_FALSE(limit.take(7, kBegin));
    limit.configure({.per_second = 1'000, .burst = 2});
    EXPECT_FALSE(limit.take(7, kBegin)) << "it has none left";
    EXPECT_TRUE(limit.take(7, kBegin + milliseconds(10)));
    EXPECT_TRUE(limit.take(7, kBegin + milliseconds(10)));
    EXPECT_FALSE(limit.take(7, kBegin + milliseconds(10)));
    limit.configure({});
    for (int i = 0; i < 100; ++i)
        EXPECT_TRUE(limit.take(7, kBegin + milliseconds(10)));
}

TEST(RateLimit, ManyAddressesTakeNoMoreRoom) {
    RateLimit limit({.per_second = 1, .burst = 1});
    constexpr uint64_t kSources = 10 * RateLimit::kSets * RateLimit::kWays;
    for (uint64_t source = 0; source < kSources; ++source)
        EXPECT_TRUE(limit.take(source, kBegin + std::chrono::nanoseconds(source)));
    // Who was heard last is known still.
    EXPECT_FALSE(limit.take(kSources - 1, kBegin + std::chrono::nanoseconds(kSources)));
}

}  // namespace
}  // namespace switchyard::http
