// SPDX-License-Identifier: Apache-2.0
// What the contract suite does not see of the software detector: it allocates nothing for a block
// once it has grown, and its seed has no influence on plans.
#include "host/offload/software/software_detector.hpp"

#include <gtest/gtest.h>

#include "tests/support/access_batches.hpp"
#include "tests/support/allocation_counter.hpp"
#include "tests/support/test_data.hpp"

namespace switchyard::offload {
namespace {

TEST(SoftwareDetector, AllocatesNothingOnceItHasGrown) {
    auto random = test::test_generator(712);
    std::vector<AccessBatch> batches;
    for (const uint32_t hot : {0u, 30u, 100u})
        for (const uint32_t transactions : {2'000u, 10u, 500u, 2'000u})
            batches.push_back(test::random_batch(
                {.transactions = transactions, .distinct_keys = 5'000, .hot_percent = hot},
                random));
    const auto detector = make_software_detector(1);
    std::vector<LanePlan> plans(detector->info().credits);
    std::vector<Ticket> tickets(plans.size());
    const auto plan_all = [&] {
        for (const AccessBatch& batch : batches)
            for (const uint32_t lanes : {64u, 8u, 20u, 12u}) {
                for (Ticket& ticket : tickets)
                    ticket = *detector->submit(batch, lanes);
                for (size_t c = 0; c < plans.size(); ++c)
                    ASSERT_TRUE(detector->collect(tickets[c], {}, plans[c]));
            }
    };
    plan_all();
    const uint64_t grown = test::allocations_of_this_thread();
    EXPECT_GT(grown, 0u);
    plan_all();
    EXPECT_EQ(test::allocations_of_this_thread(), grown);
}

TEST(SoftwareDetector, PlansAlikeUnderAnySeed) {
    auto random = test::test_generator(713);
    const auto one = make_software_detector(1);
    const auto other = make_software_detector(0xfedcba9876543210);
    for (int i = 0; i < 50; ++i) {
        const auto batch = test::random_batch({.transactions = 300, .distinct_keys = 900}, random);
        LanePlan first;
        LanePlan second;
        ASSERT_TRUE(one->plan(batch, 8, first));
        ASSERT_TRUE(other->plan(batch, 8, second));
        ASSERT_EQ(first, second);
    }
}

}  // namespace
}  // namespace switchyard::offload
