// SPDX-License-Identifier: Apache-2.0
// What a tracer is told: EIP-3155's own example, prices of calls, of failures and of every
// instruction with a dynamic price.
#include "host/evm/tracer.hpp"

#include <gtest/gtest.h>

#include <string>

#include "tests/unit/evm/evm_fixture.hpp"

namespace switchyard::evm::test {
namespace {

struct Step {
    uint64_t pc = 0;
    std::string name;
    uint32_t depth = 0;
    uint64_t gas = 0;
    uint64_t gas_cost = 0;
    uint64_t memory_bytes = 0;
    std::vector<Uint256> stack;
    int64_t refund = 0;
    Status status = Status::Success;
    Bytes memory;
    Bytes return_data;
};

class Recorder final : public Tracer {
  public:
    explicit Recorder(bool memory = false) : memory_(memory) {}
    [[nodiscard]] bool wants_memory() const override { return memory_; }
    void on_message_start(const Message& message) override {
        events.push_back("start " + std::to_string(message.depth));
    }
    void on_instruction(const TracedInstruction& i) override {
        steps.push_back({i.pc,
                         std::string(opcode_name(i.opcode)),
                         i.depth,
                         i.gas,
                         i.gas_cost,
                         i.memory_bytes,
                         {i.stack.begin(), i.stack.end()},
                         i.refund,
                         i.status,
                         to_bytes(i.memory),
                         to_bytes(i.return_data)});
        events.push_back(steps.back().name);
    }
    void on_message_end(const Message& message, Status status, uint64_t gas_left,
                        BytesView output) override {
        events.push_back("end " + std::to_string(message.depth));
        last_status = status;
        last_gas_left = gas_left;
        last_output = to_bytes(output);
    }

    std::vector<Step> steps;
    std::vector<std::string> events;
    Status last_status = Status::Success;
    uint64_t last_gas_left = 0;
    Bytes last_output;

