// SPDX-License-Identifier: Apache-2.0
// What `switchyard bench subscribers` does with a thousand connections, with fewer.
#include "tools/rpc_client/subscriber_load.hpp"

#include <gtest/gtest.h>

namespace switchyard::tool {
namespace {

TEST(Subscribers, OneThatDoesNotReadIsDroppedAndDelaysNobody) {
    const auto run = run_subscribers(63, 250, 4000);
    ASSERT_TRUE(run) << run.error().message;
    EXPECT_EQ(run->dropped, 1U);
    EXPECT_EQ(run->close_code, 1008);
    EXPECT_EQ(run->close_reason, "too slow: notifications are not read");
    // Its own queue and the sockets' buffers, no more.
    EXPECT_GT(run->dropped_after, 64U);
    EXPECT_LT(run->dropped_after, 250U);
}

}  // namespace
}  // namespace switchyard::tool
