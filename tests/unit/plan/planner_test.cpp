// SPDX-License-Identifier: Apache-2.0
#include "host/plan/planner.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "host/evm/evm.hpp"

namespace switchyard {
namespace {

Address address(uint8_t n) {
    Address out;
    out[19] = n;
    return out;
}

SignedTransaction call(uint8_t from, uint8_t to) {
    SignedTransaction out;
    out.sender = address(from);
    out.transaction.to = address(to);
    out.transaction.gas_limit = 100'000;
    out.transaction.data = {1, 2, 3, 4};
    return out;
}

SignedTransaction payment(uint8_t from, uint8_t to) {
    SignedTransaction out = call(from, to);
    out.transaction.data.clear();
    out.transaction.value = 7;
    return out;
}

class PlannerFixture : public testing::Test {
  protected:
    bool predicts(uint32_t transaction, uint64_t key, AccessKind kind) const {
        const auto keys = batch_.keys(transaction);
        return std::find(keys.begin(), keys.end(), KeyAccess{key, kind}) != keys.end();
    }
    uint64_t account(uint8_t n) const { return planner_.keys().account_key(address(n)); }
    uint64_t balance(uint8_t n) const { return planner_.keys().balance_key(address(n)); }
    Planner planner_{42};
    AccessBatch batch_;
};

TEST_F(PlannerFixture, WritesTheSenderAndAddsToTheRecipientOfAPayment) {
    planner_.predict(std::vector{payment(1, 2)}, address(9), batch_);
    ASSERT_EQ(batch_.transaction_count(), 1U);
    EXPECT_TRUE(predicts(0, account(1), AccessKind::Write));
    EXPECT_TRUE(predicts(0, balance(2), AccessKind::Add));
    EXPECT_TRUE(predicts(0, balance(9), AccessKind::Add));
}

TEST_F(PlannerFixture, NobodyWaitsForWhatHeIsPaid) {
    planner_.predict(std::vector{payment(1, 2), payment(2, 3)}, address(9), batch_);
    for (const KeyAccess& first : batch_.keys(0))
        for (const KeyAccess& second : batch_.keys(1))
            EXPECT_FALSE(first.key == second.key && conflict(first.kind, second.kind));
}

TEST_F(PlannerFixture, ReadsTheRecipientsCodeInABlockThatMakesSome) {
    planner_.predict(std::vector{call(1, 2)}, address(9), batch_);
    EXPECT_EQ(batch_.keys(0).size(), 2U) << "sender and beneficiary";
    auto creation = call(3, 0);
    creation.transaction.to.reset();
    planner_.predict(std::vector{call(1, 2), creation}, address(9), batch_);
    EXPECT_TRUE(predicts(0, planner_.keys().code_key(address(2)), AccessKind::Read));
    const Address created = evm::create_address(address(3), 0);
    EXPECT_TRUE(predicts(1, planner_.keys().code_key(created), AccessKind::Write));
}

TEST_F(PlannerFixture, PaymentsAndCallsOfOneContractDoNotConflict) {
    auto paying = call(3, 2);
    paying.transaction.value = 7;
    planner_.predict(std::vector{call(1, 2), paying}, address(9), batch_);
    EXPECT_FALSE(predicts(0, balance(2), AccessKind::Read));
    EXPECT_TRUE(predicts(1, balance(2), AccessKind::Add));
}

TEST_F(PlannerFixture, WritesEverySlotOfTheAccessList) {
    auto transaction = call(1, 2);
    Bytes32 slot;
    slot[31] = 5;
    transaction.transaction.access_list = {{address(3), {slot}}, {address(4), {}}};
    planner_.predict(std::vector{transaction}, address(9), batch_);
    EXPECT_TRUE(predicts(0, planner_.keys().storage_key(address(3), slot), AccessKind::Write));
    EXPECT_EQ(batch_.keys(0).size(), 3U) << "sender, slot, beneficiary";
}

TEST_F(PlannerFixture, WritesOnlyAuthoritiesThatWereRecovered) {
    auto transaction = call(1, 2);
    transaction.transaction.authorization_list.resize(2);
    transaction.transaction.authorization_list[1].authority = address(6);
    planner_.predict(std::vector{transaction}, address(9), batch_);
    EXPECT_TRUE(predicts(0, account(6), AccessKind::Write));
    EXPECT_TRUE(predicts(0, planner_.keys().code_key(address(6)), AccessKind::Write));
    EXPECT_EQ(batch_.keys(0).size(), 5U) << "sender, the recipient's code, both, beneficiary";
}

TEST_F(PlannerFixture, StartsAnewWithEachBlock) {
    planner_.predict(std::vector{payment(1, 2), payment(3, 4)}, address(9), batch_);
    planner_.predict(std::vector{payment(5, 6)}, address(9), batch_);
    EXPECT_EQ(batch_.transaction_count(), 1U);
}

TEST_F(PlannerFixture, WeighsACallBetweenItsCertainCostAndItsLimit) {
    planner_.predict(std::vector{payment(1, 2), call(3, 4)}, address(9), batch_);
    EXPECT_EQ(batch_.gas(0), 21'000U);
    EXPECT_GT(batch_.gas(1), 21'000U);
    EXPECT_LT(batch_.gas(1), 100'000U);
}

TEST(KeyHasher, SeparatesAccountsSlotsAndSeeds) {
    const KeyHasher keys(1);
    EXPECT_NE(keys.account_key(address(1)), keys.account_key(address(2)));
    EXPECT_NE(keys.account_key(address(1)), keys.storage_key(address(1), Bytes32{}));
    EXPECT_NE(keys.account_key(address(1)), keys.code_key(address(1)));
    EXPECT_NE(keys.account_key(address(1)), keys.balance_key(address(1)));
    EXPECT_NE(keys.balance_key(address(1)), keys.code_key(address(1)));
    EXPECT_NE(keys.account_key(address(1)), KeyHasher(2).account_key(address(1)));
}

}  // namespace
}  // namespace switchyard
