// SPDX-License-Identifier: Apache-2.0
// Rules of the first forks that later ones took away, with gas from the Yellow Paper's appendix G
// as it stood then, and from the EIPs that changed it.
#include "tests/unit/execute/execute_fixture.hpp"

namespace switchyard::execute::test {
namespace {

class Frontier : public ExecuteFixture {
  protected:
    Frontier() {
        use(Revision::Frontier);
        give(sender_, Uint256(kEther));
    }
    [[nodiscard]] SignedTransaction call() { return payment(TransactionType::Legacy); }
    [[nodiscard]] SignedTransaction creation(Bytes init_code) {
        auto out = call();
        out.transaction.to.reset();
        out.transaction.data = std::move(init_code);
        return out;
    }
    [[nodiscard]] std::optional<Account> account_after(const Address& address) {
        BlockState after(state_);
        after.apply(changes_);
        return after.account(address);
    }
    /// PUSH20 `address`.
    static void push(Bytes& code, const Address& address) {
        code.push_back(0x73);
        code.insert(code.end(), address.begin(), address.end());
    }
    /// A call with value 0 and the gas of `gas_push`; four more words are 0.
    static Bytes caller_of(const Address& address, const Bytes& gas_push, uint8_t opcode = 0xf1) {
        Bytes code;
        for (int i = 0; i < (opcode == 0xf4 ? 4 : 5); ++i) {
            code.push_back(0x60);
            code.push_back(0x00);
        }
        push(code, address);
        for (const uint8_t byte : gas_push)
            code.push_back(byte);
        code.push_back(opcode);
        return code;
    }
};

TEST_F(Frontier, LeavesAnEmptyContractWhenTheCodeDepositIsNotPaid) {
    // return(0, 32): 9 gas; the deposit would take 200 * 32. Data: 4 * 68 + 4.
    auto transaction = creation({0x60, 0x20, 0x60, 0x00, 0xf3});
    transaction.transaction.gas_limit = 21'000 + 276 + 9 + 6'399;
    auto outcome = run(transaction);
    ASSERT_TRUE(outcome.success());
    EXPECT_EQ(outcome.gas_used, 21'285u) << "the gas for the deposit is not taken";
    auto created = account_after(evm::create_address(sender_, 0));
    ASSERT_TRUE(created.has_value());
    EXPECT_EQ(created->code_hash, kEmptyCodeHash);
    EXPECT_EQ(created->balance, Uint256(1));
    EXPECT_EQ(created->nonce, 0u) << "EIP-161 is not active";

    transaction.transaction.gas_limit += 1;
    outcome = run(transaction);
    ASSERT_TRUE(outcome.success());
    EXPECT_EQ(outcome.gas_used, 21'285u + 6'400);
    EXPECT_NE(account_after(evm::create_address(sender_, 0))->code_hash, kEmptyCodeHash);
}

TEST_F(Frontier, FailsForTheCodeDepositFromHomesteadOn) {
    // EIP-2: 32,000 more of intrinsic gas, and a creation that cannot pay for its code fails.
    use(Revision::Homestead);
    auto transaction = creation({0x60, 0x20, 0x60, 0x00, 0xf3});
    transaction.transaction.gas_limit = 53'000 + 276 + 9 + 6'399;
    const auto outcome = run(transaction);
    EXPECT_FALSE(outcome.success());
    EXPECT_EQ(outcome.gas_used, transaction.transaction.gas_limit);
    EXPECT_FALSE(account_after(evm::create_address(sender_, 0)).has_value());
}

TEST_F(Frontier, MakesTheAccountThatItCalls) {
    // Seven words for 21, CALL 40, and 25,000 for an account that does not exist.
    const Address absent = address_of(77);
    give(recipient_, Uint256(0), 0, caller_of(absent, {0x60, 0x00}));
    EXPECT_EQ(run(call()).gas_used, 21'000u + 21 + 40 + 25'000);
    const auto made = account_after(absent);
    ASSERT_TRUE(made.has_value());
    EXPECT_EQ(*made, Account{});
    // EIP-150: CALL 700; EIP-161: no price without value, and no empty account is left.
    use(Revision::TangerineWhistle);
    EXPECT_EQ(run(call()).gas_used, 21'000u + 21 + 700 + 25'000);
    use(Revision::SpuriousDragon);
    EXPECT_EQ(run(call()).gas_used, 21'000u + 21 + 700);
    EXPECT_FALSE(account_after(absent).has_value());
}

TEST_F(Frontier, HandsOnAllGasOrFails) {
    // PUSH3 0xffffff: more than there is. EIP-150 made it all but one 64th.
    give(recipient_, Uint256(0), 0, caller_of(sender_, {0x62, 0xff, 0xff, 0xff}));
    const auto outcome = run(call());
    EXPECT_EQ(outcome.status, evm::Status::OutOfGas);
    EXPECT_EQ(outcome.gas_used, 100'000u);
    use(Revision::TangerineWhistle);
    const auto later = run(call());
    EXPECT_TRUE(later.success());
    EXPECT_EQ(later.gas_used, 21'000u + 21 + 700);
}

TEST_F(Frontier, HasNoDelegateCall) {
    give(recipient_, Uint256(0), 0, caller_of(sender_, {0x60, 0x00}, 0xf4));
    const auto outcome = run(call());
    EXPECT_EQ(outcome.status, evm::Status::InvalidInstruction);
    EXPECT_EQ(outcome.gas_used, 100'000u);
    use(Revision::Homestead);  // EIP-7: 40 gas and six words
    EXPECT_EQ(run(call()).gas_used, 21'000u + 18 + 40);
}

TEST_F(Frontier, DestroysForNothingAndRefundsHalf) {
    // PUSH20 for 3, SELFDESTRUCT for 0; its refund of 24,000 is bounded by half of what was used.
    Bytes code;
    push(code, address_of(77));
    code.push_back(0xff);
    give(recipient_, Uint256(5), 0, code);
    EXPECT_EQ(run(call()).gas_used, 21'003u - 10'501);
    EXPECT_EQ(account_after(address_of(77))->balance, Uint256(6));
    EXPECT_FALSE(account_after(recipient_).has_value());
    use(Revision::TangerineWhistle);  // EIP-150: 5,000, and 25,000 for a new account
    EXPECT_EQ(run(call()).gas_used, 51'003u - 24'000);
}

TEST_F(Frontier, PaysTheBeneficiaryIntoBeing) {
    // A fee of 0 still makes the beneficiary's account before EIP-161.
    auto transaction = call();
    transaction.transaction.max_fee_per_gas = transaction.transaction.max_priority_fee_per_gas =
        Uint256(0);
    static_cast<void>(run(transaction));
    EXPECT_TRUE(account_after(beneficiary_).has_value());
    use(Revision::SpuriousDragon);
    static_cast<void>(run(transaction));
    EXPECT_FALSE(account_after(beneficiary_).has_value());
}

TEST_F(Frontier, StoresForTwoPrices) {
    // 20,000 from zero to another value, 5,000 otherwise, and 15,000 back for clearing.
    const Bytes sets{0x60, 0x01, 0x60, 0x00, 0x55};
    give(recipient_, Uint256(0), 0, sets);
    EXPECT_EQ(run(call()).gas_used, 21'000u + 6 + 20'000);
    state_.set_storage(recipient_, Uint256(0), Uint256(9));
    EXPECT_EQ(run(call()).gas_used, 21'000u + 6 + 5'000);
    give(recipient_, Uint256(0), 0, {0x60, 0x00, 0x60, 0x00, 0x55});
    state_.set_storage(recipient_, Uint256(0), Uint256(9));
    EXPECT_EQ(run(call()).gas_used, 26'006u - 13'003);
}

}  // namespace
}  // namespace switchyard::execute::test
