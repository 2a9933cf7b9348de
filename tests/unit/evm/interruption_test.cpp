// SPDX-License-Identifier: Apache-2.0
// Executions that end before their time. No clock: what interrupts counts how often it was asked.
#include "host/evm/interruption.hpp"

#include <gtest/gtest.h>

#include "host/evm/interruptible/interrupting.hpp"
#include "host/evm/tracer.hpp"
#include "tests/unit/evm/evm_fixture.hpp"

namespace switchyard::evm::test {
namespace {

/// No machine comes to the end of this much gas while anybody waits.
constexpr uint64_t kYearsOfGas = uint64_t{1} << 62;

/// Ends what asks it for the `granted + 1`st time.
class Countdown final : public Interruption {
  public:
    explicit Countdown(uint64_t granted) : granted_(granted) {}
    [[nodiscard]] bool is_requested() override { return ++asked_ > granted_; }
    [[nodiscard]] uint64_t asked() const { return asked_; }
    void grant(uint64_t granted) {
        granted_ = granted;
        asked_ = 0;
    }

  private:
    uint64_t granted_;
    uint64_t asked_ = 0;
};

class CountingTracer final : public Tracer {
  public:
    void on_message_start(const Message&) override { ++started; }
    void on_instruction(const TracedInstruction& instruction) override {
        ++instructions;
        last_status = instruction.status;
    }
    void on_message_end(const Message&, Status, uint64_t, BytesView) override { ++ended; }
    uint64_t started = 0;
    uint64_t ended = 0;
    uint64_t instructions = 0;
    Status last_status = Status::Success;
};

/// Writes slot 0, then loops for ever.
Assembler endless() {
    Assembler code;
    code.arguments({0, 1}).op(Opcode::Sstore);
    const Uint256 start(code.size());
    return code.op(Opcode::Jumpdest).push(start).op(Opcode::Jump);
}

/// Calls `target` with all gas.
Assembler call_of(const Address& target) {
    Assembler code;
    return code.arguments({kYearsOfGas, to_uint256(target), 0, 0, 0, 0, 0}).op(Opcode::Call);
}

/// Counts from `rounds` down to 0, running `body`, which leaves the stack as it is, each time.
Assembler loop(uint64_t rounds, const Assembler& body) {
    Assembler code;
    code.push(Uint256(rounds));
    const Uint256 start(code.size());
    code.op(Opcode::Jumpdest).append(body.code());
    code.push(Uint256(1)).op(Opcode::Swap1).op(Opcode::Sub).op(Opcode::Dup1);
    return code.push(start).op(Opcode::Jumpi).op(Opcode::Gas).return_top();
}

class InterruptionTest : public EvmFixture {
  protected:
    const Address callee_ = test_address(0xca11ee);
};

TEST_F(InterruptionTest, EndsALoopInEveryRevision) {
    for (const Revision revision : all_revisions()) {
        SCOPED_TRACE(to_string(revision));
        Countdown countdown(3);
        Evm evm(revision, countdown);
        set_code(contract_, endless());
        const CallResult result = call_contract_on(evm, revision, kYearsOfGas);
        EXPECT_EQ(result.status, Status::Interrupted);
        EXPECT_EQ(result.gas_left, 0U);
        EXPECT_EQ(countdown.asked(), 4U);
        EXPECT_EQ(state_.storage(contract_, 0), Uint256{}) << "the state is as before";

        // The next transaction of the same machine is not touched by it.
        countdown.grant(1);
        set_code(contract_, Assembler().op(Opcode::Stop));
        EXPECT_EQ(call_contract_on(evm, revision).status, Status::Success);
        EXPECT_EQ(countdown.asked(), 1U);
    }
}

TEST_F(InterruptionTest, TakesAllMessagesThatWaitWithIt) {
    set_code(callee_, endless());
    Assembler code;
    code.arguments({0, 1}).op(Opcode::Sstore).append(call_of(callee_).code());
    set_code(contract_, code);
    Countdown countdown(10);
    Evm evm(Revision::Osaka, countdown);
    const CallResult result = call_contract_on(evm, Revision::Osaka, kYearsOfGas);
    EXPECT_EQ(result.status, Status::Interrupted);
    EXPECT_EQ(countdown.asked(), 11U);
    EXPECT_EQ(state_.storage(contract_, 0), Uint256{});
    EXPECT_EQ(state_.storage(callee_, 0), Uint256{});
}

TEST_F(InterruptionTest, AsksATransactionsOwnMessageFirst) {
    for (const Assembler& code : {Assembler(), Assembler().op(Opcode::Stop)}) {
        set_code(contract_, code);
        Countdown none(0);
        Evm evm(Revision::Osaka, none);
        EXPECT_EQ(call_contract_on(evm, Revision::Osaka).status, Status::Interrupted);
        EXPECT_EQ(none.asked(), 1U);
    }
}

TEST_F(InterruptionTest, EndsMessagesWithoutALoop) {
    // Two calls of itself: as many messages as two to the power of the depth that the gas gives.
    Assembler twice;
    twice.append(call_of(contract_).code()).append(call_of(contract_).code());
    // A creation of itself, by what it is called with.
    Assembler create;
    create.op(Opcode::Codesize).arguments({0, 0}).op(Opcode::Codecopy);
    create.op(Opcode::Codesize).arguments({0, 0}).op(Opcode::Create);
    create.op(Opcode::Codesize).arguments({0, 0}).op(Opcode::Create);
    for (const Assembler& code : {twice, create}) {
        set_code(contract_, code);
        for (const uint64_t granted : {uint64_t{1}, uint64_t{2}, uint64_t{1'000}}) {
            Countdown countdown(granted);
            Evm evm(Revision::Osaka, countdown);
            EXPECT_EQ(call_contract_on(evm, Revision::Osaka, kYearsOfGas).status,
                      Status::Interrupted);
            EXPECT_EQ(countdown.asked(), granted + 1);
        }
    }
}

TEST_F(InterruptionTest, EndsBetweenPrecompiles) {
    // SHA-256 of 512 KiB costs about three slices of gas; no code here jumps.
    Assembler code;
    for (int i = 0; i < 20; ++i)
        code.arguments({kYearsOfGas, 2, 0, 0, 1 << 19, 0, 0}).op(Opcode::Call);
    set_code(contract_, code);
    Countdown never(UINT64_MAX);
    Evm evm(Revision::Osaka, never);
    EXPECT_EQ(call_contract_on(evm, Revision::Osaka).status, Status::Success);
    EXPECT_EQ(never.asked(), 1U + 20U) << "the memory of the first costs some slices too";
}

TEST_F(InterruptionTest, ChangesNothingElse) {
    set_code(callee_, loop(50, Assembler()));
    Assembler body;
    body.append(call_of(callee_).code()).op(Opcode::Pop);
    for (const Assembler& code : {loop(20'000, Assembler()), loop(100, body),
                                  Assembler().arguments({0, 0}).op(Opcode::Revert),
                                  Assembler().push(Uint256(7)).op(Opcode::Jump)}) {
        set_code(contract_, code);
        for (const Revision revision : all_revisions()) {
            SCOPED_TRACE(to_string(revision));
            const CallResult plain = call_contract(revision);
            Countdown never(UINT64_MAX);
            Evm evm(revision, never);
            const CallResult result = call_contract_on(evm, revision);
            EXPECT_EQ(result.status, plain.status);
            EXPECT_EQ(result.gas_left, plain.gas_left);
            EXPECT_EQ(result.output, plain.output);
            const uint64_t slices = (kGas - result.gas_left) / Interrupting::kSliceGas;
            // A slice that a message asked about counts for its caller once more.
            EXPECT_LE(never.asked(), 1 + 2 * slices);
            if (result.status == Status::Success) {
                EXPECT_GE(never.asked(), 1 + slices / 2);
            }
        }
    }
}

TEST_F(InterruptionTest, ASliceIsSpentBetweenTwoQuestions) {
    constexpr uint64_t kRoundGas = 1 + 5 * 3 + 10;  // JUMPDEST, five of the cheap ones, JUMPI
    constexpr uint64_t kRounds = 100'000;
    set_code(contract_, loop(kRounds, Assembler()));
    Countdown never(UINT64_MAX);
    Evm evm(Revision::Osaka, never);
    EXPECT_EQ(call_contract_on(evm, Revision::Osaka).status, Status::Success);
    const uint64_t slices = kRounds * kRoundGas / Interrupting::kSliceGas;
    EXPECT_GE(never.asked(), slices);
    EXPECT_LE(never.asked(), slices + 2);
}

TEST_F(InterruptionTest, EndsATraceInEveryRevision) {
    for (const Revision revision : all_revisions()) {
        SCOPED_TRACE(to_string(revision));
        set_code(callee_, endless());
        set_code(contract_, call_of(callee_));
        Countdown countdown(1'000);
        CountingTracer tracer;
        Evm evm(revision, tracer, countdown);
        const CallResult result = call_contract_on(evm, revision, kYearsOfGas * 2);
        EXPECT_EQ(result.status, Status::Interrupted);
        EXPECT_EQ(countdown.asked(), 1'001U);
        EXPECT_EQ(tracer.started, 2U);
        EXPECT_EQ(tracer.ended, 0U) << "messages that were abandoned do not end";
        EXPECT_EQ(tracer.last_status, Status::Interrupted);
        EXPECT_EQ(describe(tracer.last_status), "interrupted");
    }
}

TEST_F(InterruptionTest, ATraceWithoutOneIsTheSame) {
    set_code(contract_, loop(1'000, Assembler()));
    CountingTracer free;
    CountingTracer watched;
    Countdown never(UINT64_MAX);
    Evm free_evm(Revision::Osaka, free);
    Evm watched_evm(Revision::Osaka, watched, never);
    const CallResult a = call_contract_on(free_evm, Revision::Osaka);
    const CallResult b = call_contract_on(watched_evm, Revision::Osaka);
    EXPECT_EQ(a.status, Status::Success);
    EXPECT_EQ(b.status, Status::Success);
    EXPECT_EQ(a.gas_left, b.gas_left);
    EXPECT_EQ(free.instructions, watched.instructions);
    EXPECT_EQ(never.asked(), 1'000U) << "the message, and each jump back";
}

}  // namespace
}  // namespace switchyard::evm::test
