// SPDX-License-Identifier: Apache-2.0
#include "host/state/trie/state_trie.hpp"

#include <gtest/gtest.h>

#include "tests/support/test_data.hpp"
#include "tests/unit/state/random_block.hpp"

namespace switchyard::trie {
namespace {

using test::address_of;

TEST(StateTrie, FollowsBlocksAndAgreesWithARebuild) {
    auto random = test::test_generator(20);
    MemoryState state;
    StateTrie in_memory;
    MemoryNodes nodes;
    Bytes32 root = kEmptyRoot;
    for (int block = 0; block < 150; ++block) {
        const StateChanges changes = test::random_block(state, random);
        state.apply(changes);
        const Bytes32 rebuilt = state_root(state.all());

        const auto followed = in_memory.apply(changes);
        ASSERT_TRUE(followed);
        ASSERT_EQ(*followed, rebuilt) << block;

        StateTrie from_store(root, nodes);
        from_store.set_sink(&nodes);
        const auto stored = from_store.apply(changes);
        ASSERT_TRUE(stored) << stored.error().message;
        ASSERT_EQ(*stored, rebuilt) << block;
        root = *stored;
    }
    StateTrie reopened(root, nodes);
    for (uint64_t n = 0; n < 40; ++n) {
        const auto account = reopened.account(address_of(n));
        ASSERT_TRUE(account);
        EXPECT_EQ(*account, state.account(address_of(n)));
        for (uint64_t key = 0; key < 30; ++key) {
            const auto value = reopened.storage(address_of(n), key);
            ASSERT_TRUE(value);
            EXPECT_EQ(*value, state.storage(address_of(n), key));
        }
    }
}

TEST(StateTrie, AppliesDeltas) {
    MemoryState state;
    state.set_account(address_of(1), test::account_of(4, 10));
    StateTrie trie;
    ASSERT_TRUE(trie.apply(state.all()));
    StateChanges credit;
    AccountChange change;
    change.address = address_of(1);
    change.account = test::account_of(0, 5);
    change.balance_is_delta = true;
    change.nonce_written = change.code_written = false;
    credit.accounts.push_back(change);
    const auto root = trie.apply(credit);
    state.apply(credit);
    EXPECT_EQ(state.account(address_of(1)), test::account_of(4, 15));
    ASSERT_TRUE(root);
    EXPECT_EQ(*root, state_root(state.all()));
}

}  // namespace
}  // namespace switchyard::trie
