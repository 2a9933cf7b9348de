// SPDX-License-Identifier: Apache-2.0
#include "host/state/block_state.hpp"

#include <gtest/gtest.h>

#include "host/state/transaction_state.hpp"
#include "tests/unit/state/state_fixture.hpp"

namespace switchyard {
namespace {

using test::account_of;
using test::address_of;

const Address kContract = address_of(0xc0de);
const Address kMiner = address_of(0xfee);

class BlockStateTest : public testing::Test {
  protected:
    template <typename Body>
    void transaction(Body body) {
        state_.begin(block_, Revision::Shanghai);
        body(state_);
        state_.finish(changes_);
        block_.apply(changes_);
    }
    StateChanges net() {
        StateChanges out;
        block_.changes(out);
        return out;
    }

    MemoryState base_;
    BlockState block_{base_};
    TransactionState state_;
    StateChanges changes_;
};

TEST_F(BlockStateTest, AddsUpCredits) {
    base_.set_account(kMiner, account_of(3, 100));
    for (uint64_t fee = 1; fee <= 3; ++fee)
        transaction([&](TransactionState& state) { state.add_balance(kMiner, fee); });
    EXPECT_EQ(block_.account(kMiner)->balance, Uint256{106});
    const StateChanges changes = net();
    ASSERT_EQ(changes.accounts.size(), 1U);
    EXPECT_FALSE(changes.accounts[0].balance_is_delta);
    EXPECT_EQ(changes.accounts[0].account, account_of(3, 106));
}

TEST_F(BlockStateTest, RecreatesADestroyedContractWithoutItsStorage) {
    Account contract = account_of(1, 0);
    contract.code_hash = base_.add_code({0xff});
    base_.set_account(kContract, contract);
    base_.set_storage(kContract, 1, 11);
    base_.set_storage(kContract, 2, 22);
    transaction([](TransactionState& state) {
        state.set_storage(kContract, 1, 12);
        state.self_destruct(kContract);
    });
    EXPECT_FALSE(block_.account(kContract).has_value());
    EXPECT_FALSE(block_.has_storage(kContract));
    transaction([](TransactionState& state) {
        EXPECT_FALSE(state.has_storage(kContract));
        state.create_contract(kContract);
        state.set_nonce(kContract, 1);
        EXPECT_EQ(state.storage(kContract, 2), Uint256{});
        state.set_storage(kContract, 2, 23);
        state.set_code(kContract, {0xfe});
    });
    EXPECT_EQ(block_.storage(kContract, 1), Uint256{});
    EXPECT_EQ(block_.storage(kContract, 2), Uint256{23});
    const StateChanges changes = net();
    ASSERT_EQ(changes.accounts.size(), 1U);
    EXPECT_TRUE(changes.accounts[0].storage_cleared);
    ASSERT_EQ(changes.storage.size(), 1U);
    base_.apply(changes);
    EXPECT_EQ(base_.storage(kContract, 1), Uint256{});
    EXPECT_EQ(base_.storage(kContract, 2), Uint256{23});
}

TEST_F(BlockStateTest, WhatAStorageHeldBeforeItWentDoesNotComeBack) {
    base_.set_account(kContract, account_of(1, 5));
    base_.set_storage(kContract, 1, 11);
    const auto recreate = [](TransactionState& state) {
        state.create_contract(kContract);
        state.set_nonce(kContract, 1);
    };
    transaction([](TransactionState& state) { state.set_storage(kContract, 1, 12); });
    transaction([](TransactionState& state) { state.self_destruct(kContract); });
    transaction([&](TransactionState& state) {
        recreate(state);
        state.set_storage(kContract, 2, 22);
    });
    EXPECT_EQ(block_.storage(kContract, 1), Uint256{});
    EXPECT_TRUE(block_.has_storage(kContract));
    transaction([](TransactionState& state) { state.self_destruct(kContract); });
    transaction(recreate);
    EXPECT_EQ(block_.storage(kContract, 2), Uint256{});
    EXPECT_FALSE(block_.has_storage(kContract));
    // The base's value, written to a storage that has nothing of the base, is a change.
    transaction([](TransactionState& state) { state.set_storage(kContract, 1, 11); });
    const StateChanges changes = net();
    ASSERT_EQ(changes.accounts.size(), 1U);
    EXPECT_TRUE(changes.accounts[0].storage_cleared);
    EXPECT_EQ(changes.storage, (std::vector<StorageChange>{{1, 11}}));
}

TEST_F(BlockStateTest, BeginsAgainWithNothingOfTheBlockBefore) {
    transaction([](TransactionState& state) {
        state.create_contract(kContract);
        state.set_nonce(kContract, 1);
        state.set_storage(kContract, 1, 11);
        state.set_code(kContract, {0xfe});
    });
    MemoryState other;
    other.set_account(kMiner, account_of(1, 7));
    block_.begin(other);
    EXPECT_TRUE(net().empty());
    EXPECT_TRUE(net().codes.empty());
    EXPECT_FALSE(block_.account(kContract).has_value());
    EXPECT_EQ(block_.storage(kContract, 1), Uint256{});
    EXPECT_EQ(block_.account(kMiner)->balance, Uint256{7});
}

TEST_F(BlockStateTest, FetchingAheadChangesNothing) {
    block_.prefetch_index(kMiner);
    block_.prefetch_account(kMiner);
    transaction([](TransactionState& state) { state.add_balance(kMiner, 1); });
    for (const Address& address : {kMiner, kContract}) {
        block_.prefetch_index(address);
        block_.prefetch_account(address);
    }
    EXPECT_EQ(net().accounts.size(), 1U);
    EXPECT_FALSE(block_.account(kContract).has_value());
}

TEST_F(BlockStateTest, EffectsThatCancelLeaveNoChange) {
    base_.set_account(kContract, account_of(1, 5));
    base_.set_storage(kContract, 1, 11);
    transaction([](TransactionState& state) {
        state.set_storage(kContract, 1, 0);
        state.add_balance(kMiner, 1);
    });
    EXPECT_EQ(net().accounts.size(), 2U);
    transaction([](TransactionState& state) {
        state.set_storage(kContract, 1, 11);
        EXPECT_EQ(state.balance(kMiner), Uint256{1});
        state.subtract_balance(kMiner, 1);
    });
    EXPECT_TRUE(net().empty());
}

TEST_F(BlockStateTest, ChangesAreSorted) {
    for (const uint64_t n : {5U, 2U, 9U, 1U})
        transaction([&](TransactionState& state) {
            state.create_contract(address_of(n));
            state.set_nonce(address_of(n), 1);
            for (const uint64_t key : {7U, 3U, 8U})
                state.set_storage(address_of(n), key, 1);
        });
    const StateChanges changes = net();
    ASSERT_EQ(changes.accounts.size(), 4U);
    for (size_t i = 0; i < 4; ++i) {
        const AccountChange& account = changes.accounts[i];
        if (i > 0) {
            EXPECT_LT(changes.accounts[i - 1].address, account.address);
        }
        const auto slots = changes.storage_of(account);
        ASSERT_EQ(slots.size(), 3U);
        EXPECT_EQ(slots[0].key, Uint256{3});
        EXPECT_EQ(slots[2].key, Uint256{8});
    }
}

}  // namespace
}  // namespace switchyard
