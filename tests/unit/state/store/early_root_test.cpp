// SPDX-License-Identifier: Apache-2.0
// Roots of blocks that come, that come otherwise, and that never come.
#include "tests/unit/state/store/store_fixture.hpp"

namespace switchyard {
namespace {

using test::address_of;
using test::StoreTest;
using test::tiny_store;

/// Room for a root in advance, and checkpoints now and then all the same.
StateStoreOptions with_room() {
    StateStoreOptions options = tiny_store();
    options.trie.cache_bytes = 4 << 20;
    return options;
}

/// Changes of another block than the chain's.
StateChanges other_changes(StateChanges changes) {
    for (AccountChange& change : changes.accounts)
        if (change.account) change.account->balance += Uint256{1};
    return changes;
}

TEST_F(StoreTest, ARootThatWasBegunIsTheBlocks) {
    const auto store = open(with_room());
    for (uint64_t number = 1; number <= 40; ++number) {
        ASSERT_TRUE(store->begin_root(number, chain_.changes(number)));
        if (number > 1) {
            test::expect_equal(store->view(), chain_.state(number - 1), "nothing is visible");
        }
        EXPECT_EQ(store->prove(address_of(1)).error().code, ErrorCode::Unavailable);
        ASSERT_EQ(*store->begun_root(), chain_.block(number).state_root);
        ASSERT_TRUE(store->begin_root(number, chain_.changes(number))) << "begun already";
        ASSERT_TRUE(store->apply(number, chain_.changes(number)));
        EXPECT_EQ(store->begun_root().error().code, ErrorCode::InvalidInput);
        EXPECT_EQ(store->begin_root(number + 1, {}).error().code, ErrorCode::Unavailable);
        ASSERT_EQ(*store->root(), chain_.block(number).state_root);
        ASSERT_TRUE(store->seal(chain_.block(number)));
        ASSERT_TRUE(store->wait_durable(number));
    }
    expect_at(*store, 40);
}

TEST_F(StoreTest, ARootThatWasBegunForNothingLeavesNoTrace) {
    {
        const auto store = open(with_room());
        for (uint64_t number = 1; number <= 40; ++number) {
            const auto other = other_changes(chain_.changes(number));
            ASSERT_TRUE(store->begin_root(number, other));
            switch (number % 4) {
                case 0:  // another block comes
                    break;
                case 1:  // none comes
                    ASSERT_TRUE(store->drop_root());
                    break;
                case 2:  // another root begins
                    ASSERT_TRUE(store->begin_root(number, chain_.changes(number)));
                    ASSERT_EQ(*store->begun_root(), chain_.block(number).state_root);
                    break;
                default:  // a checkpoint must not hold it
                    static_cast<void>(store->pressure());
                    ASSERT_TRUE(store->checkpoint());
            }
            ASSERT_TRUE(store->commit(chain_.block(number), chain_.changes(number))) << number;
            expect_at(*store, number);
            if (HasFatalFailure()) return;
        }
        ASSERT_TRUE(store->begin_root(41, other_changes(chain_.changes(41))));
    }
    const auto store = open(with_room());
    expect_at(*store, 40);
    ASSERT_TRUE(store->begin_root(41, other_changes(chain_.changes(41))));
    ASSERT_TRUE(store->rewind(39));
    expect_at(*store, 39);
    commit_to(*store, 45);
    expect_at(*store, 45);
}

TEST_F(StoreTest, ARootIsRefusedThatCouldNotBeTakenBack) {
    const auto store = open();  // the trie's cache holds 64 KiB
    commit_to(*store, 5);
    EXPECT_EQ(store->begin_root(5, {}).error().code, ErrorCode::InvalidInput);
    EXPECT_EQ(store->begin_root(7, {}).error().code, ErrorCode::InvalidInput);
    StateChanges many;
    for (uint64_t i = 0; i < 1'000; ++i) {
        AccountChange change;
        change.address = address_of(100'000 + i);
        change.account = Account{.nonce = i + 1, .balance = {}, .code_hash = kEmptyCodeHash};
        many.accounts.push_back(change);
    }
    EXPECT_EQ(store->begin_root(6, many).error().code, ErrorCode::LimitExceeded);
    EXPECT_EQ(store->begun_root().error().code, ErrorCode::InvalidInput);
    ASSERT_TRUE(store->drop_root()) << "nothing to drop";
    commit_to(*store, 8);
    expect_at(*store, 8);
}

}  // namespace
}  // namespace switchyard
