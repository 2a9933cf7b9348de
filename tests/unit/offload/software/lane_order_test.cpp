// SPDX-License-Identifier: Apache-2.0
// The sorted lanes against the rule, lane by lane.
#include "host/offload/software/lane_order.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "tests/support/test_data.hpp"

namespace switchyard::offload {
namespace {

TEST(LaneOrder, ChoosesAsTheRuleSays) {
    auto random = test::test_generator(711);
    for (uint32_t lanes = 1; lanes <= kLanesMax; ++lanes) {
        LaneOrder order;
        order.begin(lanes);
        std::vector<uint64_t> free(lanes, 0);
        for (int i = 0; i < 400; ++i) {
            // Small numbers, so that ties are frequent.
            const uint64_t ready = random() % 3 == 0 ? 0 : random() % (order.makespan() + 4);
            const uint64_t weight = 1 + random() % 5;
            uint32_t best = 0;
            for (uint32_t l = 1; l < lanes; ++l) {
                const uint64_t start = std::max(ready, free[l]);
                const uint64_t best_start = std::max(ready, free[best]);
                if (start < best_start || (start == best_start && free[l] > free[best])) best = l;
            }
            const auto choice = order.take(ready, weight);
            ASSERT_EQ(choice.lane, best);
            free[best] = std::max(ready, free[best]) + weight;
            ASSERT_EQ(choice.finish, free[best]);
            ASSERT_EQ(order.makespan(), *std::ranges::max_element(free));
        }
    }
}

TEST(LaneOrder, TakesTheHeaviestBlock) {
    LaneOrder order;
    order.begin(1);
    for (uint32_t i = 1; i <= kBlockTransactionsMax; ++i)
        ASSERT_EQ(order.take(0, UINT32_MAX).finish, uint64_t{i} * UINT32_MAX);
}

}  // namespace
}  // namespace switchyard::offload
