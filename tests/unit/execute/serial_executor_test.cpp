// SPDX-License-Identifier: Apache-2.0
// A serial executor that is kept from block to block against one that is made for each.
#include "host/execute/serial_executor.hpp"

#include <gtest/gtest.h>

#include "host/execute/result_difference.hpp"
#include "tests/support/conflict_world.hpp"

namespace switchyard::execute {
namespace {

BlockInput input_of(const test::ConflictWorld& world,
                    std::span<const SignedTransaction> transactions, Revision revision) {
    BlockInput out;
    out.header = &world.header();
    out.rules.revision = revision;
    out.rules.chain_id = 1;
    out.rules.blobs = {3, 6, 3'338'477};
    out.transactions = transactions;
    return out;
}

TEST(SerialExecutor, CarriesNothingFromBlockToBlock) {
    SerialExecutor kept;
    for (uint64_t salt = 0; salt < 4; ++salt)
        for (const Revision revision : {Revision::Frontier, Revision::Istanbul, Revision::Cancun,
                                        Revision::Amsterdam, Revision::London}) {
            SCOPED_TRACE(std::string(to_string(revision)) + ", world " + std::to_string(salt));
            test::ConflictWorld world(salt);
            const auto transactions = world.block(40 + 30 * static_cast<uint32_t>(salt));
            const BlockInput input = input_of(world, transactions, revision);
            const auto fresh = execute_block_serial(input, world.state());
            const auto found = kept.execute(input, world.state());
            ASSERT_EQ(fresh.has_value(), found.has_value());
            if (!fresh) {
                EXPECT_EQ(fresh.error().message, found.error().message);
                continue;
            }
            EXPECT_EQ(first_difference(*fresh, *found), std::nullopt);
        }
}

TEST(SerialExecutor, BeginsAnewAfterABlockThatFailedOrWasLeft) {
    SerialExecutor kept;
    test::ConflictWorld world(7);
    const auto transactions = world.block(60);
    auto broken = transactions;
    broken[31].transaction.nonce += 5;
    const auto failed = kept.execute(input_of(world, broken, Revision::Cancun), world.state());
    ASSERT_FALSE(failed.has_value());
    EXPECT_NE(failed.error().message.find("transaction 31"), std::string::npos);

    const BlockInput input = input_of(world, transactions, Revision::Cancun);
    ASSERT_TRUE(kept.begin(input, world.state()).has_value());
    for (int i = 0; i < 20; ++i)
        ASSERT_TRUE(kept.execute_next().has_value());
    EXPECT_EQ(kept.executed(), 20U);
    EXPECT_EQ(kept.result().receipts.size(), 20U);

    const auto fresh = execute_block_serial(input, world.state());
    const auto found = kept.execute(input, world.state());
    ASSERT_TRUE(fresh.has_value() && found.has_value());
    EXPECT_EQ(first_difference(*fresh, *found), std::nullopt);
}

}  // namespace
}  // namespace switchyard::execute
