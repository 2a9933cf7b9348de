// SPDX-License-Identifier: Apache-2.0
#include "dataplane/receive/spsc_ring.hpp"

#include <gtest/gtest.h>

#include <array>
#include <thread>

namespace switchyard::dataplane {
namespace {

TEST(SpscRing, IsFullAtItsCapacityAndKeepsOrder) {
    SpscRing<int> ring(4);
    EXPECT_TRUE(ring.empty());
    EXPECT_TRUE(ring.has_room(4));
    EXPECT_FALSE(ring.has_room(5));
    for (size_t i = 0; i < 4; ++i)
        ring.stage(i) = static_cast<int>(i);
    std::array<int, 8> out{};
    EXPECT_EQ(ring.pop(out), 0u) << "staged is not published";
    ring.publish(4);
    EXPECT_FALSE(ring.has_room(1));
    EXPECT_EQ(ring.pop(std::span{out}.first(3)), 3u);
    EXPECT_EQ(out[2], 2);
    EXPECT_TRUE(ring.has_room(3));
    EXPECT_FALSE(ring.has_room(4));
    EXPECT_EQ(ring.pop(out), 1u);
    EXPECT_EQ(out[0], 3);
    EXPECT_TRUE(ring.empty());
}

TEST(SpscRing, CarriesEveryNumberOnceAndInOrderBetweenTwoThreads) {
    constexpr uint64_t kNumbers = 300'000;
    SpscRing<uint64_t> ring(64);
    std::thread producer([&] {
        for (uint64_t next = 0; next < kNumbers;) {
            const size_t count = std::min<uint64_t>(1 + next % 7, kNumbers - next);
            if (!ring.has_room(count)) {
                std::this_thread::yield();
                continue;
            }
            for (size_t i = 0; i < count; ++i)
                ring.stage(i) = next + i;
            ring.publish(count);
            next += count;
        }
    });
    std::array<uint64_t, 13> out{};
    uint64_t next = 0;
    bool ordered = true;
    while (next < kNumbers) {
        const size_t count = ring.pop(out);
        for (size_t i = 0; i < count; ++i)
            ordered = ordered && out[i] == next++;
        if (count == 0) std::this_thread::yield();
    }
    producer.join();
    EXPECT_TRUE(ordered);
    EXPECT_TRUE(ring.empty());
}

}  // namespace
}  // namespace switchyard::dataplane
