// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "tests/unit/execute/execute_fixture.hpp"

namespace switchyard::execute::test {
namespace {

class TransactionExecution : public ExecuteFixture {
  protected:
    TransactionExecution() { give(sender_, Uint256(kEther)); }

    [[nodiscard]] const ReadSet::AccountRead* read_of(const Address& address) {
        const auto& accounts = transaction_state_.reads().accounts;
        const auto found = std::find_if(accounts.begin(), accounts.end(),
                                        [&](const auto& read) { return read.address == address; });
        return found == accounts.end() ? nullptr : &*found;
    }
};

TEST_F(TransactionExecution, MovesValueAndFees) {
    const auto outcome = run(payment());
    EXPECT_EQ(outcome.error, TransactionError::None);
    EXPECT_TRUE(outcome.success());
    EXPECT_EQ(outcome.gas_used, 21'000u);
    // Base fee 7 is burnt, the tip of 2 goes to the beneficiary (EIP-1559).
    EXPECT_EQ(balance_after(sender_), Uint256(kEther - 1 - 21'000 * 9));
    EXPECT_EQ(balance_after(recipient_), Uint256(1));
    EXPECT_EQ(balance_after(beneficiary_), Uint256(21'000 * 2));
    const AccountChange* sender = changes_.find(sender_);
    ASSERT_NE(sender, nullptr);
    EXPECT_EQ(sender->account->nonce, 1u);
}

TEST_F(TransactionExecution, CreditsTheBeneficiaryWithoutDependingOnItsBalance) {
    give(beneficiary_, Uint256(123));
    (void)run(payment());
    const AccountChange* change = changes_.find(beneficiary_);
    ASSERT_NE(change, nullptr);
    EXPECT_TRUE(change->balance_is_delta);
    EXPECT_EQ(change->account->balance, Uint256(21'000 * 2));
    if (const auto* read = read_of(beneficiary_); read != nullptr) {
        EXPECT_FALSE(read->depends_on(AccountField::Balance));
    }
    EXPECT_EQ(balance_after(beneficiary_), Uint256(123 + 21'000 * 2));
}

TEST_F(TransactionExecution, LeavesNothingBehindWhenRefused) {
    (void)run(payment());
    auto refused = payment();
    refused.transaction.nonce = 3;
    const auto outcome = run(refused);
    EXPECT_EQ(outcome.error, TransactionError::NonceTooHigh);
    EXPECT_TRUE(changes_.empty());
    const auto* read = read_of(sender_);
    ASSERT_NE(read, nullptr);
    EXPECT_TRUE(read->depends_on(AccountField::Nonce)) << "what refused it is a read";
}

TEST_F(TransactionExecution, KeepsFeesOfAMessageThatReverts) {
    give(recipient_, Uint256(0), 1, {0x60, 0x00, 0x60, 0x00, 0xfd});  // revert(0, 0)
    const auto outcome = run(payment());
    EXPECT_EQ(outcome.status, evm::Status::Revert);
    EXPECT_EQ(outcome.gas_used, 21'006u);
    EXPECT_EQ(balance_after(sender_), Uint256(kEther - 21'006 * 9));
    EXPECT_EQ(balance_after(recipient_), Uint256(0));
}

TEST_F(TransactionExecution, TakesAllGasOfAMessageThatFails) {
    give(recipient_, Uint256(0), 1, {0xfe});
    const auto outcome = run(payment());
    EXPECT_FALSE(outcome.success());
    EXPECT_EQ(outcome.gas_used, 100'000u);
    EXPECT_TRUE(outcome.logs.empty());
}

TEST_F(TransactionExecution, BurnsTheBlobFee) {
    const auto outcome = run(payment(TransactionType::Blob));
    EXPECT_EQ(outcome.blob_gas_used, 131'072u);
    EXPECT_EQ(balance_after(sender_), Uint256(kEther - 1 - 21'000 * 9 - 131'072));
    EXPECT_EQ(balance_after(beneficiary_), Uint256(21'000 * 2));
}

TEST_F(TransactionExecution, BoundsTheRefund) {
    // Clears slot 0: refund 4,800 from London on (EIP-3529), 15,000 before (Yellow Paper).
    give(recipient_, Uint256(0), 1, {0x60, 0x00, 0x60, 0x00, 0x55});
    state_.set_storage(recipient_, Uint256(0), Uint256(1));
    // 21,000 + 2 * 3 + SSTORE 5,000 (2,900 and 2,100 for the cold slot).
    EXPECT_EQ(run(payment()).gas_used, 26'006u - 4'800);
    use(Revision::Istanbul);
    EXPECT_EQ(run(payment(TransactionType::Legacy)).gas_used, 26'006u - 13'003);
}

TEST_F(TransactionExecution, PaysTheFloorForCallData) {
    auto transaction = payment();
    transaction.transaction.data.assign(100, 0xff);
    EXPECT_EQ(run(transaction).gas_used, 21'000u + 100 * 40) << "EIP-7623";
    use(Revision::Cancun);
    EXPECT_EQ(run(transaction).gas_used, 21'000u + 100 * 16);
}

TEST_F(TransactionExecution, CreatesAContract) {
    auto transaction = payment();
    transaction.transaction.to.reset();
    transaction.transaction.data = {0x60, 0x00, 0x60, 0x00, 0xf3};  // return no code
    const auto outcome = run(transaction);
    ASSERT_TRUE(outcome.success());
    ASSERT_TRUE(outcome.created.has_value());
    EXPECT_EQ(*outcome.created, evm::create_address(sender_, 0));
    EXPECT_EQ(balance_after(*outcome.created), Uint256(1));
    const AccountChange* created = changes_.find(*outcome.created);
    ASSERT_NE(created, nullptr);
    EXPECT_EQ(created->account->nonce, 1u) << "EIP-161";
}

class SetCodeTransaction : public TransactionExecution {
  protected:
    SignedTransaction authorized(uint64_t chain_id, uint64_t nonce) {
        auto transaction = payment(TransactionType::SetCode);
        Authorization& authorization = transaction.transaction.authorization_list[0];
        authorization.chain_id = Uint256(chain_id);
        authorization.nonce = nonce;
        authorization.address = address_of(9);
        authorization.authority = authority_;
        return transaction;
    }
    [[nodiscard]] Bytes code_after() {
        BlockState after(state_);
        after.apply(changes_);
        const auto account = after.account(authority_);
        return account ? to_bytes(after.code(account->code_hash)->bytes()) : Bytes{};
    }
    const Address authority_ = address_of(4);
};

TEST_F(SetCodeTransaction, DelegatesAndChargesAnAbsentAuthority) {
    const auto outcome = run(authorized(1, 0));
    EXPECT_EQ(outcome.gas_used, 21'000u + 25'000);
    Bytes delegation{0xef, 0x01, 0x00};
    const Address target = address_of(9);
    delegation.insert(delegation.end(), target.begin(), target.end());
    EXPECT_EQ(code_after(), delegation);
    EXPECT_EQ(changes_.find(authority_)->account->nonce, 1u);
}

TEST_F(SetCodeTransaction, RefundsForAnAuthorityThatExists) {
    give(authority_, Uint256(1));
    // 12,500 of the refund fit into a fifth of 46,000.
    EXPECT_EQ(run(authorized(0, 0)).gas_used, 46'000u - 46'000 / 5);
}

TEST_F(SetCodeTransaction, SkipsWhatIsNotValid) {
    (void)run(authorized(2, 0));
    EXPECT_TRUE(code_after().empty()) << "another chain";
    (void)run(authorized(1, 1));
    EXPECT_TRUE(code_after().empty()) << "another nonce";
    auto unsigned_tuple = authorized(1, 0);
    unsigned_tuple.transaction.authorization_list[0].authority.reset();
    (void)run(unsigned_tuple);
    EXPECT_TRUE(code_after().empty()) << "no signature";
    give(authority_, Uint256(1), 0, {0x00});
    (void)run(authorized(1, 0));
    EXPECT_EQ(code_after(), Bytes{0x00}) << "a contract";
}

TEST_F(SetCodeTransaction, StaysWhenTheMessageFails) {
    give(recipient_, Uint256(0), 1, {0xfe});
    EXPECT_FALSE(run(authorized(1, 0)).success());
    EXPECT_EQ(code_after().size(), 23u);
}

TEST_F(SetCodeTransaction, ClearsADelegation) {
    Bytes delegation{0xef, 0x01, 0x00};
    delegation.resize(23, 0x11);
    give(authority_, Uint256(1), 7, delegation);
    auto transaction = authorized(1, 7);
    transaction.transaction.authorization_list[0].address = Address{};
    (void)run(transaction);
    EXPECT_EQ(changes_.find(authority_)->account->code_hash, kEmptyCodeHash);
}

}  // namespace
}  // namespace switchyard::execute::test
