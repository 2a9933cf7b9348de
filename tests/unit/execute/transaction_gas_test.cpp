// SPDX-License-Identifier: Apache-2.0
// Gas in two dimensions: EIP-7976, 7981 and 8037, worked out from their texts.
#include "host/evm/state_gas.hpp"
#include "tests/unit/execute/execute_fixture.hpp"

namespace switchyard::execute::test {
namespace {

constexpr uint64_t kBlockGasLimit = 120'000'000;
constexpr uint64_t kByte = 1'174;  ///< of state, at that limit

class TransactionGas : public ExecuteFixture {
  protected:
    TransactionGas() : ExecuteFixture(Revision::Amsterdam) {
        header_.gas_limit = kBlockGasLimit;
        give(sender_, Uint256(kEther));
    }
    static IntrinsicGas owed(const Transaction& transaction) {
        return intrinsic_gas(transaction, Revision::Amsterdam, kBlockGasLimit);
    }
};

TEST_F(TransactionGas, CountsEveryByteOfCallDataAlikeInTheFloor) {
    Transaction transaction = payment().transaction;
    transaction.data = {0, 0, 0, 1};
    const IntrinsicGas gas = owed(transaction);
    EXPECT_EQ(gas.intrinsic, 21'000u + 3 * 4 + 16);
    EXPECT_EQ(gas.floor, 21'000u + 4 * 64);
    EXPECT_EQ(gas.state, 0u);
}

TEST_F(TransactionGas, PaysForTheBytesOfAccessLists) {
    Transaction transaction = payment().transaction;
    transaction.access_list = {{address_of(9), {Bytes32{}, Bytes32{}}}};
    const IntrinsicGas gas = owed(transaction);
    EXPECT_EQ(gas.intrinsic, 21'000u + 2'400 + 2 * 1'900 + 84 * 64);
    EXPECT_EQ(gas.floor, 21'000u + 84 * 64);
}

TEST_F(TransactionGas, OwesStateForCreationsAndAuthorizations) {
    Transaction creation = payment().transaction;
    creation.to.reset();
    EXPECT_EQ(owed(creation).intrinsic, 21'000u + 9'000);
    EXPECT_EQ(owed(creation).state, 112 * kByte);
    Transaction delegation = payment(TransactionType::SetCode).transaction;
    delegation.authorization_list.resize(3);
    EXPECT_EQ(owed(delegation).intrinsic, 21'000u + 3 * 7'500);
    EXPECT_EQ(owed(delegation).state, 3 * (112 + 23) * kByte);
    EXPECT_EQ(owed(delegation).total(), owed(delegation).intrinsic + owed(delegation).state);
    EXPECT_EQ(intrinsic_gas(delegation, Revision::Osaka, kBlockGasLimit).state, 0u);
}

TEST_F(TransactionGas, SaturatesWhatNobodyCanOwe) {
    Transaction transaction = payment(TransactionType::SetCode).transaction;
    transaction.authorization_list.resize(2'000);
    const IntrinsicGas gas = intrinsic_gas(transaction, Revision::Amsterdam, UINT64_MAX);
    EXPECT_EQ(gas.state, UINT64_MAX);
    EXPECT_EQ(gas.total(), UINT64_MAX);
}

TEST_F(TransactionGas, CapsRegularGasAlone) {
    SignedTransaction transaction = payment();
    transaction.transaction.gas_limit = 100'000'000;
    EXPECT_EQ(validate(transaction), TransactionError::None);
    // A floor above the cap cannot be paid: 64 gas for each byte.
    transaction.transaction.data.assign((kTransactionGasCap - 21'000) / 64 + 1, 0);
    EXPECT_EQ(validate(transaction), TransactionError::GasLimitAboveCap);
    transaction.transaction.data.pop_back();
    EXPECT_EQ(validate(transaction), TransactionError::None);
}

TEST_F(TransactionGas, FitsABlockInBothDimensions) {
    Transaction creation = payment().transaction;
    creation.to.reset();
    creation.gas_limit = 1'000'000;
    const IntrinsicGas gas = owed(creation);
    const uint64_t regular = creation.gas_limit - gas.state;
    const uint64_t state = creation.gas_limit - gas.intrinsic;
    EXPECT_TRUE(fits_block(creation, gas, Revision::Amsterdam, regular, state));
    EXPECT_FALSE(fits_block(creation, gas, Revision::Amsterdam, regular - 1, state));
    EXPECT_FALSE(fits_block(creation, gas, Revision::Amsterdam, regular, state - 1));
    // No more regular gas than the cap can be used.
    creation.gas_limit = 100'000'000;
    EXPECT_TRUE(fits_block(creation, gas, Revision::Amsterdam, kTransactionGasCap, UINT64_MAX));
    EXPECT_FALSE(
        fits_block(creation, gas, Revision::Amsterdam, kTransactionGasCap - 1, UINT64_MAX));
    // One dimension before.
    EXPECT_TRUE(fits_block(creation, gas, Revision::Osaka, 100'000'000, 0));
    EXPECT_FALSE(fits_block(creation, gas, Revision::Osaka, 99'999'999, UINT64_MAX));
}

TEST_F(TransactionGas, CountsStateApartFromRegularGas) {
    // PUSH1 1 PUSH0 SSTORE
    give(recipient_, Uint256(0), 1, {0x60, 0x01, 0x5f, 0x55});
    SignedTransaction transaction = payment();
    transaction.transaction.value = Uint256(0);
    transaction.transaction.gas_limit = 1'000'000;
    const TransactionOutcome outcome = run(transaction);
    ASSERT_TRUE(outcome.success());
    EXPECT_EQ(outcome.regular_gas_used, 21'000u + 3 + 2 + 2'100 + 2'900);
    EXPECT_EQ(outcome.state_gas_used, 32 * kByte);
    EXPECT_EQ(outcome.gas_used, outcome.regular_gas_used + outcome.state_gas_used);
}

TEST_F(TransactionGas, TakesTheLargerSumOfTheBlock) {
    give(recipient_, Uint256(0), 1, {0x60, 0x01, 0x5f, 0x55});
    std::vector<SignedTransaction> transactions(2, payment());
    transactions[0].transaction.gas_limit = 1'000'000;
    transactions[1].transaction.nonce = 1;
    transactions[1].transaction.to = address_of(7);
    give(address_of(7), Uint256(1));
    BlockInput in = input(transactions);
    in.scope = BlockScope::TransactionsOnly;
    const auto block = execute_block_serial(in, state_);
    ASSERT_TRUE(block) << block.error().message;
    EXPECT_EQ(block->regular_gas_used, 21'000u + 5'005 + 21'000);
    EXPECT_EQ(block->state_gas_used, 32 * kByte);
    EXPECT_EQ(block->gas_used, block->regular_gas_used);
    EXPECT_EQ(block->receipts[1].cumulative_gas_used, 47'005u + 32 * kByte);
}

TEST_F(TransactionGas, CountsNoRefundForTheBlock) {
    // Clears a slot: PUSH0 PUSH0 SSTORE. EIP-7778.
    give(recipient_, Uint256(0), 1, {0x5f, 0x5f, 0x55});
    state_.set_storage(recipient_, Uint256(0), Uint256(1));
    const TransactionOutcome outcome = run(payment());
    ASSERT_TRUE(outcome.success());
    EXPECT_EQ(outcome.regular_gas_used, 21'000u + 4 + 5'000);
    EXPECT_EQ(outcome.gas_used, outcome.regular_gas_used - 4'800);
    EXPECT_EQ(outcome.state_gas_used, 0u);
}

TEST_F(TransactionGas, RefundsTheStateOfWhatIsDestroyedAtOnce) {
    // Init code: PUSH1 1 PUSH0 SSTORE ADDRESS SELFDESTRUCT
    SignedTransaction transaction = payment();
    transaction.transaction.to.reset();
    transaction.transaction.value = Uint256(0);
    transaction.transaction.data = {0x60, 0x01, 0x5f, 0x55, 0x30, 0xff};
    transaction.transaction.gas_limit = 1'000'000;
    const TransactionOutcome outcome = run(transaction);
    ASSERT_TRUE(outcome.success());
    EXPECT_EQ(outcome.state_gas_used, 112 * kByte) << "what the creation owed stays in the block";
}

}  // namespace
}  // namespace switchyard::execute::test
