// SPDX-License-Identifier: Apache-2.0
#include "simd/secp256k1/recover/dispatch.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace switchyard::simd {
namespace {

/// What `vectors` of `count` signatures through vectors and the rest one by one cost.
size_t cost_of(size_t vectors, size_t count, const VectorCost& cost, size_t one) {
    const size_t groups = (vectors + cost.lanes - 1) / cost.lanes;
    return (vectors == 0 ? 0 : cost.chunk + groups * cost.group) + (count - vectors) * one;
}

TEST(RecoverDispatch, NoSplitIsCheaperThanTheChosenOne) {
    for (const VectorCost& cost :
         {VectorCost{8, 234, 187}, VectorCost{8, 0, 801}, VectorCost{8, 1000, 90},
          VectorCost{4, 400, 305}, VectorCost{4, 10, 410}, VectorCost{2, 30, 150},
          VectorCost{1, 50, 90}})
        for (const size_t one : {size_t{50}, size_t{100}, size_t{150}, size_t{187}})
            for (size_t count = 0; count <= 128; ++count) {
                const size_t chosen = vector_share(count, cost, one);
                ASSERT_LE(chosen, count);
                size_t cheapest = count * one;
                for (size_t vectors = 1; vectors <= count; ++vectors)
                    cheapest = std::min(cheapest, cost_of(vectors, count, cost, one));
                ASSERT_EQ(cost_of(chosen, count, cost, one), cheapest)
                    << count << " signatures, " << cost.lanes << " lanes, " << one << " each";
            }
}

TEST(RecoverDispatch, WithoutLanesAllGoOneByOne) {
    EXPECT_EQ(vector_share(128, {0, 0, 0}, 100), 0U);
}

/// A group costs the same whether one or eight of its lanes are used.
TEST(RecoverDispatch, FillsAGroupOrLeavesTheRest) {
    constexpr VectorCost kEightLanes{8, 234, 187};
    static_assert(vector_share(0, kEightLanes, 100) == 0);
    static_assert(vector_share(4, kEightLanes, 100) == 0);
    static_assert(vector_share(5, kEightLanes, 100) == 5);
    static_assert(vector_share(8, kEightLanes, 100) == 8);
    static_assert(vector_share(9, kEightLanes, 100) == 8);
    static_assert(vector_share(10, kEightLanes, 100) == 10);
    static_assert(vector_share(128, kEightLanes, 100) == 128);
}

}  // namespace
}  // namespace switchyard::simd
