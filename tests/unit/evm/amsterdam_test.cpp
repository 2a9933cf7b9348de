// SPDX-License-Identifier: Apache-2.0
// What Amsterdam adds to the instructions: EIP-7708, 7843, 7954 and 8024.
#include "tests/unit/evm/evm_fixture.hpp"

#include "host/evm/instructions/stack.hpp"

namespace switchyard::evm::test {
namespace {

class Amsterdam : public EvmFixture {
  protected:
    Amsterdam() { block_.gas_limit = 1'000'000; }

    CallResult run_code(std::string_view hex) {
        Assembler code;
        return run(Revision::Amsterdam, code.append(*from_hex(hex)));
    }
};

TEST(StackImmediates, DecodeAsEip8024Says) {
    using instructions::decode_pair;
    using instructions::decode_single;
    EXPECT_EQ(decode_single(0x80), 17u);
    EXPECT_EQ(decode_single(0xff), 144u);
    EXPECT_EQ(decode_single(0x00), 145u);
    EXPECT_EQ(decode_single(0x5a), 235u);
    for (unsigned x = 0x5b; x <= 0x7f; ++x)
        EXPECT_EQ(decode_single(static_cast<uint8_t>(x)), 0u) << x;
    const auto pair = [](unsigned x) {
        const auto depths = decode_pair(static_cast<uint8_t>(x));
        return std::pair(depths.near, depths.far);
    };
    EXPECT_EQ(pair(0x8e), std::pair(1u, 2u));
    EXPECT_EQ(pair(0x8f), std::pair(1u, 29u));
    EXPECT_EQ(pair(0x50), std::pair(14u, 16u));
    EXPECT_EQ(pair(0x2f), std::pair(1u, 19u));
    for (unsigned x = 0x52; x <= 0x7f; ++x)
        EXPECT_EQ(pair(x), std::pair(0u, 0u)) << x;
    // Every other value names two places of the first 30 items, the nearer one first, and no pair
    // twice.
    std::set<std::pair<unsigned, unsigned>> seen;
    for (unsigned x = 0; x < 256; ++x) {
        if (x >= 0x52 && x <= 0x7f) continue;
        const auto [near, far] = pair(x);
        EXPECT_TRUE(1 <= near && near < far && near + far <= 30) << x;
        EXPECT_TRUE(seen.insert({near, far}).second) << x;
    }
}

TEST_F(Amsterdam, DuplicatesTheSeventeenthItem) {
    // 1, sixteen zeros, DUPN 17; returns the top.
    const CallResult result = run_code(
        "6001"
        "5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f"
        "e680"
        "5f5260205ff3");
    EXPECT_EQ(result.status, Status::Success);
    ASSERT_EQ(result.output.size(), 32u);
    EXPECT_EQ(result.output.back(), 1u);
    EXPECT_EQ(run_code("5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5fe680").status, Status::StackUnderflow);
    EXPECT_EQ(run_code("e65b").status, Status::InvalidInstruction);
}

TEST_F(Amsterdam, SwapsTheTopWithTheEighteenthItem) {
    // 1, sixteen zeros, 2, SWAPN 17: 1 is on top.
    std::string code = "6001";
    for (int i = 0; i < 16; ++i)
        code += "5f";
    code += "6002e7805f5260205ff3";
    const CallResult result = run_code(code);
    EXPECT_EQ(result.status, Status::Success);
    EXPECT_EQ(result.output.back(), 1u);
    EXPECT_EQ(run_code("60016002e780").status, Status::StackUnderflow);
}

TEST_F(Amsterdam, ExchangesTheSecondAndTheThirdItem) {
    // 0, 1, 2 on the stack; EXCHANGE 1 2 makes it 1, 0, 2: POP POP leaves 1.
    const CallResult result = run_code("5f60016002e88e50505f5260205ff3");
    EXPECT_EQ(result.status, Status::Success);
    EXPECT_EQ(result.output.back(), 1u);
    EXPECT_EQ(run_code("5f5fe88e").status, Status::StackUnderflow);
    EXPECT_EQ(run_code("5f5f5fe852").status, Status::InvalidInstruction);
}

TEST_F(Amsterdam, JumpsToAnImmediateThatIsAJumpDestination) {
    // EIP-8024: the analysis of jump destinations does not know immediates.
    EXPECT_EQ(run_code("600456e65b").status, Status::Success);
}

TEST_F(Amsterdam, ReadsTheSlotNumber) {
    block_.slot_number = 0x1234567890;
    Assembler code;
    EXPECT_EQ(top_of(Revision::Amsterdam, code.op(Opcode::Slotnum)), Uint256{0x1234567890});
    EXPECT_EQ(status_of(Revision::Osaka, Assembler().op(Opcode::Slotnum)),
              Status::InvalidInstruction);
}

TEST_F(Amsterdam, LogsValueThatMoves) {
    value_ = Uint256{5};
    const Address heir = test_address(0xbe11);
    set_account(heir, {0, Uint256{1}});
    Assembler code;
    code.push(heir).op(Opcode::Selfdestruct);
    ASSERT_EQ(status_of(Revision::Amsterdam, code), Status::Success);
    const auto logs = state_.logs();
    ASSERT_EQ(logs.size(), 2u);
    // keccak256("Transfer(address,address,uint256)"), as every ERC-20 token logs it.
    const auto topic =
        *fixed_from_hex<32>("ddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef");
    EXPECT_EQ(logs[0].address, *fixed_from_hex<20>("fffffffffffffffffffffffffffffffffffffffe"));
    EXPECT_EQ(logs[0].topics, (std::vector{topic, to_bytes32(to_uint256(caller_)),
                                           to_bytes32(to_uint256(contract_))}));
    EXPECT_EQ(load_big_endian(logs[0].data.data()), Uint256{5});
    EXPECT_EQ(logs[1].topics, (std::vector{topic, to_bytes32(to_uint256(contract_)),
                                           to_bytes32(to_uint256(heir))}));
    EXPECT_EQ(load_big_endian(logs[1].data.data()), Uint256{1'005});

    ASSERT_EQ(status_of(Revision::Osaka, code), Status::Success);
    EXPECT_TRUE(state_.logs().empty());
}

TEST_F(Amsterdam, LogsNothingForNoValueOrAFailedFrame) {
    EXPECT_EQ(status_of(Revision::Amsterdam, Assembler().op(Opcode::Stop)), Status::Success);
    EXPECT_TRUE(state_.logs().empty());
    value_ = Uint256{5};
    EXPECT_EQ(status_of(Revision::Amsterdam, Assembler().op(Opcode::Invalid)),
              Status::InvalidInstruction);
    EXPECT_TRUE(state_.logs().empty());
}

TEST_F(Amsterdam, CreatesLargerContracts) {
    const auto creates = [&](Revision revision, uint64_t size) {
        // Init code: return `size` zero bytes.
        const Bytes init{0x62,
                         static_cast<uint8_t>(size >> 16),
                         static_cast<uint8_t>(size >> 8),
                         static_cast<uint8_t>(size),
                         0x5f,
                         0xf3};
        Bytes32 word;
        std::copy(init.begin(), init.end(), word.begin());
        Assembler code;
        code.push(to_uint256(word)).arguments({0}).op(Opcode::Mstore);
        code.arguments({0, 0, init.size()}).op(Opcode::Create);
        return !top_of(revision, code).is_zero();
    };
    EXPECT_TRUE(creates(Revision::Osaka, 24'576));
    EXPECT_FALSE(creates(Revision::Osaka, 24'577));
    EXPECT_TRUE(creates(Revision::Amsterdam, 32'768));
    EXPECT_FALSE(creates(Revision::Amsterdam, 32'769));
}

}  // namespace
}  // namespace switchyard::evm::test
