// SPDX-License-Identifier: Apache-2.0
// The store while it is open.
#include <signal.h>
#include <sys/resource.h>

#include "tests/unit/state/store/store_fixture.hpp"

namespace switchyard {
namespace {

using test::address_of;
using test::StoreTest;
using test::tiny_store;

TEST_F(StoreTest, ANewStoreIsEmpty) {
    const auto store = open();
    EXPECT_FALSE(store->last_block());
    EXPECT_EQ(*store->root(), trie::kEmptyRoot);
    EXPECT_FALSE(store->view().account(address_of(1)));
    EXPECT_FALSE(store->recovery().cut);
    EXPECT_EQ(open_error(), ErrorCode::Unavailable) << "one process at a time";
}

TEST_F(StoreTest, FollowsAChainWithEveryBudget) {
    for (const size_t budget : {size_t{0}, size_t{64} << 10, size_t{1} << 30}) {
        path_ = folder_.path() / ("store-" + std::to_string(budget));
        StateStoreOptions options = tiny_store();
        options.trie.cache_bytes = budget;
        if (budget > (1 << 20)) options.flat = {}, options.backlog_bytes = 1 << 30;
        const auto store = open(options);
        for (uint64_t number = 1; number <= 60; ++number) {
            commit_to(*store, number);
            if (HasFatalFailure()) return;
            if (number % 10 == 0) expect_at(*store, number);
        }
        ASSERT_TRUE(store->checkpoint());
        expect_at(*store, 60);
        EXPECT_EQ(store->status().checkpoint, 60U);
        EXPECT_EQ(store->status().backlog_bytes, 0U);
    }
}

TEST_F(StoreTest, TheNextBlockMayBeReadBeforeTheRootIsKnown) {
    const auto store = open();
    for (uint64_t number = 1; number <= 20; ++number) {
        ASSERT_TRUE(store->apply(number, chain_.changes(number)));
        test::expect_equal(store->view(), chain_.state(number), "before the root");
        EXPECT_EQ(store->prove(address_of(1)).error().code, ErrorCode::Unavailable);
        EXPECT_FALSE(*store->block_at(number)) << "it is not sealed";
        EXPECT_EQ(store->apply(number + 1, {}).error().code, ErrorCode::InvalidInput);
        EXPECT_EQ(store->wait_durable(number).error().code, ErrorCode::InvalidInput);
        ASSERT_EQ(*store->root(), chain_.block(number).state_root);
        ASSERT_TRUE(store->seal(chain_.block(number)));
        ASSERT_TRUE(store->wait_durable(number));
        EXPECT_EQ(**store->block_at(number), chain_.block(number));
        for (uint64_t earlier = 1; earlier < number; ++earlier) {
            ASSERT_EQ(**store->block_at(earlier), chain_.block(earlier));
            ASSERT_TRUE(store->wait_durable(earlier));
        }
    }
}

TEST_F(StoreTest, RefusesWhatDoesNotFollow) {
    const auto store = open();
    commit_to(*store, 5);
    for (const uint64_t number : {4U, 5U, 7U})
        EXPECT_EQ(store->apply(number, {}).error().code, ErrorCode::InvalidInput);
    EXPECT_EQ(store->seal(chain_.block(5)).error().code, ErrorCode::InvalidInput);
    StateChanges unknown_code;
    AccountChange change;
    change.address = address_of(1);
    change.account = test::account_of(1, 1);
    change.account->code_hash = to_bytes32(Uint256{77});
    unknown_code.accounts.push_back(change);
    EXPECT_EQ(store->apply(6, unknown_code).error().code, ErrorCode::InvalidInput);
    // Not final: the same block may come as it should.
    ASSERT_TRUE(store->apply(6, chain_.changes(6)));
    StoredBlock wrong = chain_.block(6);
    wrong.state_root[0] ^= 1;
    EXPECT_EQ(store->seal(wrong).error().code, ErrorCode::InvalidInput);
    EXPECT_EQ(store->seal(chain_.block(5)).error().code, ErrorCode::InvalidInput);
    ASSERT_TRUE(store->seal(chain_.block(6)));
    expect_at(*store, 6);
}

TEST_F(StoreTest, ACommitWithAnotherRootIsFinal) {
    const auto store = open();
    commit_to(*store, 5);
    StoredBlock wrong = chain_.block(6);
    wrong.state_root[0] ^= 1;
    EXPECT_EQ(store->commit(wrong, chain_.changes(6)).error().code, ErrorCode::InvalidInput);
    EXPECT_FALSE(store->apply(7, {}));
    EXPECT_FALSE(store->checkpoint());
    EXPECT_TRUE(store->pressure());
}

TEST_F(StoreTest, ProvesAccountsAndSlots) {
    const auto store = open();
    commit_to(*store, 30);
    size_t slots = 0;
    for (uint64_t n = 0; n < test::kFlatAccounts; ++n) {
        const std::vector<Uint256> keys = {1, 2, 3, 4};
        const auto proof = store->prove(address_of(n), keys);
        ASSERT_TRUE(proof);
        EXPECT_EQ(proof->account, store->view().account(address_of(n)));
        ASSERT_EQ(proof->storage.size(), keys.size());
        for (size_t i = 0; i < keys.size(); ++i) {
            EXPECT_EQ(proof->storage[i].value, store->view().storage(address_of(n), keys[i]));
            slots += proof->storage[i].value.is_zero() ? 0 : 1;
        }
    }
    EXPECT_GT(slots, 5U);
}

TEST_F(StoreTest, ViewsOfEarlierBlocks) {
    StateStoreOptions options = tiny_store();
    options.flat.history_bytes = 1 << 20;
    const auto store = open(options);
    commit_to(*store, 25);
    for (const uint64_t number : {25U, 24U, 20U, 10U, 3U}) {
        const auto view = store->view_at(number);
        ASSERT_TRUE(view) << view.error().message;
        test::expect_equal(**view, chain_.state(number), "view of " + std::to_string(number));
    }
}

TEST_F(StoreTest, RewindsAndGoesOn) {
    for (const uint64_t target : {39U, 31U, 20U, 2U}) {
        path_ = folder_.path() / ("store-" + std::to_string(target));
        auto store = open();
        commit_to(*store, 40);
        EXPECT_EQ(store->rewind(41).error().code, ErrorCode::NotFound);
        ASSERT_TRUE(store->rewind(40));
        const auto done = store->rewind(target);
        ASSERT_TRUE(done) << done.error().message;
        expect_at(*store, target);
        if (target % 2 == 0) store.reset(), store = open();
        expect_at(*store, target);
        // Another chain grows from there.
        StateChanges changes;
        AccountChange change;
        change.address = address_of(1000);
        change.account = test::account_of(target, target);
        changes.accounts.push_back(change);
        ASSERT_TRUE(store->apply(target + 1, changes));
        const StoredBlock other{target + 1, to_bytes32(Uint256{1}), *store->root()};
        ASSERT_TRUE(store->seal(other));
        ASSERT_TRUE(store->wait_durable(target + 1));
        store.reset();
        store = open();
        EXPECT_EQ(*store->last_block(), other);
        EXPECT_EQ(store->view().account(address_of(1000)), change.account);
        ASSERT_TRUE(store->rewind(target));
        expect_at(*store, target);
        commit_to(*store, 45);
        expect_at(*store, 45);
    }
}

TEST_F(StoreTest, RewindsNoFurtherThanItsUndoRecords) {
    StateStoreOptions options = tiny_store();
    options.flat.undo_blocks = 10;
    const auto store = open(options);
    commit_to(*store, 40);
    ASSERT_TRUE(store->checkpoint());
    const auto refused = store->rewind(5);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::NotFound);
    expect_at(*store, 40);
    commit_to(*store, 42);
    ASSERT_TRUE(store->rewind(37));
    expect_at(*store, 37);
}

/// The files may not grow: as on a full disk. Blocks go on until a budget is used up, then they are
/// refused, nothing is lost, and all goes on when there is room.
TEST_F(StoreTest, AFullDiskStopsBlocksAndLosesNone) {
    StateStoreOptions options = tiny_store();
    options.segment_bytes = 1 << 20;  // the journal has its room
    options.backlog_bytes = 16 << 10;
    const auto store = open(options);
    commit_to(*store, 20);
    ASSERT_TRUE(store->checkpoint());
    rlimit before{};
    ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
    const auto old_handler = ::signal(SIGXFSZ, SIG_IGN);
    // Smaller than any of the databases: every checkpoint fails.
    const rlimit small{4096, before.rlim_max};
    ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
    uint64_t number = 20;
    bool had_pressure = false;
    std::optional<Error> refused;
    while (!refused && number < 400) {
        had_pressure |= store->pressure();
        const StoredBlock block = chain_.block(number + 1);
        const auto applied = store->apply(number + 1, chain_.changes(number + 1));
        if (!applied) {
            refused = applied.error();
            break;
        }
        ++number;
        ASSERT_TRUE(store->root());
        // The journal's own writes lie behind the limit as well.
        ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &before), 0);
        ASSERT_TRUE(store->seal(block));
        ASSERT_TRUE(store->wait_durable(number));
        ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
    }
    ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &before), 0);
    ::signal(SIGXFSZ, old_handler);
    ASSERT_TRUE(refused);
    EXPECT_EQ(refused->code, ErrorCode::Io) << refused->message;
    EXPECT_TRUE(had_pressure);
    expect_at(*store, number);
    commit_to(*store, number + 20);
    ASSERT_TRUE(store->checkpoint());
    EXPECT_FALSE(store->pressure());
    expect_at(*store, number + 20);
}

}  // namespace
}  // namespace switchyard
