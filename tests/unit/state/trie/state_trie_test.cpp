// SPDX-License-Identifier: Apache-2.0
#include "host/state/trie/state_trie.hpp"

#include <gtest/gtest.h>

#include "host/state/block_state.hpp"
#include "host/state/transaction_state.hpp"
#include "tests/support/test_data.hpp"
#include "tests/unit/state/state_fixture.hpp"

namespace switchyard::trie {
namespace {

using test::address_of;

/// Random effects of one block, through the transaction state.
StateChanges random_block(const StateView& view, std::mt19937_64& random) {
    BlockState block(view);
    TransactionState transaction;
    StateChanges changes;
    for (int i = 0; i < 10; ++i) {
        transaction.begin(block, Revision::Shanghai);
        const Address a = address_of(random() % 40);
        const bool absent = transaction.is_empty(a);
        if (absent && random() % 2 == 0) {
            transaction.create_contract(a);
            transaction.set_nonce(a, 1);
            transaction.set_code(a, Bytes(1 + random() % 40, 0x5b));
        }
        for (uint64_t n = random() % 6; n-- > 0 && transaction.nonce(a) != 0;)
            transaction.set_storage(a, random() % 30, Uint256{random() % 3} << (random() % 200));
        transaction.add_balance(a, Uint256{random() % 1000});
        if (!absent && random() % 5 == 0) transaction.self_destruct(a);
        transaction.finish(changes);
        block.apply(changes);
    }
    block.changes(changes);
    return changes;
}

TEST(StateTrie, FollowsBlocksAndAgreesWithARebuild) {
    auto random = test::test_generator(20);
    MemoryState state;
    StateTrie in_memory;
    MemoryNodes nodes;
    Bytes32 root = kEmptyRoot;
    for (int block = 0; block < 150; ++block) {
        const StateChanges changes = random_block(state, random);
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
