// SPDX-License-Identifier: Apache-2.0
// The flat state against the state in memory: budgets, shards, checkpoints, reopening, views.
#include "tests/unit/state/flat/flat_fixture.hpp"

namespace switchyard {
namespace {

using flat::FlatConfig;
using flat::FlatState;
using test::commit_to;
using test::expect_equal;
using test::FlatTest;
using test::RandomChain;

struct Case {
    const char* name;
    uint32_t shards;
    size_t overlay_bytes;
    size_t cache_bytes;
    uint64_t checkpoint_blocks;
};

class FlatStateCases : public FlatTest, public testing::WithParamInterface<Case> {
  protected:
    FlatConfig config() {
        FlatConfig out = test::tiny_config();
        out.overlay_bytes = GetParam().overlay_bytes;
        out.cache_bytes = GetParam().cache_bytes;
        out.checkpoint_blocks = GetParam().checkpoint_blocks;
        return out;
    }
};

/// The blocks are made over the flat state itself: whatever it answers wrongly shows in the
/// changes.
TEST_P(FlatStateCases, GivesTheAnswersOfTheStateInMemory) {
    auto state = open(GetParam().shards, config());
    MemoryState model;
    auto ours = test::test_generator(50);
    auto theirs = test::test_generator(50);
    for (uint64_t number = 1; number <= 120; ++number) {
        const StateChanges changes = test::random_block(*state, ours, test::kFlatAccounts);
        ASSERT_EQ(changes, test::random_block(model, theirs, test::kFlatAccounts))
            << "block " << number;
        model.apply(changes);
        const auto done = state->commit(RandomChain::block(number), changes);
        ASSERT_TRUE(done) << done.error().message;
        if (number % 40 != 0) continue;
        expect_equal(*state, model, "block " + std::to_string(number));
        ASSERT_TRUE(state->checkpoint());
        ASSERT_EQ(state->stored_block(), RandomChain::block(number));
        state.reset();
        state = open(GetParam().shards, config());
        ASSERT_EQ(state->last_block(), RandomChain::block(number));
        expect_equal(*state, model, "reopened at block " + std::to_string(number));
    }
}

/// A block that was never written to the store comes again, as a journal would bring it.
TEST_P(FlatStateCases, ContinuesFromTheStoredBlock) {
    RandomChain chain(51);
    for (uint64_t target = 7; target < 80; target += 7) {
        auto state = open(GetParam().shards, config());
        const uint64_t from = state->last_block() ? state->last_block()->number : 0;
        ASSERT_LE(from, target);
        expect_equal(*state, chain.state(from), "reopened at block " + std::to_string(from));
        commit_to(*state, chain, target);
        expect_equal(*state, chain.state(target), "block " + std::to_string(target));
    }
}

TEST_P(FlatStateCases, ViewsOfEarlierBlocks) {
    FlatConfig large = config();
    large.history_bytes = 1 << 20;
    RandomChain chain(52);
    auto state = open(GetParam().shards, large);
    std::vector<std::unique_ptr<flat::BlockView>> views;
    for (uint64_t number = 1; number <= 30; ++number) {
        commit_to(*state, chain, number);
        if (number % 3 != 0) continue;
        auto view = state->view_at(number);
        ASSERT_TRUE(view) << view.error().message;
        views.push_back(std::move(*view));
        for (const auto& old : views)
            expect_equal(
                *old, chain.state(old->block()),
                "block " + std::to_string(old->block()) + " seen from " + std::to_string(number));
    }
    // From the undo records of the files, after memory was lost.
    views.clear();
    ASSERT_TRUE(state->checkpoint());
    state.reset();
    state = open(GetParam().shards, large);
    for (uint64_t number = 1; number <= 30; ++number) {
        auto view = state->view_at(number);
        ASSERT_TRUE(view) << view.error().message;
        expect_equal(**view, chain.state(number), "block " + std::to_string(number));
    }
    EXPECT_EQ(state->view_at(31).error().code, ErrorCode::NotFound);
    // What was before the first block.
    auto view = state->view_at(0);
    ASSERT_TRUE(view) << view.error().message;
    expect_equal(**view, MemoryState{}, "before the first block");
}

TEST_P(FlatStateCases, RewindsAndGoesOn) {
    RandomChain chain(53);
    auto state = open(GetParam().shards, config());
    auto random = test::test_generator(54);
    for (int round = 0; round < 12; ++round) {
        const uint64_t last = state->last_block() ? state->last_block()->number : 0;
        commit_to(*state, chain, last + 1 + random() % 9);
        const uint64_t head = state->last_block()->number;
        const uint64_t target = head - random() % std::min<uint64_t>(head, 8);
        const auto done = state->rewind(target);
        ASSERT_TRUE(done) << done.error().message;
        ASSERT_EQ(state->last_block(), RandomChain::block(target));
        expect_equal(*state, chain.state(target), "rewound to " + std::to_string(target));
        if (round % 3 != 2) continue;
        state.reset();
        state = open(GetParam().shards, config());
        ASSERT_EQ(state->last_block(), RandomChain::block(target));
        expect_equal(*state, chain.state(target), "reopened at " + std::to_string(target));
    }
}

INSTANTIATE_TEST_SUITE_P(
    Budgets, FlatStateCases,
    testing::Values(Case{"one_shard_no_cache", 1, 16 << 10, 0, UINT64_MAX},
                    Case{"two_shards_each_block", 2, 1 << 20, 4 << 10, 1},
                    Case{"eight_shards_small", 8, 24 << 10, 4 << 10, UINT64_MAX},
                    Case{"four_shards_large", 4, 64 << 20, 1 << 20, UINT64_MAX},
                    Case{"no_budget_at_all", 2, 0, 0, UINT64_MAX}),
    [](const auto& test_info) { return test_info.param.name; });

class FlatStateTest : public FlatTest {};

TEST_F(FlatStateTest, NewStateIsEmpty) {
    const auto state = open();
    EXPECT_FALSE(state->last_block());
    EXPECT_FALSE(state->stored_block());
    EXPECT_FALSE(state->replay_needed_to());
    expect_equal(*state, MemoryState{}, "new");
    EXPECT_EQ(state->view_at(0).error().code, ErrorCode::NotFound);
    EXPECT_EQ(state->rewind(0).error().code, ErrorCode::NotFound);
    EXPECT_FALSE(state->begin_checkpoint());
}

TEST_F(FlatStateTest, RefusesWhatDoesNotFollow) {
    const auto state = open();
    EXPECT_EQ(state->commit({uint64_t{1} << 63, {}, {}}, {}).error().code, ErrorCode::InvalidInput);
    ASSERT_TRUE(state->commit({10, {}, {}}, {}));
    for (const uint64_t number : {9U, 10U, 12U})
        EXPECT_EQ(state->commit({number, {}, {}}, {}).error().code, ErrorCode::InvalidInput);
    StateChanges changes;
    AccountChange change;
    change.account = test::account_of(1, 1);
    change.account->code_hash = to_bytes32(Uint256{77});
    changes.accounts.push_back(change);
    EXPECT_EQ(state->commit({11, {}, {}}, changes).error().code, ErrorCode::InvalidInput);
    EXPECT_EQ(state->last_block()->number, 10U);
    EXPECT_TRUE(state->commit({11, {}, {}}, {}));
}

TEST_F(FlatStateTest, LargestValuesSurvive) {
    const Uint256 largest = ~Uint256{};
    StateChanges changes;
    AccountChange change;
    change.address = test::address_of(1);
    change.account = test::account_of(UINT64_MAX - 1, largest);
    change.storage_count = 1;
    changes.accounts.push_back(change);
    changes.storage.push_back({largest, largest});
    {
        const auto state = open();
        ASSERT_TRUE(state->commit({INT64_MAX, {}, {}}, changes));
        ASSERT_TRUE(state->checkpoint());
    }
    const auto state = open();
    EXPECT_EQ(state->last_block()->number, uint64_t{INT64_MAX});
    EXPECT_EQ(state->account(change.address), change.account);
    EXPECT_EQ(state->storage(change.address, largest), largest);
}

/// The undo records of more blocks than are wanted go away, and rewinding says so.
TEST_F(FlatStateTest, UndoWindowIsKept) {
    FlatConfig config = test::tiny_config();
    config.undo_blocks = 5;
    config.checkpoint_blocks = 2;
    config.history_bytes = 1 << 20;
    RandomChain chain(55);
    const auto state = open(2, config);
    commit_to(*state, chain, 40);
    ASSERT_TRUE(state->checkpoint());
    EXPECT_EQ(state->rewind(20).error().code, ErrorCode::NotFound);
    EXPECT_EQ(state->view_at(20).error().code, ErrorCode::NotFound);
    expect_equal(*state, chain.state(40), "after a refused rewind");
    const auto done = state->rewind(35);
    ASSERT_TRUE(done) << done.error().message;
    expect_equal(*state, chain.state(35), "rewound");
}

/// A view whose block leaves the window says so instead of answering wrongly.
TEST_F(FlatStateTest, UndoRecordsThatAreNeededElsewhereAreKept) {
    FlatConfig config = test::tiny_config();
    config.undo_blocks = 2;
    RandomChain chain(66);
    auto state = open(2, config);
    const auto has_undo = [&](uint64_t block) { return *state->undo_at(block) != nullptr; };
    state->keep_undo_from(3);
    for (uint64_t number = 4; number <= 20; number += 4) {
        commit_to(*state, chain, number);
        ASSERT_TRUE(state->checkpoint());
    }
    state.reset();
    state = open(2, config);
    EXPECT_FALSE(has_undo(2));
    for (uint64_t number = 3; number <= 20; ++number)
        EXPECT_TRUE(has_undo(number)) << number;
    state->keep_undo_from(10);
    commit_to(*state, chain, 21);
    ASSERT_TRUE(state->checkpoint());
    state.reset();
    state = open(2, config);
    EXPECT_FALSE(has_undo(9));
    EXPECT_TRUE(has_undo(10));
}

TEST_F(FlatStateTest, NothingIsWrittenBeforeWhatMustBeDurableFirst) {
    FlatConfig config = test::tiny_config();
    config.overlay_bytes = 1 << 20;
    uint64_t asked = 0;
    Result<void> answer = Error{ErrorCode::Io, "not yet"};
    config.before_write = [&](uint64_t block) {
        asked = block;
        return answer;
    };
    RandomChain chain(67);
    auto state = open(2, config);
    commit_to(*state, chain, 5);
    EXPECT_EQ(state->checkpoint().error().message, "not yet");
    EXPECT_EQ(asked, 5U);
    state.reset();
    state = open(2, config);
    EXPECT_FALSE(state->last_block());
    answer = {};
    commit_to(*state, chain, 7);
    ASSERT_TRUE(state->checkpoint());
    EXPECT_EQ(asked, 7U);
    EXPECT_EQ(state->stored_block()->number, 7U);
}

TEST_F(FlatStateTest, ViewExpires) {
    FlatConfig config = test::tiny_config();
    config.history_bytes = 0;
    config.checkpoint_blocks = 1;
    RandomChain chain(56);
    const auto state = open(2, config);
    commit_to(*state, chain, 3);
    const auto view = state->view_at(3);
    ASSERT_TRUE(view);
    expect_equal(**view, chain.state(3), "at the head");
    commit_to(*state, chain, 20);
    ASSERT_TRUE(state->checkpoint());
    (void)(*view)->account(test::address_of(1));
    ASSERT_TRUE((*view)->failure());
    EXPECT_EQ((*view)->failure()->code, ErrorCode::NotFound);
    EXPECT_FALSE(state->failure());
    EXPECT_EQ(state->view_at(3).error().code, ErrorCode::LimitExceeded);
}

/// A block with a record that is too long is committed all the same, and is the end of the way
/// back.
TEST_F(FlatStateTest, BlockWithoutAWayBack) {
    FlatConfig config = test::tiny_config();
    config.undo_record_bytes = 10 * sizeof(StorageChange);
    const auto state = open(2, config);
    StateChanges changes;
    AccountChange change;
    change.address = test::address_of(1);
    change.account = test::account_of(1, 1);
    change.storage_count = 20;
    changes.accounts.push_back(change);
    for (uint64_t n = 0; n < 20; ++n)
        changes.storage.push_back({n, n + 1});
    ASSERT_TRUE(state->commit({1, {}, {}}, changes));
    changes.clear();
    change.account.reset();
    change.storage_count = 0;
    changes.accounts.push_back(change);
    ASSERT_TRUE(state->commit({2, {}, {}}, changes));
    ASSERT_TRUE(state->commit({3, {}, {}}, {}));
    EXPECT_TRUE(state->view_at(2));
    EXPECT_EQ(state->view_at(1).error().code, ErrorCode::NotFound);
    EXPECT_EQ(state->rewind(1).error().code, ErrorCode::NotFound);
    EXPECT_TRUE(state->rewind(2));
    EXPECT_FALSE(state->account(change.address));
    EXPECT_EQ(state->storage(change.address, 3), Uint256{});
}

/// Memory stays inside the budget and one block, however many blocks come.
TEST_F(FlatStateTest, MemoryStaysCapped) {
    FlatConfig config = test::tiny_config();
    config.overlay_bytes = 200 << 10;
    RandomChain chain(57);
    const auto state = open(4, config);
    size_t most = 0;
    for (uint64_t number = 1; number <= 300; ++number) {
        commit_to(*state, chain, number);
        most = std::max(most, state->memory().overlay);
        ASSERT_LE(state->memory().overlay, config.overlay_bytes + (20 << 10));
        ASSERT_LE(state->memory().cache, config.cache_bytes + (40 << 10));
        ASSERT_LE(state->memory().history, config.history_bytes);
    }
    EXPECT_GT(most, config.overlay_bytes / 3);
    EXPECT_GT(state->stored_block()->number, 0U);
    expect_equal(*state, chain.state(300), "block 300");
}

/// What was prefetched is what is there, also when the checkpoint replaces it meanwhile.
TEST_F(FlatStateTest, PrefetchedValuesAreTrue) {
    FlatConfig config = test::tiny_config();
    config.cache_bytes = 1 << 20;
    RandomChain chain(58);
    const auto state = open(4, config);
    std::vector<Address> accounts;
    std::vector<flat::SlotKey> slots;
    for (uint64_t n = 0; n < test::kFlatAccounts; ++n) {
        accounts.push_back(test::address_of(n));
        for (uint64_t slot = 0; slot < 30; ++slot)
            slots.push_back({test::address_of(n), slot});
    }
    for (uint64_t number = 1; number <= 60; ++number) {
        commit_to(*state, chain, number);
        state->prefetch(accounts, slots);
        expect_equal(*state, chain.state(number), "block " + std::to_string(number));
    }
}

}  // namespace
}  // namespace switchyard
