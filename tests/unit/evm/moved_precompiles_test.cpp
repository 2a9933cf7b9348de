// SPDX-License-Identifier: Apache-2.0
// Precompiles at other addresses, on every machine.
#include "host/precompiles/moved_precompiles.hpp"

#include <gtest/gtest.h>

#include "host/evm/interruption.hpp"
#include "host/evm/observation.hpp"
#include "host/evm/tracer.hpp"
#include "tests/unit/evm/evm_fixture.hpp"

namespace switchyard::evm::test {
namespace {

class NeverInterrupted final : public Interruption {
  public:
    [[nodiscard]] bool is_requested() override { return false; }
};
class Blind final : public Tracer {
  public:
    void on_instruction(const TracedInstruction&) override {}
};

class MovedPrecompilesTest : public EvmFixture {
  protected:
    const Address identity_ = test_address(4);
    const Address far_{{0xcc, 0xcc, 0xcc}};

    void SetUp() override {
        moved_.put(far_, identity_);
        moved_.remove(identity_);
        block_.moved_precompiles = &moved_;
    }

    /// Hands the word 42 to `target` and returns the word that comes back.
    static Assembler ask(Opcode call, const Address& target) {
        Assembler code;
        code.arguments({0, 42}).op(Opcode::Mstore).arguments({0, 32, 32, 32});
        if (call == Opcode::Call || call == Opcode::Callcode) code.push(Uint256(0));
        code.arguments({100'000, to_uint256(target)}).op(call);
        return code.push(Uint256(32)).op(Opcode::Mload);
    }
    /// On every kind of machine; they must agree.
    Uint256 answer(Revision revision, const Assembler& code) {
        Assembler with_return = code;
        set_code(contract_, with_return.return_top());
        NeverInterrupted never;
        Blind blind;
        ObservationTarget unseen;
        std::vector<Evm> machines;
        machines.emplace_back(revision);
        machines.emplace_back(revision, never);
        machines.emplace_back(revision, blind);
        machines.emplace_back(revision, unseen);
        std::vector<CallResult> results;
        for (Evm& evm : machines) {
            results.push_back(call_contract_on(evm, revision));
            EXPECT_EQ(results.back().status, Status::Success);
            EXPECT_EQ(results.back().gas_left, results.front().gas_left);
            EXPECT_EQ(results.back().output, results.front().output);
        }
        gas_used_ = kGas - results.front().gas_left;
        return load_big_endian(results.front().output.data());
    }

    precompiles::MovedPrecompiles moved_;
    uint64_t gas_used_ = 0;
};

TEST_F(MovedPrecompilesTest, AnswerAtAnyAddressToEveryKindOfCall) {
    for (const Opcode call :
         {Opcode::Call, Opcode::Callcode, Opcode::Delegatecall, Opcode::Staticcall}) {
        EXPECT_EQ(answer(Revision::Osaka, ask(call, far_)), Uint256(42));
        EXPECT_EQ(answer(Revision::Osaka, ask(call, identity_)), Uint256(0))
            << "an account without code answers nothing";
    }
    for (const Revision revision : all_revisions())
        EXPECT_EQ(answer(revision, ask(Opcode::Call, far_)), Uint256(42)) << to_string(revision);
}

TEST_F(MovedPrecompilesTest, TakeThePlaceOfCodeAndLeaveItsOwn) {
    Assembler seven;
    seven.push(Uint256(7)).return_top();
    set_code(far_, seven);
    set_code(identity_, seven);
    EXPECT_EQ(answer(Revision::Osaka, ask(Opcode::Call, far_)), Uint256(42));
    EXPECT_EQ(answer(Revision::Osaka, ask(Opcode::Call, identity_)), Uint256(7));
    block_.moved_precompiles = nullptr;
    EXPECT_EQ(answer(Revision::Osaka, ask(Opcode::Call, far_)), Uint256(7));
    EXPECT_EQ(answer(Revision::Osaka, ask(Opcode::Call, identity_)), Uint256(42));
}

TEST_F(MovedPrecompilesTest, CostWhatTheyDidWhereTheyStood) {
    EXPECT_EQ(answer(Revision::Osaka, ask(Opcode::Call, far_)), Uint256(42));
    const uint64_t moved = gas_used_;
    block_.moved_precompiles = nullptr;
    EXPECT_EQ(answer(Revision::Osaka, ask(Opcode::Call, identity_)), Uint256(42));
    EXPECT_EQ(gas_used_, moved) << "both addresses are cold: no transaction warmed them";
}

TEST_F(MovedPrecompilesTest, AnswerATransactionsOwnMessage) {
    Message message;
    message.gas = kGas;
    message.recipient = message.code_address = far_;
    message.sender = caller_;
    const Bytes input{1, 2, 3};
    message.input = input;
    Evm evm(Revision::Osaka);
    state_.begin(world_, Revision::Osaka);
    EXPECT_EQ(evm.execute(block_, transaction_, message, state_).output, input);
    message.recipient = message.code_address = identity_;
    state_.begin(world_, Revision::Osaka);
    EXPECT_EQ(evm.execute(block_, transaction_, message, state_).output, Bytes{});
}

}  // namespace
}  // namespace switchyard::evm::test
