// SPDX-License-Identifier: Apache-2.0
// The gas of state (EIP-8037): its price, the reservoir, and what frames give back.
#include "tests/unit/evm/evm_fixture.hpp"

#include "host/evm/state_gas.hpp"

namespace switchyard::evm::test {
namespace {

/// 120 million gas: 1,174 gas for a byte of state.
constexpr uint64_t kBlockGasLimit = 120'000'000;
constexpr uint64_t kSlot = 32 * 1'174;
constexpr uint64_t kNewAccount = 112 * 1'174;

class StateGasTest : public EvmFixture {
  protected:
    StateGasTest() { block_.gas_limit = kBlockGasLimit; }

    CallResult run_with_reservoir(const Assembler& code, uint64_t reservoir, uint64_t gas = kGas) {
        set_code(contract_, code);
        state_.begin(world_, Revision::Amsterdam);
        state_.warm_account(contract_);
        Message message;
        message.gas = gas;
        message.state_gas = reservoir;
        message.recipient = message.code_address = contract_;
        message.sender = caller_;
        Evm evm(Revision::Amsterdam);
        return evm.execute(block_, transaction_, message, state_);
    }

    static Assembler store(uint64_t key, uint64_t value) {
        Assembler code;
        code.arguments({key, value}).op(Opcode::Sstore);
        return code;
    }
    /// DELEGATECALL, whose code runs in this contract's storage.
    static Assembler delegate_to(const Address& target) {
        Assembler code;
        code.arguments({1'000'000, to_uint256(target), 0, 0, 0, 0}).op(Opcode::Delegatecall);
        return code.op(Opcode::Pop);
    }
};

TEST(StateGas, PricesAByteByTheBlocksGasLimit) {
    // The gas limits of EIP-8037's tests, and what a new account of 112 bytes costs there.
    EXPECT_EQ(cost_per_state_byte(0), 1u);
    EXPECT_EQ(cost_per_state_byte(1'000'000), 1u);
    EXPECT_EQ(cost_per_state_byte(36'000'000), 150u);
    EXPECT_EQ(cost_per_state_byte(60'000'000), 662u);
    EXPECT_EQ(cost_per_state_byte(100'000'000), 1'174u);
    EXPECT_EQ(cost_per_state_byte(120'000'000), 1'174u);
    EXPECT_EQ(cost_per_state_byte(200'000'000), 2'198u);
    EXPECT_EQ(cost_per_state_byte(300'000'000), 3'222u);
    EXPECT_EQ(cost_per_state_byte(500'000'000), 5'782u);
    EXPECT_EQ(cost_per_state_byte(1'000'000'000), 11'926u);
    EXPECT_LT(cost_per_state_byte(UINT64_MAX), uint64_t{1} << 48);
}

TEST_F(StateGasTest, ComesFromTheReservoirFirst) {
    const CallResult result = run_with_reservoir(store(0, 1), kSlot + 5);
    EXPECT_EQ(result.status, Status::Success);
    EXPECT_EQ(result.state_gas_left, 5u);
    EXPECT_EQ(result.state_gas_used, kSlot);
    EXPECT_EQ(result.state_gas_spilled, 0u);
    EXPECT_EQ(kGas - result.gas_left, 3u + 3u + 2'100u + 2'900u);
}

TEST_F(StateGasTest, SpillsIntoTheGasOfTheFrame) {
    const CallResult result = run_with_reservoir(store(0, 1), 1'000);
    EXPECT_EQ(result.status, Status::Success);
    EXPECT_EQ(result.state_gas_left, 0u);
    EXPECT_EQ(result.state_gas_used, kSlot);
    EXPECT_EQ(result.state_gas_spilled, kSlot - 1'000);
    EXPECT_EQ(kGas - result.gas_left, 5'006u + kSlot - 1'000);
}

TEST_F(StateGasTest, IsMissingWhenBothTogetherDoNotHoldIt) {
    const CallResult enough = run_with_reservoir(store(0, 1), 1'000, 5'006 + kSlot - 1'000);
    EXPECT_EQ(enough.status, Status::Success);
    EXPECT_EQ(enough.gas_left, 0u);
    const CallResult short_of = run_with_reservoir(store(0, 1), 1'000, 5'005 + kSlot - 1'000);
    EXPECT_EQ(short_of.status, Status::OutOfGas);
    EXPECT_EQ(short_of.state_gas_left, 1'000u);
    EXPECT_EQ(short_of.state_gas_used, 0u);
}

TEST_F(StateGasTest, ComesBackWhenASlotIsClearedAgain) {
    const CallResult result = run_with_reservoir(store(0, 1).append(store(0, 0).code()), kSlot);
    EXPECT_EQ(result.state_gas_left, kSlot);
    EXPECT_EQ(result.state_gas_used, 0u);
    EXPECT_EQ(state_.refund(), 2'800);
}

TEST_F(StateGasTest, ComesBackWhenTheFrameFails) {
    Assembler code = store(0, 1);
    code.op(Opcode::Invalid);
    const CallResult result = run_with_reservoir(code, 1'000);
    EXPECT_EQ(result.gas_left, 0u);
    EXPECT_EQ(result.state_gas_left, kSlot) << "what had spilled is in the reservoir afterwards";
    EXPECT_EQ(result.state_gas_used, 0u);
}

TEST_F(StateGasTest, OfAFailedCalleeIsTheCallersAgain) {
    const Address failing = test_address(0xfa11);
    Assembler callee = store(0, 1);
    callee.op(Opcode::Invalid);
    set_code(failing, callee);
    Assembler code = delegate_to(failing);
    code.append(store(1, 1).code());
    const CallResult result = run_with_reservoir(code, kSlot);
    EXPECT_EQ(result.status, Status::Success);
    EXPECT_EQ(result.state_gas_left, 0u);
    EXPECT_EQ(result.state_gas_used, kSlot);
    EXPECT_EQ(result.state_gas_spilled, 0u);
}

TEST_F(StateGasTest, OfAFailedCalleeIsNeverLessThanNothing) {
    // The callee sets and clears one slot three times, each for the same state gas, and fails.
    const Address failing = test_address(0xfa11);
    Assembler callee;
    for (int i = 0; i < 3; ++i)
        callee.append(store(0, 1).code()).append(store(0, 0).code());
    callee.op(Opcode::Invalid);
    set_code(failing, callee);
    const CallResult result = run_with_reservoir(delegate_to(failing), kSlot);
    EXPECT_EQ(result.status, Status::Success);
    EXPECT_LE(result.state_gas_left, kSlot);
    EXPECT_EQ(result.state_gas_used, 0u);
}

TEST_F(StateGasTest, OfTheCallerIsRefundedByACalleeThatClearsItsSlot) {
    const Address clearing = test_address(0xc1ea);
    set_code(clearing, store(0, 0));
    Assembler code = store(0, 1);
    code.append(delegate_to(clearing).code());
    const CallResult result = run_with_reservoir(code, kSlot);
    EXPECT_EQ(result.status, Status::Success);
    EXPECT_EQ(result.state_gas_left, kSlot);
    EXPECT_EQ(result.state_gas_used, 0u);
}

TEST_F(StateGasTest, PaysForAccountsThatValueMakes) {
    Assembler call;
    call.arguments({0, to_uint256(test_address(0xeeee)), 1, 0, 0, 0, 0}).op(Opcode::Call);
    const CallResult called = run_with_reservoir(call, kNewAccount);
    EXPECT_EQ(called.state_gas_used, kNewAccount);
    EXPECT_EQ(kGas - called.gas_left, 7 * 3 + 2'600u + 9'000u - 2'300u);

    Assembler destruct;
    destruct.push(test_address(0xeeee)).op(Opcode::Selfdestruct);
    const CallResult destructed = run_with_reservoir(destruct, kNewAccount);
    EXPECT_EQ(destructed.state_gas_used, kNewAccount);
    EXPECT_EQ(kGas - destructed.gas_left, 3u + 5'000u + 2'600u);
}

TEST_F(StateGasTest, PaysForContractsAndTheirCode) {
    // Init code that returns one byte of zeroes.
    const Bytes init{0x60, 0x01, 0x60, 0x00, 0xf3};
    Assembler code;
    code.push(load_big_endian(Bytes32{{0x60, 0x01, 0x60, 0x00, 0xf3}}.data()));
    code.arguments({0}).op(Opcode::Mstore);
    code.arguments({0, 0, init.size()}).op(Opcode::Create);
    const CallResult result = run_with_reservoir(code, kNewAccount + 1'174);
    EXPECT_EQ(result.status, Status::Success);
    EXPECT_EQ(result.state_gas_used, kNewAccount + 1'174);
    EXPECT_EQ(result.state_gas_left, 0u);

    // A creation that fails costs no state: 0xfe is no instruction.
    Assembler failing;
    failing.push(Uint256{0xfe}).arguments({0}).op(Opcode::Mstore);
    failing.arguments({0, 31, 1}).op(Opcode::Create);
    const CallResult failed = run_with_reservoir(failing, kNewAccount);
    EXPECT_EQ(failed.status, Status::Success);
    EXPECT_EQ(failed.state_gas_used, 0u);
    EXPECT_EQ(failed.state_gas_left, kNewAccount);
}

}  // namespace
}  // namespace switchyard::evm::test
