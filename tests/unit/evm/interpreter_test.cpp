// SPDX-License-Identifier: Apache-2.0
// The loop itself: which instructions exist when, stack limits, jumps, the end of code, and the
// seam for instrumentation.
#include <array>
#include <bitset>

#include "host/evm/machine.hpp"
#include "tests/unit/evm/evm_fixture.hpp"

namespace switchyard::evm::test {
namespace {

class Interpreter : public EvmFixture {};

/// The opcodes that each fork added, from the EIPs; ranges include their ends.
std::bitset<256> opcodes_of(Revision revision) {
    std::bitset<256> out;
    const auto add = [&](unsigned first, unsigned last) {
        for (unsigned i = first; i <= last; ++i)
            out.set(i);
    };
    add(0x00, 0x0b), add(0x10, 0x1a), add(0x20, 0x20), add(0x30, 0x3c), add(0x40, 0x45);
    add(0x50, 0x5b), add(0x60, 0xa4), add(0xf0, 0xf3), add(0xff, 0xff);
    if (revision >= Revision::Homestead) add(0xf4, 0xf4);
    if (revision >= Revision::Byzantium) add(0x3d, 0x3e), add(0xfa, 0xfa), add(0xfd, 0xfd);
    if (revision >= Revision::Constantinople) add(0x1b, 0x1d), add(0x3f, 0x3f), add(0xf5, 0xf5);
    if (revision >= Revision::Istanbul) add(0x46, 0x47);
    if (revision >= Revision::London) add(0x48, 0x48);
    if (revision >= Revision::Shanghai) add(0x5f, 0x5f);
    if (revision >= Revision::Cancun) add(0x49, 0x4a), add(0x5c, 0x5e);
    if (revision >= Revision::Osaka) add(0x1e, 0x1e);
    if (revision >= Revision::Amsterdam) add(0x4b, 0x4b), add(0xe6, 0xe8);
    return out;
}

TEST_F(Interpreter, KnowsExactlyTheOpcodesOfEachRevision) {
    for (const Revision revision : all_revisions()) {
        const std::bitset<256> expected = opcodes_of(revision);
        for (unsigned value = 0; value < 256; ++value) {
            const auto opcode = static_cast<Opcode>(value);
            // Twenty zeroes serve every instruction; offset 0 is no jump destination.
            Assembler code;
            for (int i = 0; i < 20; ++i)
                code.push(Uint256{});
            const Status status = status_of(revision, code.op(opcode));
            EXPECT_EQ(status != Status::InvalidInstruction, expected[value])
                << "opcode " << value << " in revision " << static_cast<int>(revision);
        }
    }
}

TEST_F(Interpreter, HoldsNoMoreThan1024Items) {
    Assembler full;
    for (int i = 0; i < 1024; ++i)
        full.op(Opcode::Pc);
    EXPECT_EQ(status_of(Revision::Frontier, full), Status::Success);
    EXPECT_EQ(status_of(Revision::Frontier, Assembler(full).op(Opcode::Pc)), Status::StackOverflow);
    EXPECT_EQ(status_of(Revision::Frontier, Assembler(full).op(Opcode::Dup1)),
              Status::StackOverflow);
    EXPECT_EQ(status_of(Revision::Frontier, Assembler(full).op(Opcode::Swap16)), Status::Success);
    EXPECT_EQ(status_of(Revision::Frontier, Assembler(full).op(Opcode::Add)), Status::Success);
}

TEST_F(Interpreter, RefusesInstructionsWithoutTheirItems) {
    EXPECT_EQ(status_of(Revision::Osaka, Assembler().op(Opcode::Pop)), Status::StackUnderflow);
    EXPECT_EQ(status_of(Revision::Osaka, Assembler().op(Opcode::Pc).op(Opcode::Add)),
              Status::StackUnderflow);
    EXPECT_EQ(status_of(Revision::Osaka, Assembler().op(Opcode::Pc).op(Opcode::Swap1)),
              Status::StackUnderflow);
    EXPECT_EQ(status_of(Revision::Osaka, Assembler().op(Opcode::Dup1)), Status::StackUnderflow);
    Assembler six;
    for (int i = 0; i < 6; ++i)
        six.push(Uint256{});
    EXPECT_EQ(status_of(Revision::Osaka, Assembler(six).op(Opcode::Call)), Status::StackUnderflow);
    EXPECT_EQ(status_of(Revision::Osaka, Assembler(six).op(Opcode::Staticcall)), Status::Success);
}

TEST_F(Interpreter, StopsAtTheEndOfCode) {
    EXPECT_EQ(gas_of(Revision::Frontier, Assembler().op(Opcode::Pc)), 2U);
    // PUSH data that the code does not have reads as zero.
    EXPECT_EQ(gas_of(Revision::Frontier, Assembler().op(Opcode::Push32)), 3U);
    EXPECT_EQ(gas_of(Revision::Frontier, Assembler()), 0U);
}

TEST_F(Interpreter, PushesOneTo32Bytes) {
    for (unsigned size = 1; size <= 32; ++size) {
        Assembler code;
        code.op(detail::numbered(Opcode::Push1, size - 1));
        Uint256 expected;
        for (unsigned i = 0; i < size; ++i) {
            code.append(std::array{static_cast<uint8_t>(0x81 + i)});
            expected = expected << 8 | Uint256{0x81 + i};
        }
        EXPECT_EQ(top_of(Revision::Frontier, code), expected) << size;
    }
}

TEST_F(Interpreter, DuplicatesAndSwapsAtEveryDepth) {
    for (unsigned n = 1; n <= 16; ++n) {
        Assembler items;
        for (uint64_t i = 0; i < 17; ++i)
            items.push(Uint256{100 - i});  // the topmost item is 84
        EXPECT_EQ(
            top_of(Revision::Frontier, Assembler(items).op(detail::numbered(Opcode::Dup1, n - 1))),
            Uint256{84 + n - 1});
        Assembler swapped = Assembler(items).op(detail::numbered(Opcode::Swap1, n - 1));
        EXPECT_EQ(top_of(Revision::Frontier, swapped), Uint256{84 + n});
        for (unsigned i = 0; i < n; ++i)
            swapped.op(Opcode::Pop);
        EXPECT_EQ(top_of(Revision::Frontier, swapped), Uint256{84});
    }
}

TEST_F(Interpreter, JumpsToDestinationsOnly) {
    const auto jump_to = [&](const Uint256& target) {
        // 0: PUSH32 target, 33: JUMP, 34: INVALID, 35: JUMPDEST, 36: PUSH2 5b5b, 39: STOP
        return status_of(
            Revision::Frontier,
            Assembler().push(target).ops({Opcode::Jump, Opcode::Invalid, Opcode::Jumpdest,
                                          Opcode::Push2, Opcode::Jumpdest, Opcode::Jumpdest}));
    };
    EXPECT_EQ(jump_to(35), Status::Success);
    EXPECT_EQ(jump_to(34), Status::BadJumpDestination);
    EXPECT_EQ(jump_to(37), Status::BadJumpDestination);  // inside PUSH data
    EXPECT_EQ(jump_to(1000), Status::BadJumpDestination);
    EXPECT_EQ(jump_to((Uint256{1} << 64) + Uint256{35}), Status::BadJumpDestination);
}

TEST_F(Interpreter, JumpsOnAnyNonZeroCondition) {
    const auto jump_if = [&](const Uint256& condition) {
        return status_of(Revision::Frontier,
                         Assembler()
                             .arguments({68, condition})
                             .ops({Opcode::Jumpi, Opcode::Invalid, Opcode::Jumpdest}));
    };
    EXPECT_EQ(jump_if(0), Status::InvalidInstruction);
    EXPECT_EQ(jump_if(1), Status::Success);
    EXPECT_EQ(jump_if(Uint256{1} << 255), Status::Success);
    // A bad destination does not matter as long as it is not taken.
    EXPECT_EQ(status_of(Revision::Frontier, Assembler().arguments({3, 0}).op(Opcode::Jumpi)),
              Status::Success);
}

TEST_F(Interpreter, LosesAllGasUnlessItReverts) {
    EXPECT_EQ(run(Revision::Osaka, Assembler().op(Opcode::Invalid)).gas_left, 0U);
    const CallResult reverted = run(Revision::Osaka, Assembler()
                                                         .arguments({0, 0xbeef})
                                                         .op(Opcode::Mstore)
                                                         .arguments({30, 2})
                                                         .op(Opcode::Revert));
    EXPECT_EQ(reverted.status, Status::Revert);
    EXPECT_EQ(reverted.gas_left, kGas - (6 + 3 + 3 + 6));
    EXPECT_EQ(reverted.output, (Bytes{0xbe, 0xef}));
}

TEST_F(Interpreter, ReportsItsEnvironment) {
    block_.timestamp = 11;
    block_.gas_limit = 22;
    block_.beneficiary = test_address(33);
    block_.difficulty = 44;
    block_.prev_randao[31] = 55;
    block_.base_fee = 66;
    block_.blob_base_fee = 77;
    block_.chain_id = 88;
    transaction_.origin = test_address(99);
    transaction_.gas_price = 111;
    const std::array<Bytes32, 1> hashes{to_bytes32(Uint256{222})};
    transaction_.blob_hashes = hashes;
    value_ = 333;
    input_ = Bytes(44);
    const auto read = [&](Opcode opcode, Revision revision = Revision::Osaka) {
        return top_of(revision, Assembler().op(opcode));
    };
    EXPECT_EQ(read(Opcode::Timestamp), Uint256{11});
    EXPECT_EQ(read(Opcode::Gaslimit), Uint256{22});
    EXPECT_EQ(read(Opcode::Coinbase), Uint256{33});
    EXPECT_EQ(read(Opcode::Prevrandao, Revision::London), Uint256{44});
    EXPECT_EQ(read(Opcode::Prevrandao), Uint256{55});
    EXPECT_EQ(read(Opcode::Basefee), Uint256{66});
    EXPECT_EQ(read(Opcode::Blobbasefee), Uint256{77});
    EXPECT_EQ(read(Opcode::Chainid), Uint256{88});
    EXPECT_EQ(read(Opcode::Origin), Uint256{99});
    EXPECT_EQ(read(Opcode::Gasprice), Uint256{111});
    EXPECT_EQ(read(Opcode::Number), Uint256{1000});
    EXPECT_EQ(read(Opcode::Callvalue), Uint256{333});
    EXPECT_EQ(read(Opcode::Calldatasize), Uint256{44});
    EXPECT_EQ(read(Opcode::Address), to_uint256(contract_));
    EXPECT_EQ(read(Opcode::Caller), to_uint256(caller_));
    EXPECT_EQ(read(Opcode::Selfbalance), Uint256{1'333});
    const auto blob_hash = [&](const Uint256& index) {
        return top_of(Revision::Osaka, Assembler().push(index).op(Opcode::Blobhash));
    };
    EXPECT_EQ(blob_hash(0), Uint256{222});
    EXPECT_EQ(blob_hash(1), Uint256{});
    EXPECT_EQ(blob_hash(~Uint256{}), Uint256{});
}

TEST_F(Interpreter, KnowsTheHashesOf256Blocks) {
    class Numbers final : public BlockHashes {
      public:
        Bytes32 block_hash(uint64_t number) const override { return to_bytes32(Uint256{number}); }
    };
    const Numbers numbers;
    block_.hashes = &numbers;
    const auto hash_of = [&](const Uint256& number) {
        return top_of(Revision::Osaka, Assembler().push(number).op(Opcode::Blockhash));
    };
    EXPECT_EQ(hash_of(999), Uint256{999});
    EXPECT_EQ(hash_of(744), Uint256{744});
    EXPECT_EQ(hash_of(743), Uint256{});
    EXPECT_EQ(hash_of(1000), Uint256{});
    EXPECT_EQ(hash_of(~Uint256{}), Uint256{});
}

/// Counts what the seam reports.
struct Recorder {
    static constexpr bool kObservesInstructions = true;
    static constexpr bool kMayBeInterrupted = false;
    struct Line {
        uint8_t opcode;
        uint64_t gas;
        size_t stack_size;
        uint32_t depth;
        bool operator==(const Line&) const = default;
    };
    std::vector<Line> lines;
    std::vector<Status> ended;
    std::vector<Bytes> hashed;
    size_t started = 0;

    void on_instruction(TransactionScope& /*scope*/, const Frame& frame, const uint8_t* pc,
                        const Uint256* top, uint64_t gas) {
        lines.push_back({*pc, gas, frame.stack_size(top), frame.message.depth});
    }
    void on_instruction_end(TransactionScope& /*scope*/, const Frame& /*frame*/, uint64_t /*gas*/,
                            Signal /*signal*/) {}
    void on_message_priced(uint64_t /*gas_left*/) {}
    void on_frame_start(TransactionScope& /*scope*/, const Frame& /*frame*/) { ++started; }
    void on_frame_end(const Frame& frame) { ended.push_back(frame.status); }
    void on_keccak256(const Frame& /*frame*/, BytesView input, const Bytes32& /*hash*/) {
        hashed.push_back(to_bytes(input));
    }
};

TEST_F(Interpreter, ShowsAnInstrumentationEveryInstructionFrameAndHash) {
    const Address callee = test_address(0x77);
    set_code(callee, Assembler().op(Opcode::Invalid));
    set_code(contract_, Assembler()
                            .arguments({0, 3})
                            .op(Opcode::Keccak256)
                            .arguments({100, to_uint256(callee), 0, 0, 0, 0})
                            .op(Opcode::Staticcall));
    state_.begin(world_, Revision::Istanbul);
    Message message;
    message.gas = 10'000;
    message.recipient = message.code_address = contract_;
    message.sender = caller_;
    Machine<Revision::Istanbul, Recorder> machine;
    const CallResult result = machine.execute(block_, transaction_, message, state_);
    EXPECT_EQ(result.status, Status::Success);

    const Recorder& seen = machine.instrumentation();
    ASSERT_EQ(seen.lines.size(), 12U);
    EXPECT_EQ(seen.lines[0], (Recorder::Line{0x7f, 10'000, 0, 0}));
    EXPECT_EQ(seen.lines[2], (Recorder::Line{0x20, 9'994, 2, 0}));
    EXPECT_EQ(seen.lines[3], (Recorder::Line{0x7f, 9'994 - 39, 1, 0}));
    EXPECT_EQ(seen.lines[10], (Recorder::Line{0xfe, 100, 0, 1}));
    EXPECT_EQ(seen.lines[11], (Recorder::Line{0x00, 9'955 - 18 - 800, 2, 0}));
    EXPECT_EQ(seen.started, 2U);
    EXPECT_EQ(seen.ended, (std::vector{Status::InvalidInstruction, Status::Success}));
    EXPECT_EQ(seen.hashed, (std::vector<Bytes>{Bytes(3)}));
}

}  // namespace
}  // namespace switchyard::evm::test