  private:
    bool memory_;
};

class TracerFixture : public EvmFixture {
  protected:
    CallResult trace(Revision revision, BytesView code, uint64_t gas, Recorder& recorder) {
        set_account(contract_, {1, Uint256{1'000}}, code);
        state_.begin(world_, revision);
        if (revision >= Revision::Berlin) {
            state_.warm_account(caller_);
            state_.warm_account(contract_);
        }
        Message message;
        message.gas = gas;
        message.recipient = message.code_address = contract_;
        message.sender = caller_;
        message.is_static = is_static_;
        Evm evm(revision, recorder);
        return evm.execute(block_, transaction_, message, state_);
    }
    Recorder trace(Revision revision, const Assembler& code, uint64_t gas = kGas) {
        Recorder recorder;
        (void)trace(revision, code.code(), gas, recorder);
        return recorder;
    }
};

/// The example of EIP-3155 (public domain), made under Istanbul. Its memory size at MSTORE8 is that
/// after the instruction, against the EIP's own text; here it is that before.
TEST_F(TracerFixture, GivesTheExampleOfEip3155) {
    struct Line {
        uint64_t pc;
        const char* name;
        uint64_t gas;
        uint64_t gas_cost;
        uint64_t memory_bytes;
        std::vector<Uint256> stack;
    };
    const std::vector<Line> expected = {
        {0, "PUSH1", 0x2540be400, 0x3, 0, {}},
        {2, "DUP1", 0x2540be3fd, 0x3, 0, {0x40}},
        {3, "MSTORE8", 0x2540be3fa, 0xc, 0, {0x40, 0x40}},
        {4, "PUSH1", 0x2540be3ee, 0x3, 96, {}},
        {6, "PUSH1", 0x2540be3eb, 0x3, 96, {0x40}},
        {8, "SSTORE", 0x2540be3e8, 0x4e20, 96, {0x40, 0x40}},
        {9, "PUSH1", 0x2540b95c8, 0x3, 96, {}},
        {11, "PUSH1", 0x2540b95c5, 0x3, 96, {0x40}},
        {13, "PUSH1", 0x2540b95c2, 0x3, 96, {0x40, 0x0}},
        {15, "PUSH1", 0x2540b95bf, 0x3, 96, {0x40, 0x0, 0x40}},
        {17, "PUSH1", 0x2540b95bc, 0x3, 96, {0x40, 0x0, 0x40, 0x0}},
        {19, "GAS", 0x2540b95b9, 0x2, 96, {0x40, 0x0, 0x40, 0x0, 0x2}},
        {20, "STATICCALL", 0x2540b95b7, 0x24abb676c, 96, {0x40, 0x0, 0x40, 0x0, 0x2, 0x2540b95b7}},
        {21, "PUSH1", 0x2540b92a7, 0x3, 96, {0x1}},
        {23, "RETURN", 0x2540b92a4, 0x0, 96, {0x1, 0x40}},
    };
    const Bytes sha256 =
        *from_hex("0xf5a5fd42d16a20302798ef6ed309979b43003d2320d9f0e8ea9831a92759fb4b");
    Recorder recorder(true);
    (void)trace(Revision::Istanbul, *from_hex("604080536040604055604060006040600060025afa6040f3"),
                0x2540be400, recorder);
    ASSERT_EQ(recorder.steps.size(), expected.size());
    for (size_t i = 0; i < expected.size(); ++i) {
        const Step& step = recorder.steps[i];
        SCOPED_TRACE(expected[i].name);
        EXPECT_EQ(step.pc, expected[i].pc);
        EXPECT_EQ(step.name, expected[i].name);
        EXPECT_EQ(step.depth, 1U);
        EXPECT_EQ(step.gas, expected[i].gas);
        EXPECT_EQ(step.gas_cost, expected[i].gas_cost);
        EXPECT_EQ(step.memory_bytes, expected[i].memory_bytes);
        EXPECT_EQ(step.memory.size(), expected[i].memory_bytes);
        EXPECT_EQ(step.stack, expected[i].stack);
        EXPECT_EQ(step.refund, 0);
        EXPECT_EQ(step.return_data, i >= 13 ? sha256 : Bytes{});
    }
    EXPECT_EQ(to_hex(recorder.steps[4].memory),
              "0x0000000000000000000000000000000000000000000000000000000000000000"
              "0000000000000000000000000000000000000000000000000000000000000000"
              "4000000000000000000000000000000000000000000000000000000000000000");
    EXPECT_EQ(0x2540be400 - recorder.last_gas_left, 0x515cU);
}

TEST_F(TracerFixture, HandsTheCallOverBeforeTheMessageThatItStarts) {
    const Address callee = test_address(0xca11ee);
    set_account(callee, {1, {}}, Assembler().op(Opcode::Pc).code());
    const Recorder recorder =
        trace(Revision::Cancun,
              Assembler().arguments({50'000, to_uint256(callee), 0, 0, 0, 0, 0}).op(Opcode::Call));
    const std::vector<std::string> expected = {"start 0", "PUSH32", "PUSH32", "PUSH32", "PUSH32",
                                               "PUSH32",  "PUSH32", "PUSH32", "CALL",   "start 1",
                                               "PC",      "STOP",   "end 1",  "STOP",   "end 0"};
    EXPECT_EQ(recorder.events, expected);
    const Step& call = recorder.steps[7];
    EXPECT_EQ(call.gas_cost, 2'600U + 50'000U);  // EIP-2929, and the gas handed on
    const Step& first_of_callee = recorder.steps[8];
    EXPECT_EQ(first_of_callee.depth, 2U);
    EXPECT_EQ(first_of_callee.gas, 50'000U);
    EXPECT_EQ(recorder.steps.back().gas, call.gas - 2'600U - 2U);
}

TEST_F(TracerFixture, PricesACallWithoutItsStipendWhateverBecomesOfIt) {
    const Address callee = test_address(0xca11ee);
    set_account(callee, {1, Uint256{1}}, {});
    for (const uint64_t value : {uint64_t{1}, uint64_t{1'001}}) {  // the contract has 1,000
        const Recorder recorder = trace(
            Revision::Istanbul,
            Assembler().arguments({5'000, to_uint256(callee), value, 0, 0, 0, 0}).op(Opcode::Call));
        // EIP-150's 700, 9,000 for the value, the gas handed on; the stipend comes on top.
        EXPECT_EQ(recorder.steps[7].gas_cost, 700U + 9'000U + 5'000U) << value;
        EXPECT_EQ(recorder.steps[8].gas, recorder.steps[7].gas - 700 - 9'000 + 2'300) << value;
    }
}

TEST_F(TracerFixture, PricesACreationWithoutTheGasThatItHandsOn) {
    const Recorder recorder =
        trace(Revision::Shanghai, Assembler().arguments({0, 0, 33}).op(Opcode::Create));
    // 32,000, two words of memory, and EIP-3860's 2 gas for each word of init code.
    EXPECT_EQ(recorder.steps[3].gas_cost, 32'000U + 6U + 4U);
    EXPECT_EQ(recorder.steps[4].depth, 2U);  // the init code's STOP
    const uint64_t left = recorder.steps[3].gas - recorder.steps[3].gas_cost;
    EXPECT_EQ(recorder.steps[4].gas, left - left / 64);
}

TEST_F(TracerFixture, ShowsTheRefundWithTheInstructionThatAddsIt) {
    world_.set_account(contract_, {1, Uint256{1'000}});
    world_.set_storage(contract_, Uint256{2}, Uint256{9});
    const Recorder recorder =
        trace(Revision::London, Assembler().arguments({2, 0}).op(Opcode::Sstore).op(Opcode::Pc));
    EXPECT_EQ(recorder.steps[1].refund, 0);
    EXPECT_EQ(recorder.steps[2].name, "SSTORE");
    EXPECT_EQ(recorder.steps[2].gas_cost, 5'000U);
    EXPECT_EQ(recorder.steps[2].refund, 4'800);  // EIP-3529
    EXPECT_EQ(recorder.steps[3].refund, 4'800);
}

TEST_F(TracerFixture, NamesTheFailureAndThePriceOfWhatFailed) {
    struct Case {
        std::string name;
        Assembler code;
        uint64_t gas;
        Status status;
        uint64_t gas_cost;
    };
    const std::vector<Case> cases = {
        {"underflow", Assembler().op(Opcode::Add), kGas, Status::StackUnderflow, 3},
        {"static price", Assembler().op(Opcode::Keccak256), 29, Status::StackUnderflow, 30},
        {"out of gas", Assembler().push(1).op(Opcode::Pop), 4, Status::OutOfGas, 2},
        {"bad jump", Assembler().push(1).op(Opcode::Jump), kGas, Status::BadJumpDestination, 8},
        {"invalid", Assembler().op(Opcode::Invalid), kGas, Status::InvalidInstruction, 0},
        {"unassigned", Assembler().op(static_cast<Opcode>(0x0c)), kGas, Status::InvalidInstruction,
         0},
        {"return data", Assembler().arguments({0, 0, 33}).op(Opcode::Returndatacopy), kGas,
         Status::ReturnDataOutOfBounds, 3 + 2 * 3 + 2 * 3},
        // More memory than any gas pays for: no price but the static one.
        {"memory", Assembler().push(~Uint256{}).op(Opcode::Mload), kGas, Status::OutOfGas, 3},
    };
    for (const Case& item : cases) {
        const Recorder recorder = trace(Revision::Cancun, item.code, item.gas);
        SCOPED_TRACE(item.name);
        ASSERT_FALSE(recorder.steps.empty());
        EXPECT_EQ(recorder.steps.back().status, item.status);
        EXPECT_EQ(recorder.steps.back().gas_cost, item.gas_cost);
        EXPECT_EQ(recorder.last_status, item.status);
    }
    const Recorder reverted =
        trace(Revision::Cancun, Assembler().arguments({0, 0}).op(Opcode::Revert));
    EXPECT_EQ(reverted.steps.back().status, Status::Revert);
    EXPECT_EQ(describe(reverted.steps.back().status), "execution reverted");
}

/// Code whose last instruction has a dynamic price, with operands that make it matter.
std::vector<Assembler> codes_with_dynamic_prices() {
    using enum Opcode;
    const Uint256 other = to_uint256(test_address(0x07e4));
    const Uint256 nobody = to_uint256(test_address(0xdead));
    std::vector<Assembler> out;
    const auto add = [&](std::initializer_list<Uint256> arguments, Opcode op) {
        out.push_back(Assembler().arguments(arguments).op(op));
    };
    add({1'000}, Mload);
    add({100, 7}, Mstore);
    add({100, 7}, Mstore8);
    add({64, 100}, Keccak256);
    add({2, Uint256{0, 0, 1, 0}}, Exp);
    add({0, 5, 100}, Calldatacopy);
    add({0, 5, 100}, Codecopy);
    add({64, 0, 0}, Returndatacopy);
    add({100, 300, 40}, Mcopy);
    add({other, 0, 5, 100}, Extcodecopy);
    add({other}, Balance);
    add({other}, Extcodesize);
    add({other}, Extcodehash);
    add({5}, Sload);
    add({5, 1}, Sstore);
    add({2, 0}, Sstore);
    add({2, 9}, Sstore);
    add({0, 70}, Log0);
    add({0, 70, 1, 2}, Log2);
    add({0, 0, 100}, Create);
    add({0, 0, 100, 1}, Create2);
    add({0, 40}, Return);
    add({0, 40}, Revert);
    add({other}, Selfdestruct);
    add({nobody}, Selfdestruct);
    for (const Uint256& to : {other, nobody}) {
        add({0, to, 0, 0, 10, 90, 20}, Call);
        add({0, to, 1, 0, 10, 90, 20}, Call);
        add({0, to, 1, 0, 10, 90, 20}, Callcode);
        add({0, to, 0, 10, 90, 20}, Delegatecall);
        add({0, to, 0, 10, 90, 20}, Staticcall);
    }
    return out;
}

/// One gas too little: the instruction fails, and what it would have cost is what it did cost.
TEST_F(TracerFixture, PricesWhatRunsOutOfGasAsIfItHadNot) {
    const Address delegated = test_address(0x07e4);
    Bytes delegation = {0xef, 0x01, 0x00};
    const Address target = test_address(0x7a46e7);
    delegation.insert(delegation.end(), target.begin(), target.end());
    size_t compared = 0;
    for (const bool delegates : {false, true}) {
        set_account(delegated, {1, Uint256{5}},
                    delegates ? delegation : Assembler().op(Opcode::Stop).code());
        for (const Revision revision : all_revisions()) {
            for (const Assembler& code : codes_with_dynamic_prices()) {
                world_.set_account(contract_, {1, Uint256{1'000}});
                world_.set_storage(contract_, Uint256{2}, Uint256{9});
                const Recorder whole = trace(revision, code);
                const auto priced =
                    std::find_if(whole.steps.begin(), whole.steps.end(),
                                 [](const Step& step) { return step.name != "PUSH32"; });
                ASSERT_NE(priced, whole.steps.end());
                if (priced->status == Status::InvalidInstruction || priced->gas_cost == 0) continue;
                SCOPED_TRACE(priced->name + " " + std::string(to_string(revision)) +
                             (delegates ? " delegated" : ""));
                const uint64_t gas = kGas - priced->gas + priced->gas_cost - 1;
                const Recorder failed = trace(revision, code, gas);
                const Step& last = failed.steps.back();
                EXPECT_EQ(last.name, priced->name);
                // A sentry that refuses what is left of the gas has no price (EIP-2200).
                if (last.name == "SSTORE" && revision >= Revision::Istanbul && last.gas <= 2'300)
                    continue;
                EXPECT_EQ(last.status, Status::OutOfGas);
                EXPECT_EQ(last.gas_cost, priced->gas_cost);
                ++compared;
            }
        }
    }
    EXPECT_GT(compared, 600U);
}

/// A traced machine is another instantiation of the same interpreter.
TEST_F(TracerFixture, ChangesNothingInTheResult) {
    for (const Revision revision : all_revisions()) {
        for (const Assembler& code : codes_with_dynamic_prices()) {
            Assembler whole = code;
            whole.ops({Opcode::Gas, Opcode::Msize}).return_top();
            const CallResult expected = run(revision, whole, 200'000);
            const ReadSet reads = state_.reads();
            Recorder recorder;
            const CallResult found = trace(revision, whole.code(), 200'000, recorder);
            EXPECT_EQ(found.status, expected.status);
            EXPECT_EQ(found.gas_left, expected.gas_left);
            EXPECT_EQ(found.output, expected.output);
            // A trace that read more would change what the block access list states (EIP-7928).
            ASSERT_EQ(state_.reads().accounts.size(), reads.accounts.size());
            for (size_t i = 0; i < reads.accounts.size(); ++i)
                EXPECT_EQ(state_.reads().accounts[i].fields, reads.accounts[i].fields);
            EXPECT_EQ(state_.reads().storage.size(), reads.storage.size());
        }
    }
}

TEST(OpcodeName, IsTheMnemonicInCapitals) {
    EXPECT_EQ(opcode_name(0x00), "STOP");
    EXPECT_EQ(opcode_name(0x60), "PUSH1");
    EXPECT_EQ(opcode_name(0x20), "KECCAK256");
    EXPECT_EQ(opcode_name(0xff), "SELFDESTRUCT");
    EXPECT_EQ(opcode_name(0x0c), "");
}

}  // namespace
}  // namespace switchyard::evm::test
