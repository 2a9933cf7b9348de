// SPDX-License-Identifier: Apache-2.0
// Memory: growth and its price, the copying instructions, and KECCAK256.
#include "host/evm/memory.hpp"

#include "simd/keccak256.hpp"
#include "tests/unit/evm/evm_fixture.hpp"

namespace switchyard::evm::test {
namespace {

class MemoryAccess : public EvmFixture {
  protected:
    static Assembler store(uint64_t offset, const Uint256& value) {
        return Assembler().arguments({offset, value}).op(Opcode::Mstore);
    }
};

TEST(Memory, GrowsWithZeroesAfterAReset) {
    Memory memory;
    memory.grow(64);
    std::fill_n(memory.data(), 64, uint8_t{0xff});
    memory.reset();
    EXPECT_EQ(memory.size(), 0U);
    memory.grow(96);
    for (size_t i = 0; i < 96; ++i)
        EXPECT_EQ(memory.data()[i], 0) << i;
    memory.release_above(0);
    EXPECT_EQ(memory.size(), 0U);
}

TEST(Memory, CostsAsTheYellowPaperSays) {
    EXPECT_EQ(memory_cost(0), 0U);
    EXPECT_EQ(memory_cost(1), 3U);
    EXPECT_EQ(memory_cost(22), 66U);
    EXPECT_EQ(memory_cost(23), 70U);  // 23 * 23 / 512 = 1
    EXPECT_EQ(memory_cost(1024), 3072U + 2048);
    EXPECT_GT(memory_cost(kMemoryBytesMax / 32), 35'000'000'000'000U);
}

TEST_F(MemoryAccess, PaysOnceForEachNewWord) {
    EXPECT_EQ(gas_of(Revision::Frontier, store(0, 1)), 6U + 3 + 3);
    EXPECT_EQ(gas_of(Revision::Frontier, store(1, 1)), 6U + 3 + 6);
    EXPECT_EQ(gas_of(Revision::Frontier, store(32 * 1023, 1)), 6U + 3 + 5120);
    EXPECT_EQ(gas_of(Revision::Frontier, store(32, 1).append(store(0, 1).code())),
              2 * (6U + 3) + 6);
}

TEST_F(MemoryAccess, RunsOutOfGasFarAway) {
    const Uint256 far[] = {Uint256{kMemoryBytesMax + 1}, Uint256{UINT64_MAX}, Uint256{1} << 64,
                           ~Uint256{}};
    for (const Uint256& offset : far) {
        EXPECT_EQ(
            status_of(Revision::Osaka, Assembler().push(offset).op(Opcode::Mload), UINT64_MAX),
            Status::OutOfGas);
        EXPECT_EQ(status_of(Revision::Osaka,
                            Assembler().arguments({0, offset}).op(Opcode::Keccak256), UINT64_MAX),
                  Status::OutOfGas);
        EXPECT_EQ(
            status_of(Revision::Osaka,
                      Assembler().arguments({0, 0, offset}).op(Opcode::Calldatacopy), UINT64_MAX),
            Status::OutOfGas);
    }
}

TEST_F(MemoryAccess, NeedsNoMemoryForNoBytes) {
    const Uint256 far = ~Uint256{};
    EXPECT_EQ(gas_of(Revision::Osaka, Assembler().arguments({far, 0}).op(Opcode::Keccak256)),
              6U + 30);
    EXPECT_EQ(gas_of(Revision::Osaka, Assembler().arguments({far, far, 0}).op(Opcode::Mcopy)),
              9U + 3);
    EXPECT_EQ(gas_of(Revision::Osaka, Assembler().arguments({far, far, 0}).op(Opcode::Codecopy)),
              9U + 3);
    EXPECT_EQ(gas_of(Revision::Osaka, Assembler().arguments({far, 0}).op(Opcode::Return)), 6U);
}

TEST_F(MemoryAccess, StoresSingleBytesAndReportsItsSize) {
    const Assembler code = Assembler().arguments({33, 0x1234}).op(Opcode::Mstore8);
    EXPECT_EQ(gas_of(Revision::Frontier, code), 6U + 3 + 6);
    EXPECT_EQ(top_of(Revision::Frontier, Assembler(code).push(Uint256{32}).op(Opcode::Mload)),
              Uint256{0x34} << (8 * 30));
    EXPECT_EQ(top_of(Revision::Frontier, Assembler(code).op(Opcode::Msize)), Uint256{64});
}

TEST_F(MemoryAccess, LoadsCallDataPaddedWithZeroes) {
    input_ = Bytes{1, 2, 3};
    const auto load = [&](const Uint256& offset) {
        return top_of(Revision::Frontier, Assembler().push(offset).op(Opcode::Calldataload));
    };
    EXPECT_EQ(load(0), Uint256{0x010203} << 232);
    EXPECT_EQ(load(2), Uint256{3} << 248);
    EXPECT_EQ(load(3), Uint256{});
    EXPECT_EQ(load(~Uint256{}), Uint256{});
    input_ = Bytes(40, 7);
    EXPECT_EQ(load(8), load_big_endian(input_.data()));
}

TEST_F(MemoryAccess, CopiesCallDataPaddedWithZeroes) {
    input_ = Bytes{1, 2, 3};
    const Assembler code = Assembler()
                               .append(store(0, ~Uint256{}).code())
                               .arguments({30, 1, 2})
                               .op(Opcode::Calldatacopy)
                               .arguments({0, 2, 2})
                               .op(Opcode::Calldatacopy)
                               .push(Uint256{0})
                               .op(Opcode::Mload);
    Bytes32 expected;
    std::fill(expected.begin(), expected.end(), uint8_t{0xff});
    expected[30] = 2;
    expected[31] = 3;
    expected[0] = 3;
    expected[1] = 0;
    EXPECT_EQ(top_of(Revision::Frontier, code), to_uint256(expected));
}

TEST_F(MemoryAccess, CopiesOverlappingMemoryAsEip5656Shows) {
    // EIP-5656: MCOPY 0 32 32 and MCOPY 1 0 8 over the bytes 00 01 .. 07.
    const Uint256 word = uint256_from_text(
                             "0x0001020304050607080000000000000000000000000000000000"
                             "000000000000")
                             .value();
    const Assembler up =
        store(0, word).arguments({1, 0, 8}).op(Opcode::Mcopy).push(Uint256{0}).op(Opcode::Mload);
    EXPECT_EQ(
        top_of(Revision::Cancun, up),
        uint256_from_text("0x0000010203040506070000000000000000000000000000000000000000000000")
            .value());
    const Assembler down =
        store(0, word).arguments({0, 1, 8}).op(Opcode::Mcopy).push(Uint256{0}).op(Opcode::Mload);
    EXPECT_EQ(
        top_of(Revision::Cancun, down),
        uint256_from_text("0x0102030405060708080000000000000000000000000000000000000000000000")
            .value());
    EXPECT_EQ(gas_of(Revision::Cancun, Assembler().arguments({0, 32, 32}).op(Opcode::Mcopy)),
              9U + 6 + 6);
}

TEST_F(MemoryAccess, HashesMemoryForAPricePerWord) {
    EXPECT_EQ(top_of(Revision::Frontier, Assembler().arguments({0, 0}).op(Opcode::Keccak256)),
              to_uint256(kEmptyCodeHash));
    EXPECT_EQ(gas_of(Revision::Frontier, Assembler().arguments({0, 33}).op(Opcode::Keccak256)),
              6U + 30 + 12 + 6);
    const Bytes zeroes(33);
    Bytes32 hash;
    simd::keccak256(zeroes, hash.bytes);
    EXPECT_EQ(top_of(Revision::Frontier, Assembler().arguments({0, 33}).op(Opcode::Keccak256)),
              to_uint256(hash));
}

TEST_F(MemoryAccess, LogsTopicsInTheOrderOfTheStack) {
    const Assembler code = store(0, 0xabcd).arguments({30, 2, 1, 2, 3, 4}).op(Opcode::Log4);
    EXPECT_EQ(gas_of(Revision::Frontier, code), 6U + 3 + 3 + 18 + 375 * 5 + 16);
    ASSERT_EQ(state_.logs().size(), 1U);
    const Log& log = state_.logs()[0];
    EXPECT_EQ(log.address, contract_);
    EXPECT_EQ(log.data, (Bytes{0xab, 0xcd}));
    ASSERT_EQ(log.topics.size(), 4U);
    for (uint64_t i = 0; i < 4; ++i)
        EXPECT_EQ(log.topics[i], to_bytes32(Uint256{i + 1}));
}

}  // namespace
}  // namespace switchyard::evm::test
