// SPDX-License-Identifier: Apache-2.0
#include "host/execute/access_list/list_shape.hpp"

#include <gtest/gtest.h>

#include "tests/unit/execute/access_list/block_fixture.hpp"
#include "tools/workloads/wrong_access_lists.hpp"

namespace switchyard::execute {
namespace {

TEST(ListShape, AcceptsWhatTheBuilderGives) {
    EXPECT_TRUE(check_list_shape({}, 0).has_value());
    for_each_block(3, 80, [](const BlockInput& input, const StateView&, const BlockResult& serial) {
        const auto last = static_cast<uint32_t>(input.transactions.size() + 1);
        const auto shape = check_list_shape(*serial.block_access_list, last);
        EXPECT_TRUE(shape.has_value()) << shape.error().message;
    });
}

TEST(ListShape, RefusesWhatNoDecoderGives) {
    auto generator = test::test_generator(9);
    uint32_t refused = 0;
    for_each_block(
        3, 80, [&](const BlockInput& input, const StateView&, const BlockResult& serial) {
            const auto last = static_cast<uint32_t>(input.transactions.size() + 1);
            for (uint32_t kind = 0; kind < workloads::kListDamageCount; ++kind)
                for (int round = 0; round < 8; ++round) {
                    BlockAccessList list = *serial.block_access_list;
                    const auto damage = workloads::damage_access_list(list, kind, generator);
                    if (!damage) continue;
                    ASSERT_NE(list, *serial.block_access_list) << *damage;
                    // What is well-formed can be encoded and decoded; what is not, must be refused.
                    const auto decoded =
                        kind < workloads::kListDamageCount / 2
                            ? decode_block_access_list(encode_block_access_list(list))
                            : Result<BlockAccessList>(Error{});
                    const bool sound = decoded && *decoded == list;
                    EXPECT_EQ(check_list_shape(list, last).has_value(), sound) << *damage;
                    refused += sound ? 0 : 1;
                }
        });
    EXPECT_GT(refused, 500U);
}

TEST(ListShape, RefusesAnIndexBehindTheBlock) {
    BlockAccessList list;
    list.accounts.push_back(
        {.address = {}, .slots = {}, .reads = {}, .balances = {0, 1}, .nonces = {}, .codes = {}});
    list.balances.push_back({3, Uint256{1}});
    EXPECT_TRUE(check_list_shape(list, 3).has_value());
    EXPECT_FALSE(check_list_shape(list, 2).has_value());
}

}  // namespace
}  // namespace switchyard::execute
