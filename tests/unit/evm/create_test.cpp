// SPDX-License-Identifier: Apache-2.0
// Creations: addresses, code deposit and its limits in every era, collisions; SELFDESTRUCT.
#include "tests/unit/evm/evm_fixture.hpp"

namespace switchyard::evm::test {
namespace {

Address address(std::string_view hex) {
    return fixed_from_hex<20>(hex).value();
}

class Create : public EvmFixture {
  protected:
    /// Code that stores `init_code` (at most 32 bytes) at memory 0 and creates with it.
    static Assembler create(const Bytes& init_code, const Uint256& value = {}) {
        return with_init_code(init_code).arguments({value, 0, init_code.size()}).op(Opcode::Create);
    }
    static Assembler create2(const Bytes& init_code, const Uint256& salt) {
        return with_init_code(init_code)
            .arguments({0, 0, init_code.size(), salt})
            .op(Opcode::Create2);
    }
    static Assembler with_init_code(const Bytes& init_code) {
        Bytes32 word;
        std::copy(init_code.begin(), init_code.end(), word.begin());
        return Assembler().arguments({0, to_uint256(word)}).op(Opcode::Mstore);
    }
    /// Init code that returns `size` zero bytes, or `first` and then zeroes.
    static Bytes returning(uint16_t size, uint8_t first = 0) {
        return {0x60,
                first,
                0x60,
                0x00,
                0x53,
                0x61,
                static_cast<uint8_t>(size >> 8),
                static_cast<uint8_t>(size),
                0x60,
                0x00,
                0xf3};
    }
    CallResult create_transaction(Revision revision, const Bytes& init_code, uint64_t gas = kGas) {
        state_.begin(world_, revision);
        state_.set_nonce(caller_, 1);
        Message message;
        message.kind = MessageKind::Create;
        message.gas = gas;
        message.sender = caller_;
        message.input = init_code;
        Evm evm(revision);
        return evm.execute(block_, transaction_, message, state_);
    }
};

TEST_F(Create, DerivesAddressesFromSenderAndNonce) {
    // The first contracts of a well-known account, as every client's tests have them.
    const Address sender = address("0x6ac7ea33f8831ea9dcc53393aaa88b25a785dbf0");
    EXPECT_EQ(create_address(sender, 0), address("0xcd234a471b72ba2f1ccf0a70fcaba648a5eecd8d"));
    EXPECT_EQ(create_address(sender, 1), address("0x343c43a37d37dff08ae8c4a11544c718abb4fcf8"));
    EXPECT_EQ(create_address(sender, 2), address("0xf778b86fa74e846c4f0a1fbd1335fe81c00a0c91"));
    EXPECT_EQ(create_address(sender, 3), address("0xfffd933a0bc612844eaf0c6fe3e5b8e9b6c1d19c"));
}

TEST_F(Create, DerivesAddressesAsEip1014Shows) {
    const auto derive = [](std::string_view sender, std::string_view salt, std::string_view code) {
        return create2_address(address(sender), fixed_from_hex<32>(salt).value(),
                               from_hex(code).value());
    };
    const char* zero = "0x0000000000000000000000000000000000000000000000000000000000000000";
    const char* cafebabe = "0x00000000000000000000000000000000000000000000000000000000cafebabe";
    EXPECT_EQ(derive("0x0000000000000000000000000000000000000000", zero, "0x00"),
              address("0x4D1A2e2bB4F88F0250f26Ffff098B0b30B26BF38"));
    EXPECT_EQ(derive("0xdeadbeef00000000000000000000000000000000", zero, "0x00"),
              address("0xB928f69Bb1D91Cd65274e3c79d8986362984fDA3"));
    EXPECT_EQ(derive("0xdeadbeef00000000000000000000000000000000",
                     "0x000000000000000000000000feed000000000000000000000000000000000000", "0x00"),
              address("0xD04116cDd17beBE565EB2422F2497E06cC1C9833"));
    EXPECT_EQ(derive("0x0000000000000000000000000000000000000000", zero, "0xdeadbeef"),
              address("0x70f2b2914A2a4b783FaEFb75f459A580616Fcb5e"));
    EXPECT_EQ(derive("0x00000000000000000000000000000000deadbeef", cafebabe, "0xdeadbeef"),
              address("0x60f3f640a8508fC6a86d45DF051962668E1e8AC7"));
    EXPECT_EQ(derive("0x0000000000000000000000000000000000000000", zero, "0x"),
              address("0xE33C0C7F7df4809055C3ebA6c09CFe4BaF1BD9e0"));
}

TEST_F(Create, MakesAContractWithItsCodeAndValue) {
    const Uint256 created = top_of(Revision::Osaka, create(returning(3), 5));
    EXPECT_EQ(created, to_uint256(create_address(contract_, 1)));
    EXPECT_EQ(state_.code(to_address(created))->size(), 3U);
    EXPECT_EQ(state_.balance(to_address(created)), Uint256{5});
    EXPECT_EQ(state_.nonce(to_address(created)), 1U);
    EXPECT_EQ(state_.nonce(contract_), 2U);
    EXPECT_EQ(top_of(Revision::Homestead, create(returning(3))), created);
    EXPECT_EQ(state_.nonce(to_address(created)), 0U);  // before EIP-161
}

TEST_F(Create, CostsDepositAndFromShanghaiInitCode) {
    // Two pushes and MSTORE with one word, three pushes; six instructions and a word inside.
    const uint64_t fixed = 6 + 6 + 9 + 32'000;
    const uint64_t inside = 3 + 3 + 3 + 3 + 3 + 3;
    EXPECT_EQ(gas_of(Revision::London, create(returning(3))), fixed + inside + 600);
    EXPECT_EQ(gas_of(Revision::Shanghai, create(returning(3))), fixed + inside + 600 + 2);
    EXPECT_EQ(gas_of(Revision::London, create2({0x00}, 0)), fixed + 3 + 6);
    EXPECT_EQ(gas_of(Revision::Shanghai, create2({0x00}, 0)), fixed + 3 + 6 + 2);
}

TEST_F(Create, KeepsAnEmptyContractWithoutDepositGasInFrontierOnly) {
    const Bytes init_code = returning(100);
    const uint64_t gas = 5'000;  // far less than the 20,000 of the deposit
    const CallResult frontier = create_transaction(Revision::Frontier, init_code, gas);
    EXPECT_EQ(frontier.status, Status::Success);
    EXPECT_EQ(frontier.gas_left, gas - (3 + 3 + 3 + 3 + 3 + 3 + 9));
    EXPECT_EQ(frontier.created, create_address(caller_, 0));
    EXPECT_EQ(state_.code(frontier.created)->size(), 0U);
    EXPECT_TRUE(state_.exists(frontier.created));
    const CallResult homestead = create_transaction(Revision::Homestead, init_code, gas);
    EXPECT_EQ(homestead.status, Status::OutOfGas);
    EXPECT_EQ(homestead.gas_left, 0U);
    EXPECT_FALSE(state_.exists(create_address(caller_, 0)));
}

TEST_F(Create, LimitsCodeSizeAndPrefix) {
    EXPECT_EQ(create_transaction(Revision::SpuriousDragon, returning(24'576)).status,
              Status::Success);
    EXPECT_EQ(create_transaction(Revision::SpuriousDragon, returning(24'577)).status,
              Status::CodeSizeExceeded);
    EXPECT_EQ(create_transaction(Revision::TangerineWhistle, returning(24'577)).status,
              Status::Success);
    EXPECT_EQ(create_transaction(Revision::Berlin, returning(1, 0xef)).status, Status::Success);
    EXPECT_EQ(create_transaction(Revision::London, returning(1, 0xef)).status,
              Status::InvalidCodePrefix);
    EXPECT_EQ(create_transaction(Revision::London, returning(1, 0xfe)).status, Status::Success);
}

TEST_F(Create, LimitsInitCodeFromShanghaiOn) {
    const auto create_sized = [](const Uint256& size) {
        return Assembler().arguments({0, 0, size}).op(Opcode::Create);
    };
    EXPECT_EQ(status_of(Revision::Shanghai, create_sized(49'152)), Status::Success);
    EXPECT_EQ(status_of(Revision::Shanghai, create_sized(49'153)), Status::InitCodeSizeExceeded);
    EXPECT_EQ(status_of(Revision::Paris, create_sized(49'153)), Status::Success);
}

TEST_F(Create, RefusesToCreateOverCodeNonceOrStorage) {
    const Address target = create_address(contract_, 1);
    const auto expect_collision = [&](bool expected) {
        const Assembler code = create(returning(1));
        const uint64_t used = kGas - run(Revision::Osaka, code).gas_left;
        EXPECT_EQ(top_of(Revision::Osaka, code).is_zero(), expected);
        EXPECT_EQ(state_.nonce(contract_), 2U);
        // All the gas that the creation got is lost: 63/64.
        EXPECT_EQ(used > kGas / 2, expected);
        EXPECT_TRUE(state_.is_warm_account(target));
    };
    set_account(target, {0, Uint256{1}});
    expect_collision(false);
    set_account(target, {1, Uint256{}});
    expect_collision(true);
    set_account(target, {0, Uint256{}}, Bytes{0x00});
    expect_collision(true);
    set_account(target, {0, Uint256{1}});
    world_.set_storage(target, 1, 1);
    expect_collision(true);
}

TEST_F(Create, ReportsACollisionOfTheTransactionItself) {
    set_account(create_address(caller_, 0), {1, Uint256{}});
    const CallResult result = create_transaction(Revision::Osaka, returning(1));
    EXPECT_EQ(result.status, Status::CreateCollision);
    EXPECT_EQ(result.gas_left, 0U);
}

TEST_F(Create, DoesNotStartWithTheLastNonceOrWithoutBalance) {
    set_account(contract_, {UINT64_MAX, Uint256{10}}, create(returning(1)).return_top().code());
    const CallResult nonce = call_contract(Revision::Osaka);
    EXPECT_EQ(load_big_endian(nonce.output.data()), Uint256{});
    EXPECT_GT(nonce.gas_left, kGas / 2);
    EXPECT_EQ(top_of(Revision::Osaka, create(returning(1), 1'001)), Uint256{});
    EXPECT_EQ(state_.nonce(contract_), 1U);
}

TEST_F(Create, ReturnsRevertDataButNoDeployedCode) {
    const Bytes reverting{0x60, 0x02, 0x60, 0x00, 0xfd};
    EXPECT_EQ(top_of(Revision::Osaka, create(reverting).op(Opcode::Returndatasize)), Uint256{2});
    EXPECT_EQ(top_of(Revision::Osaka, create(returning(2)).op(Opcode::Returndatasize)), Uint256{});
}

TEST_F(Create, SeesNoCallDataInInitCode) {
    const Bytes init_code = Assembler().op(Opcode::Calldatasize).return_top().code();
    const CallResult result = create_transaction(Revision::Osaka, init_code);
    const Bytes code = to_bytes(state_.code(result.created)->bytes());
    EXPECT_EQ(code, Bytes(32));
}

class SelfDestruct : public EvmFixture {
  protected:
    const Address heir_ = test_address(0xe1e1);
    static Assembler destruct(const Address& heir) {
        return Assembler().push(heir).op(Opcode::Selfdestruct);
    }
};

TEST_F(SelfDestruct, CostsWhatTheEraAsks) {
    EXPECT_EQ(gas_of(Revision::Homestead, destruct(heir_)), 3U);
    EXPECT_EQ(gas_of(Revision::TangerineWhistle, destruct(heir_)), 3U + 5'000 + 25'000);
    EXPECT_EQ(gas_of(Revision::SpuriousDragon, destruct(heir_)), 3U + 5'000 + 25'000);
    EXPECT_EQ(gas_of(Revision::Berlin, destruct(heir_)), 3U + 5'000 + 2'600 + 25'000);
    EXPECT_EQ(gas_of(Revision::Berlin, destruct(caller_)), 3U + 5'000);
    EXPECT_EQ(state_.refund(), 24'000);
    EXPECT_EQ(gas_of(Revision::London, destruct(caller_)), 3U + 5'000);
    EXPECT_EQ(state_.refund(), 0);
}

TEST_F(SelfDestruct, MovesTheBalanceAndDeletesBeforeCancun) {
    EXPECT_EQ(status_of(Revision::Shanghai, destruct(heir_)), Status::Success);
    EXPECT_EQ(state_.balance(heir_), Uint256{1'000});
    StateChanges changes;
    state_.finish(changes);
    world_.apply(changes);
    EXPECT_FALSE(world_.account(contract_).has_value());
}

TEST_F(SelfDestruct, OnlyMovesTheBalanceFromCancunOn) {
    EXPECT_EQ(status_of(Revision::Cancun, destruct(heir_)), Status::Success);
    EXPECT_EQ(state_.balance(heir_), Uint256{1'000});
    EXPECT_EQ(status_of(Revision::Cancun, destruct(contract_)), Status::Success);
    EXPECT_EQ(state_.balance(contract_), Uint256{1'000});
    StateChanges changes;
    state_.finish(changes);
    world_.apply(changes);
    EXPECT_TRUE(world_.account(contract_).has_value());
}

TEST_F(SelfDestruct, BurnsTheBalanceOfAnAccountThatNamesItself) {
    EXPECT_EQ(status_of(Revision::Shanghai, destruct(contract_)), Status::Success);
    EXPECT_EQ(state_.balance(contract_), Uint256{});
}

}  // namespace
}  // namespace switchyard::evm::test
