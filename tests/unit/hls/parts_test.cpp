// SPDX-License-Identifier: Apache-2.0
// The parts that the kernel's processes are made of: streams, memories with a bypass, sorted lanes.
#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <map>
#include <vector>

#include "hls/conflict_detector/bank_memory.hpp"
#include "hls/conflict_detector/lanes.hpp"
#include "hls/conflict_detector/lookup.hpp"
#include "hls/sim/stream.hpp"
#include "tests/support/test_data.hpp"

namespace switchyard {
namespace {

TEST(Stream, KeepsTheOrderUpToItsDepth) {
    auto random = test::test_generator(301);
    hls::sim::Stream<uint64_t, 5> stream;
    std::deque<uint64_t> expected;
    uint64_t next = 0;
    for (int i = 0; i < 10'000; ++i) {
        ASSERT_EQ(stream.empty(), expected.empty());
        ASSERT_EQ(stream.full(), expected.size() == 5);
        if (!stream.full() && random() % 2 == 0) {
            stream.write(next);
            expected.push_back(next++);
        } else if (!stream.empty()) {
            ASSERT_EQ(stream.read(), expected.front());
            expected.pop_front();
        }
    }
    while (!stream.empty())
        stream.read();
}

void pass_the_bound() {
    hls::sim::Stream<int, 2> stream;
    for (int i = 0; i < 3; ++i)
        stream.write(i);
}

TEST(StreamDeathTest, EndsTheProgramWhenItsBoundIsPassedOrATokenIsLeft) {
    GTEST_FLAG_SET(death_test_style, "threadsafe");
    using Two = hls::sim::Stream<int, 2>;
    EXPECT_DEATH(Two().read(), "");
    EXPECT_DEATH(Two().write(1), "");  // left behind
    EXPECT_DEATH(pass_the_bound(), "");
}

TEST(BankMemory, ReadsTheNewestWriteAtAnyDistance) {
    auto random = test::test_generator(302);
    constexpr uint32_t kSize = 16;
    uint64_t memory[kSize] = {};
    hls::Bypass<uint64_t, 3> bypass{};
    std::map<uint32_t, uint64_t> expected;
    for (uint64_t i = 1; i < 20'000; ++i) {
        // Runs of few addresses, so that every distance up to and beyond the bypass occurs.
        const auto address = static_cast<uint32_t>(random() % (i % 400 < 200 ? 3 : kSize));
        ASSERT_EQ(hls::read_newest(memory, bypass, address), expected[address]);
        if (random() % 4 == 0) continue;
        hls::write_through(memory, bypass, address, i);
        expected[address] = i;
    }
}

TEST(BankMemory, IsStaleWithoutItsBypass) {
    // What a circuit would read too early; if this held the new value, no test could tell that the
    // bypass is needed.
    uint64_t memory[4] = {};
    hls::Bypass<uint64_t, 3> bypass{};
    hls::write_through(memory, bypass, 2, uint64_t{7});
    EXPECT_EQ(hls::read_newest(memory, bypass, 2), 7u);
    EXPECT_EQ(memory[2], 0u);
    for (uint32_t i = 0; i < 3; ++i)
        hls::write_through(memory, bypass, 3, uint64_t{i});
    EXPECT_EQ(memory[2], 7u);
}

/// Rule 4 as README.md says it.
uint32_t obvious_lane(const std::vector<hls::Cost>& free, hls::Cost ready) {
    uint32_t best = 0;
    for (uint32_t l = 1; l < free.size(); ++l) {
        const hls::Cost start = std::max(free[l], ready);
        const hls::Cost best_start = std::max(free[best], ready);
        if (start < best_start || (start == best_start && free[l] > free[best])) best = l;
    }
    return best;
}

TEST(Lanes, GiveTheEarliestStartThenTheShortestIdleThenTheLowestLane) {
    auto random = test::test_generator(303);
    for (uint32_t count = 1; count <= abi::kLanes; ++count) {
        hls::Lanes lanes;
        hls::open_lanes(lanes, count);
        std::vector<hls::Cost> free(count, 0);
        std::vector<uint32_t> places(count, 0);
        hls::Cost latest = 0;
        for (int i = 0; i < 500; ++i) {
            // Small numbers, so that lanes often tie.
            const hls::Cost top = *std::ranges::max_element(free);
            const hls::Cost ready = random() % 3 == 0 ? 0 : random() % (top + 4);
            const bool after_latest = i > 0 && random() % 3 == 0;
            const auto cost = static_cast<uint32_t>(1 + random() % 6);
            const hls::Cost earliest = after_latest ? std::max(ready, latest) : ready;
            const uint32_t lane = obvious_lane(free, earliest);
            latest = free[lane] = std::max(free[lane], earliest) + cost;
            const hls::Placement given = hls::take_lane(lanes, ready, after_latest, cost);
            ASSERT_EQ(given.lane, lane) << count << " lanes, step " << i;
            ASSERT_EQ(given.place, places[lane]++);
            ASSERT_EQ(given.finish, latest);
        }
    }
}

TEST(Lanes, HoldTheLargestTimes) {
    hls::Lanes lanes;
    hls::open_lanes(lanes, 1);
    hls::Placement given{};
    for (uint32_t i = 0; i < abi::kBlockTransactions; ++i)
        given = hls::take_lane(lanes, 0, i % 2 == 1, UINT32_MAX);
    EXPECT_EQ(given.finish, hls::Cost{abi::kBlockTransactions} * UINT32_MAX);
    EXPECT_LT(given.finish, hls::kNever);
    EXPECT_EQ(given.place, abi::kBlockTransactions - 1);
}

TEST(Lookup, KeepsTheFirstKeysOfABucketAndSharesTheRest) {
    hls::TagLine line{};
    for (uint64_t key = 10; key < 10 + 2 * abi::kBucketWays; ++key) {
        const uint32_t slot = hls::find_slot(line, key, 1);
        EXPECT_EQ(slot, std::min<uint64_t>(key - 10, abi::kBucketWays));
        line.key[slot] = key;
        line.slot[slot].generation = 1;
    }
    for (uint64_t key = 10; key < 10 + 2 * abi::kBucketWays; ++key)
        EXPECT_EQ(hls::find_slot(line, key, 1), std::min<uint64_t>(key - 10, abi::kBucketWays));
    EXPECT_EQ(hls::find_slot(line, 13, 2), 0u);  // of the next generation
}

}  // namespace
}  // namespace switchyard
