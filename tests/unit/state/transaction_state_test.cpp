// SPDX-License-Identifier: Apache-2.0
#include "host/state/transaction_state.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <set>

#include "tests/unit/state/state_fixture.hpp"

namespace switchyard {
namespace {

using test::account_of;
using test::address_of;

const Address kAlice = address_of(0xa11ce);
const Address kBob = address_of(0xb0b);
const Address kRipemd = address_of(3);

class TransactionStateTest : public testing::Test {
  protected:
    void begin(Revision revision) { state_.begin(view_, revision); }
    const StateChanges& finish() {
        state_.finish(changes_);
        return changes_;
    }
    [[nodiscard]] uint8_t fields(const Address& address) const {
        for (const auto& read : state_.reads().accounts)
            if (read.address == address) return read.fields;
        return 0;
    }

    MemoryState view_;
    TransactionState state_;
    StateChanges changes_;
};

TEST_F(TransactionStateTest, CreditAloneIsADeltaAndDependsOnNothing) {
    view_.set_account(kAlice, account_of(0, 7));
    begin(Revision::Cancun);
    state_.add_balance(kAlice, 5);
    state_.add_balance(kAlice, 6);
    const AccountChange* change = finish().find(kAlice);
    ASSERT_NE(change, nullptr);
    EXPECT_TRUE(change->balance_is_delta);
    EXPECT_EQ(change->account->balance, Uint256{11});
    EXPECT_FALSE(change->nonce_written);
    EXPECT_FALSE(change->code_written);
    EXPECT_EQ(fields(kAlice), 0);
    EXPECT_TRUE(state_.reads().accounts.empty()) << "a credit needs no read";
}

TEST_F(TransactionStateTest, ReadingTheBalanceMakesTheChangeAbsolute) {
    view_.set_account(kAlice, account_of(0, 7));
    begin(Revision::Cancun);
    state_.add_balance(kAlice, 5);
    EXPECT_EQ(state_.balance(kAlice), Uint256{12});
    const AccountChange* change = finish().find(kAlice);
    ASSERT_NE(change, nullptr);
    EXPECT_FALSE(change->balance_is_delta);
    EXPECT_EQ(change->account->balance, Uint256{12});
    EXPECT_EQ(fields(kAlice), static_cast<uint8_t>(AccountField::Balance));
}

TEST_F(TransactionStateTest, ADebitDependsOnTheBalanceBeingEnough) {
    view_.set_account(kAlice, account_of(1, 100));
    begin(Revision::Cancun);
    ASSERT_TRUE(state_.has_balance(kAlice, 30));
    state_.subtract_balance(kAlice, 30);
    ASSERT_TRUE(state_.has_balance(kAlice, 50)) << "of the 70 that are left";
    state_.set_nonce(kAlice, 2);
    const AccountChange* change = finish().find(kAlice);
    ASSERT_NE(change, nullptr);
    EXPECT_TRUE(change->balance_is_delta);
    EXPECT_EQ(change->account->balance, -Uint256{30});
    EXPECT_EQ(fields(kAlice), static_cast<uint8_t>(AccountField::BalanceAtLeast));
    for (const uint64_t balance : {80U, 81U, 1'000'000U}) {
        view_.set_account(kAlice, account_of(1, balance));
        EXPECT_TRUE(reads_hold(state_.reads(), view_)) << balance;
    }
    for (const uint64_t balance : {0U, 79U}) {
        view_.set_account(kAlice, account_of(1, balance));
        EXPECT_FALSE(reads_hold(state_.reads(), view_)) << balance;
    }
}

TEST_F(TransactionStateTest, WhatWasCreditedBeforeIsEnoughByItself) {
    begin(Revision::Cancun);
    state_.add_balance(kAlice, 10);
    EXPECT_TRUE(state_.has_balance(kAlice, 10));
    EXPECT_EQ(fields(kAlice), 0);
}

TEST_F(TransactionStateTest, ABalanceThatIsNotEnoughCountsExactly) {
    view_.set_account(kAlice, account_of(1, 100));
    begin(Revision::Cancun);
    EXPECT_FALSE(state_.has_balance(kAlice, 101));
    EXPECT_EQ(fields(kAlice), static_cast<uint8_t>(AccountField::Balance));
}

TEST_F(TransactionStateTest, BalancesWhoseSumsMightWrapCountExactly) {
    view_.set_account(kAlice, {1, ~Uint256{}, kEmptyCodeHash});
    begin(Revision::Cancun);
    EXPECT_TRUE(state_.has_balance(kAlice, 1));
    EXPECT_EQ(fields(kAlice), static_cast<uint8_t>(AccountField::Balance));
}

TEST_F(TransactionStateTest, TouchDeletesAnEmptyAccountFromSpuriousDragonOn) {
    view_.set_account(kBob, Account{});
    begin(Revision::SpuriousDragon);
    state_.touch(kBob);
    const AccountChange* change = finish().find(kBob);
    ASSERT_NE(change, nullptr);
    EXPECT_FALSE(change->account.has_value());
    EXPECT_NE(fields(kBob) & static_cast<uint8_t>(AccountField::Existence), 0);
}

TEST_F(TransactionStateTest, TouchCreatesAnEmptyAccountBeforeSpuriousDragon) {
    begin(Revision::TangerineWhistle);
    EXPECT_FALSE(state_.exists(kBob));
    state_.add_balance(kBob, 0);
    EXPECT_TRUE(state_.exists(kBob));
    view_.apply(finish());
    EXPECT_EQ(view_.account(kBob), Account{});
}

TEST_F(TransactionStateTest, TouchOfNobodyLeavesNothingFromSpuriousDragonOn) {
    begin(Revision::SpuriousDragon);
    state_.add_balance(kBob, 0);
    EXPECT_TRUE(finish().empty());
}

TEST_F(TransactionStateTest, RevertedTouchDeletesNothing) {
    view_.set_account(kBob, Account{});
    begin(Revision::SpuriousDragon);
    const size_t snapshot = state_.snapshot();
    state_.touch(kBob);
    state_.revert_to(snapshot);
    EXPECT_TRUE(finish().empty());
}

TEST_F(TransactionStateTest, TouchOfTheRipemdPrecompileSurvivesARevert) {
    view_.set_account(kRipemd, Account{});
    begin(Revision::SpuriousDragon);
    const size_t snapshot = state_.snapshot();
    state_.add_balance(kRipemd, 0);
    state_.revert_to(snapshot);
    const AccountChange* change = finish().find(kRipemd);
    ASSERT_NE(change, nullptr);
    EXPECT_FALSE(change->account.has_value());
}

TEST_F(TransactionStateTest, RevertedCreditOfTheRipemdPrecompileLeavesIt) {
    view_.set_account(kRipemd, Account{});
    begin(Revision::SpuriousDragon);
    const size_t snapshot = state_.snapshot();
    state_.add_balance(kRipemd, 1);
    state_.revert_to(snapshot);
    EXPECT_TRUE(finish().empty());
}

TEST_F(TransactionStateTest, SelfDestructDeletesAtTheEndOnly) {
    Account contract = account_of(1, 9);
    contract.code_hash = view_.add_code({0x00});
    view_.set_account(kBob, contract);
    view_.set_storage(kBob, 1, 2);
    begin(Revision::Byzantium);
    EXPECT_TRUE(state_.self_destruct(kBob));
    EXPECT_FALSE(state_.self_destruct(kBob));
    EXPECT_EQ(state_.storage(kBob, 1), Uint256{2});
    EXPECT_EQ(state_.code(kBob)->size(), 1U);
    state_.add_balance(kBob, 5);  // burnt
    view_.apply(finish());
    EXPECT_FALSE(view_.account(kBob).has_value());
    EXPECT_EQ(view_.storage(kBob, 1), Uint256{});
}

TEST_F(TransactionStateTest, CreatedContractStartsWithEmptyStorageAndKeepsTheBalance) {
    view_.set_account(kBob, account_of(0, 4));
    view_.set_storage(kBob, 1, 2);
    begin(Revision::Homestead);
    state_.create_contract(kBob);
    EXPECT_EQ(state_.storage(kBob, 1), Uint256{});
    EXPECT_EQ(state_.original_storage(kBob, 1), Uint256{});
    state_.set_storage(kBob, 3, 4);
    EXPECT_EQ(state_.original_storage(kBob, 3), Uint256{});
    state_.set_code(kBob, {0x5b});
    view_.apply(finish());
    EXPECT_EQ(view_.storage(kBob, 1), Uint256{});
    EXPECT_EQ(view_.storage(kBob, 3), Uint256{4});
    EXPECT_EQ(view_.account(kBob)->balance, Uint256{4});
    EXPECT_EQ(view_.code(view_.account(kBob)->code_hash)->size(), 1U);
}

TEST_F(TransactionStateTest, RevertedCreationBringsTheOldStorageBack) {
    view_.set_account(kBob, account_of(0, 4));
    view_.set_storage(kBob, 1, 2);
    begin(Revision::Byzantium);
    EXPECT_EQ(state_.storage(kBob, 1), Uint256{2});
    const size_t snapshot = state_.snapshot();
    state_.create_contract(kBob);
    state_.set_storage(kBob, 1, 9);
    state_.set_storage(kBob, 5, 9);
    EXPECT_TRUE(state_.was_created(kBob));
    state_.revert_to(snapshot);
    EXPECT_FALSE(state_.was_created(kBob));
    EXPECT_EQ(state_.storage(kBob, 1), Uint256{2});
    EXPECT_EQ(state_.storage(kBob, 5), Uint256{});
    EXPECT_TRUE(finish().empty());
}

TEST_F(TransactionStateTest, OriginalStorageStaysOverWrites) {
    view_.set_account(kBob, account_of(1, 4));
    view_.set_storage(kBob, 1, 2);
    begin(Revision::Istanbul);
    state_.set_storage(kBob, 1, 3);
    state_.set_storage(kBob, 1, 4);
    EXPECT_EQ(state_.original_storage(kBob, 1), Uint256{2});
    state_.set_storage(kBob, 1, 2);
    EXPECT_TRUE(finish().empty()) << "a slot that is back at its original value is no change";
    ASSERT_EQ(state_.reads().storage.size(), 1U);
    EXPECT_EQ(state_.reads().storage[0].value, Uint256{2});
}

TEST_F(TransactionStateTest, WarmthLogsRefundsAndTransientStorageRevert) {
    begin(Revision::Cancun);
    EXPECT_FALSE(state_.warm_account(kAlice));
    EXPECT_TRUE(state_.warm_account(kAlice));
    state_.add_refund(100);
    state_.set_transient_storage(kAlice, 1, 1);
    const size_t snapshot = state_.snapshot();
    EXPECT_FALSE(state_.warm_account(kBob));
    EXPECT_FALSE(state_.warm_storage(kAlice, 7));
    EXPECT_TRUE(state_.is_warm_storage(kAlice, 7));
    state_.add_log({kAlice, {}, {1}});
    state_.add_refund(-40);
    EXPECT_EQ(state_.refund(), 60);
    state_.set_transient_storage(kAlice, 1, 2);
    state_.revert_to(snapshot);
    EXPECT_TRUE(state_.is_warm_account(kAlice));
    EXPECT_FALSE(state_.is_warm_account(kBob));
    EXPECT_FALSE(state_.is_warm_storage(kAlice, 7));
    EXPECT_TRUE(state_.logs().empty());
    EXPECT_EQ(state_.refund(), 100);
    EXPECT_EQ(state_.transient_storage(kAlice, 1), Uint256{1});
    EXPECT_EQ(state_.transient_storage(kBob, 1), Uint256{});
    begin(Revision::Cancun);
    EXPECT_FALSE(state_.is_warm_account(kAlice));
    EXPECT_EQ(state_.transient_storage(kAlice, 1), Uint256{});
}

TEST_F(TransactionStateTest, WarmingReadsNothing) {
    begin(Revision::Berlin);
    state_.warm_account(kAlice);
    state_.warm_storage(kAlice, 1);
    EXPECT_TRUE(finish().empty());
    EXPECT_TRUE(state_.reads().accounts.empty());
    EXPECT_TRUE(state_.reads().storage.empty());
}

TEST_F(TransactionStateTest, EmptinessAfterADebitDependsOnNonceAndCode) {
    view_.set_account(kAlice, account_of(0, 5));
    begin(Revision::London);
    EXPECT_EQ(state_.balance(kAlice), Uint256{5});
    state_.subtract_balance(kAlice, 5);
    state_.add_balance(kBob, 5);
    const AccountChange* change = finish().find(kAlice);
    ASSERT_NE(change, nullptr);
    EXPECT_FALSE(change->account.has_value());
    EXPECT_NE(fields(kAlice) & static_cast<uint8_t>(AccountField::Nonce), 0);
    EXPECT_NE(fields(kAlice) & static_cast<uint8_t>(AccountField::CodeHash), 0);
}

/// What the transaction accessed, by address.
std::map<Address, std::set<Uint256>> accesses_of(const StateChanges& changes) {
    std::map<Address, std::set<Uint256>> out;
    for (const AccessSet::Account& account : changes.accesses.accounts) {
        const auto slots = changes.accesses.slots_of(account);
        EXPECT_TRUE(out.emplace(account.address, std::set(slots.begin(), slots.end())).second);
        EXPECT_EQ(out[account.address].size(), slots.size()) << "a slot stands twice";
    }
    return out;
}
using Accesses = std::map<Address, std::set<Uint256>>;

TEST_F(TransactionStateTest, AccessesAreWhatWasAskedOrChangedAndSurviveReverts) {
    const Address carol = address_of(0xca01);
    begin(Revision::Amsterdam);
    (void)state_.balance(kAlice);
    const size_t snapshot = state_.snapshot();
    state_.add_balance(kBob, 1);
    state_.set_storage(kBob, 5, 6);
    (void)state_.storage(kBob, 7);
    state_.revert_to(snapshot);
    state_.add_balance(carol, 0);
    EXPECT_EQ(accesses_of(finish()), (Accesses{{kAlice, {}}, {kBob, {5, 7}}, {carol, {}}}));
    EXPECT_TRUE(changes_.accounts.empty());
}

TEST_F(TransactionStateTest, EveryQuestionIsAnAccess) {
    using Question = std::function<void(TransactionState&)>;
    const std::vector<Question> questions{
        [](auto& state) { (void)state.exists(kAlice); },
        [](auto& state) { (void)state.is_empty(kAlice); },
        [](auto& state) { (void)state.balance(kAlice); },
        [](auto& state) { (void)state.nonce(kAlice); },
        [](auto& state) { (void)state.code_hash(kAlice); },
        [](auto& state) { (void)state.code(kAlice); },
        [](auto& state) { state.add_balance(kAlice, 1); },
        [](auto& state) { state.touch(kAlice); },
        [](auto& state) { state.set_nonce(kAlice, 1); },
        [](auto& state) { state.set_code(kAlice, {1}); },
        [](auto& state) { state.create_contract(kAlice); },
        [](auto& state) { state.access(kAlice); },
    };
    for (const Question& question : questions) {
        begin(Revision::Amsterdam);
        question(state_);
        EXPECT_EQ(accesses_of(finish()), (Accesses{{kAlice, {}}})) << &question - questions.data();
    }
}

TEST_F(TransactionStateTest, WarmingIsNoAccess) {
    begin(Revision::Amsterdam);
    state_.warm_account(kAlice);
    state_.warm_storage(kBob, 1);
    (void)state_.is_warm_account(kBob);
    (void)state_.transient_storage(kAlice, 1);
    state_.set_transient_storage(kAlice, 1, 2);
    EXPECT_EQ(accesses_of(finish()), Accesses{});
}

TEST_F(TransactionStateTest, PeekingGivesTheSameAnswersAndLeavesNoTrace) {
    view_.set_account(kAlice, account_of(4, 7));
    view_.set_storage(kAlice, 1, 11);
    view_.set_storage(kAlice, 2, 12);
    begin(Revision::Amsterdam);
    EXPECT_EQ(state_.peek_account(kAlice), account_of(4, 7));
    EXPECT_EQ(state_.peek_account(kBob), std::nullopt);
    EXPECT_EQ(state_.peek_code(kBob)->size(), 0U);
    EXPECT_EQ(state_.peek_storage(kAlice, 1), Uint256{11});
    EXPECT_TRUE(state_.reads().accounts.empty());
    EXPECT_TRUE(state_.reads().storage.empty());

    state_.add_balance(kAlice, 5);
    state_.set_nonce(kAlice, 9);
    state_.set_storage(kAlice, 1, 21);
    state_.create_contract(kBob);
    state_.set_code(kBob, {0x60});
    state_.set_storage(kBob, 3, 33);
    EXPECT_EQ(state_.peek_account(kAlice), account_of(9, 12));
    EXPECT_EQ(state_.peek_code(kBob)->bytes()[0], 0x60);
    EXPECT_EQ(state_.peek_account(kBob)->code_hash, state_.code_hash(kBob));
    EXPECT_EQ(state_.peek_storage(kAlice, 1), Uint256{21});
    EXPECT_EQ(state_.peek_original_storage(kAlice, 1), Uint256{11});
    EXPECT_EQ(state_.peek_storage(kAlice, 2), Uint256{12});
    EXPECT_EQ(state_.peek_storage(kBob, 3), Uint256{33});
    EXPECT_EQ(state_.peek_storage(kBob, 4), Uint256{});
    EXPECT_EQ(state_.peek_original_storage(kBob, 3), Uint256{});
    EXPECT_EQ(accesses_of(finish()), (Accesses{{kAlice, {1}}, {kBob, {3}}}));
}

TEST_F(TransactionStateTest, SlotsOfADestroyedContractStayAccessed) {
    begin(Revision::Amsterdam);
    state_.create_contract(kAlice);
    state_.set_storage(kAlice, 1, 2);
    state_.self_destruct(kAlice);
    EXPECT_EQ(accesses_of(finish()), (Accesses{{kAlice, {1}}}));
}

TEST_F(TransactionStateTest, NobodyIsToldOfAccessesBeforeAmsterdam) {
    begin(Revision::Osaka);
    state_.set_storage(kAlice, 1, 2);
    EXPECT_EQ(finish().accesses, AccessSet{});
}

}  // namespace
}  // namespace switchyard
