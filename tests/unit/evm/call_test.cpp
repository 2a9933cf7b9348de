// SPDX-License-Identifier: Apache-2.0
// Calls: gas handed over and given back, value, context, return data, depth, delegations and
// precompiles.
#include <pthread.h>

#include <functional>
#include <optional>

#include "host/precompiles/precompiles.hpp"
#include "tests/unit/evm/evm_fixture.hpp"

namespace switchyard::evm::test {
namespace {

class Call : public EvmFixture {
  protected:
    const Address callee_ = test_address(0xca11ee);
    const Address empty_ = test_address(0xe1111);

    /// gas, target, value, then empty ranges.
    static Assembler call(const Uint256& gas, const Address& target, const Uint256& value = {}) {
        return Assembler().arguments({gas, to_uint256(target), value, 0, 0, 0, 0}).op(Opcode::Call);
    }
    static Assembler static_call(const Uint256& gas, const Address& target, uint64_t output = 0) {
        return Assembler()
            .arguments({gas, to_uint256(target), 0, 0, 0, output})
            .op(Opcode::Staticcall);
    }
    static Assembler return_opcode(Opcode opcode) { return Assembler().op(opcode).return_top(); }
};

TEST_F(Call, CostsWhatTheEraAsks) {
    set_code(callee_, Assembler());
    const auto cost = [&](Revision revision, const Address& target, const Uint256& value) {
        return gas_of(revision, call(0, target, value)) - 21;
    };
    // A call with value gets 2300 gas for free, which an account without code gives back.
    EXPECT_EQ(cost(Revision::Frontier, callee_, 0), 40U);
    EXPECT_EQ(cost(Revision::Frontier, callee_, 1), 40U + 9000 - 2300);
    EXPECT_EQ(cost(Revision::Frontier, empty_, 0), 40U + 25000);
    EXPECT_EQ(cost(Revision::TangerineWhistle, empty_, 0), 700U + 25000);
    EXPECT_EQ(cost(Revision::SpuriousDragon, empty_, 0), 700U);  // EIP-161
    EXPECT_EQ(cost(Revision::SpuriousDragon, empty_, 1), 700U + 9000 + 25000 - 2300);
    EXPECT_EQ(cost(Revision::Berlin, callee_, 0), 2600U);
    EXPECT_EQ(cost(Revision::Berlin, contract_, 0), 100U);
    EXPECT_EQ(cost(Revision::Osaka, empty_, 1), 2600U + 9000 + 25000 - 2300);
    EXPECT_EQ(gas_of(Revision::Osaka, call(0, callee_).append(call(0, callee_).code())),
              42U + 2600 + 100);
}

TEST_F(Call, HandsOverAllButOne64thFromTangerineWhistleOn) {
    set_code(callee_, return_opcode(Opcode::Gas));
    const auto seen = [&](Revision revision, const Uint256& asked, uint64_t gas) {
        set_code(contract_, Assembler()
                                .arguments({asked, to_uint256(callee_), 0, 0, 0, 0, 32})
                                .op(Opcode::Call)
                                .push(Uint256{})
                                .op(Opcode::Mload)
                                .return_top());
        const CallResult result = call_contract(revision, gas);
        EXPECT_EQ(result.status, Status::Success);
        return load_big_endian(result.output.data()).limb[0] + 2;
    };
    const uint64_t left = 100'000 - 21 - 3 - 700;  // seven pushes, one word of memory, CALL
    EXPECT_EQ(seen(Revision::TangerineWhistle, ~Uint256{}, 100'000), left - left / 64);
    EXPECT_EQ(seen(Revision::TangerineWhistle, 5'000, 100'000), 5'000U);
    EXPECT_EQ(seen(Revision::Homestead, 5'000, 100'000), 5'000U);
    // Before, more than there is was an exceptional halt.
    EXPECT_EQ(status_of(Revision::Homestead, call(100'000, callee_), 100'000), Status::OutOfGas);
}

TEST_F(Call, AddsAStipendToValue) {
    set_code(callee_, return_opcode(Opcode::Gas));
    set_code(contract_, Assembler()
                            .arguments({0, to_uint256(callee_), 1, 0, 0, 0, 32})
                            .op(Opcode::Call)
                            .push(Uint256{})
                            .op(Opcode::Mload)
                            .return_top());
    const CallResult result = call_contract(Revision::Osaka);
    EXPECT_EQ(load_big_endian(result.output.data()), Uint256{2300 - 2});
}

TEST_F(Call, MovesValueAndTakesItBackOnFailure) {
    set_code(callee_, Assembler());
    run(Revision::Osaka, call(0, callee_, 7));
    EXPECT_EQ(state_.balance(callee_), Uint256{1'007});
    EXPECT_EQ(state_.balance(contract_), Uint256{993});
    set_code(callee_, Assembler().op(Opcode::Invalid));
    EXPECT_EQ(top_of(Revision::Osaka, call(0, callee_, 7)), Uint256{0});
    EXPECT_EQ(state_.balance(callee_), Uint256{1'000});
    EXPECT_EQ(state_.balance(contract_), Uint256{1'000});
}

TEST_F(Call, GivesGasBackWhenTheBalanceDoesNotSuffice) {
    set_code(callee_, Assembler().op(Opcode::Invalid));
    const Assembler code = call(50'000, callee_, 1'001);
    EXPECT_EQ(top_of(Revision::Petersburg, code), Uint256{0});
    EXPECT_EQ(gas_of(Revision::Petersburg, code), 21U + 700 + 9000 - 2300);
}

TEST_F(Call, RunsCodeInTheContextThatTheKindSays) {
    const auto seen = [&](Opcode kind, Opcode what) {
        set_code(callee_, return_opcode(what));
        Assembler code;
        const bool has_value = kind == Opcode::Call || kind == Opcode::Callcode;
        if (has_value)
            code.arguments({50'000, to_uint256(callee_), 9, 0, 0, 0, 32});
        else
            code.arguments({50'000, to_uint256(callee_), 0, 0, 0, 32});
        return top_of(Revision::Osaka, code.op(kind).push(Uint256{}).op(Opcode::Mload));
    };
    value_ = 5;
    EXPECT_EQ(seen(Opcode::Call, Opcode::Address), to_uint256(callee_));
    EXPECT_EQ(seen(Opcode::Call, Opcode::Caller), to_uint256(contract_));
    EXPECT_EQ(seen(Opcode::Call, Opcode::Callvalue), Uint256{9});
    EXPECT_EQ(seen(Opcode::Callcode, Opcode::Address), to_uint256(contract_));
    EXPECT_EQ(seen(Opcode::Callcode, Opcode::Caller), to_uint256(contract_));
    EXPECT_EQ(seen(Opcode::Callcode, Opcode::Callvalue), Uint256{9});
    EXPECT_EQ(seen(Opcode::Delegatecall, Opcode::Address), to_uint256(contract_));
    EXPECT_EQ(seen(Opcode::Delegatecall, Opcode::Caller), to_uint256(caller_));
    EXPECT_EQ(seen(Opcode::Delegatecall, Opcode::Callvalue), Uint256{5});
    EXPECT_EQ(seen(Opcode::Staticcall, Opcode::Address), to_uint256(callee_));
    EXPECT_EQ(seen(Opcode::Staticcall, Opcode::Callvalue), Uint256{0});
}

TEST_F(Call, KeepsStaticModeInEveryFrameBelow) {
    const Address writer = test_address(0x771);
    set_code(writer, Assembler().arguments({0, 1}).op(Opcode::Sstore));
    set_code(callee_, call(100'000, writer).return_top());
    const Assembler code = static_call(1'000'000, callee_, 32).push(Uint256{}).op(Opcode::Mload);
    EXPECT_EQ(top_of(Revision::Osaka, code), Uint256{0});
    set_code(callee_, call(100'000, writer, 1));  // value in a static frame
    EXPECT_EQ(top_of(Revision::Osaka, static_call(1'000'000, callee_)), Uint256{0});
}

TEST_F(Call, KeepsReturnDataUntilTheNextCall) {
    set_code(callee_, Assembler()
                          .arguments({0, 0xabcdef})
                          .op(Opcode::Mstore)
                          .arguments({29, 3})
                          .op(Opcode::Revert));
    const Assembler after = static_call(50'000, callee_);
    EXPECT_EQ(top_of(Revision::Osaka, Assembler(after).op(Opcode::Returndatasize)), Uint256{3});
    EXPECT_EQ(top_of(Revision::Osaka, Assembler(after)
                                          .arguments({30, 1, 2})
                                          .op(Opcode::Returndatacopy)
                                          .push(Uint256{})
                                          .op(Opcode::Mload)),
              Uint256{0xcdef});
    EXPECT_EQ(status_of(Revision::Osaka,
                        Assembler(after).arguments({0, 1, 3}).op(Opcode::Returndatacopy)),
              Status::ReturnDataOutOfBounds);
    EXPECT_EQ(status_of(Revision::Osaka,
                        Assembler(after).arguments({0, 4, 0}).op(Opcode::Returndatacopy)),
              Status::ReturnDataOutOfBounds);
    // A call that fails before it starts clears it.
    EXPECT_EQ(
        top_of(Revision::Osaka,
               Assembler(after).append(call(0, callee_, 5'000).code()).op(Opcode::Returndatasize)),
        Uint256{0});
}

TEST_F(Call, WritesNoMoreOutputThanThereIs) {
    set_code(
        callee_,
        Assembler().arguments({0, 0x11}).op(Opcode::Mstore8).arguments({0, 1}).op(Opcode::Return));
    const Assembler code = Assembler()
                               .arguments({0, ~Uint256{}})
                               .op(Opcode::Mstore)
                               .append(static_call(50'000, callee_, 32).code())
                               .push(Uint256{})
                               .op(Opcode::Mload);
    EXPECT_EQ(top_of(Revision::Osaka, code), (~Uint256{} >> 8) | (Uint256{0x11} << 248));
}

/// Calls itself with all the gas there is and adds one to what the call returns.
Assembler count_depth(const Address& self) {
    return Assembler()
        .arguments({~Uint256{}, to_uint256(self), 0, 0, 0, 32})
        .op(Opcode::Delegatecall)
        .op(Opcode::Pop)
        .push(Uint256{})
        .op(Opcode::Mload)
        .push(Uint256{1})
        .op(Opcode::Add)
        .return_top();
}

TEST_F(Call, ReachesDepth1024OnASmallNativeStack) {
    set_code(contract_, count_depth(contract_));
    CallResult result;
    // The 63/64 rule needs so much gas for 1024 levels.
    std::function<void()> job = [&] { result = call_contract(Revision::Osaka, uint64_t{1} << 48); };
    const auto body = [](void* argument) -> void* {
        (*static_cast<std::function<void()>*>(argument))();
        return nullptr;
    };
    pthread_attr_t attributes;
    ASSERT_EQ(pthread_attr_init(&attributes), 0);
    ASSERT_EQ(pthread_attr_setstacksize(&attributes, 128 * 1024), 0);
    pthread_t thread{};
    ASSERT_EQ(pthread_create(&thread, &attributes, body, &job), 0);
    ASSERT_EQ(pthread_join(thread, nullptr), 0);
    pthread_attr_destroy(&attributes);
    EXPECT_EQ(result.status, Status::Success);
    ASSERT_EQ(result.output.size(), 32U);
    EXPECT_EQ(load_big_endian(result.output.data()), Uint256{1025});
}

TEST_F(Call, FollowsOneDelegationAndPaysForIt) {
    const Address code_holder = test_address(0xc0de2);
    set_code(code_holder, return_opcode(Opcode::Address));
    Bytes designator{0xef, 0x01, 0x00};
    designator.insert(designator.end(), code_holder.begin(), code_holder.end());
    set_account(callee_, {1, Uint256{1}}, designator);

    const Assembler code = static_call(50'000, callee_, 32).push(Uint256{}).op(Opcode::Mload);
    EXPECT_EQ(top_of(Revision::Prague, code), to_uint256(callee_));
    EXPECT_EQ(top_of(Revision::Cancun, code), Uint256{0});  // 0xef is no instruction
    // Both accounts cold, then both warm; one word of memory; nothing for the callee's own gas.
    EXPECT_EQ(gas_of(Revision::Prague, static_call(0, callee_)), 18U + 2600 + 2600);
    EXPECT_EQ(
        gas_of(Revision::Prague, static_call(0, callee_).append(static_call(0, callee_).code())),
        36U + 2600 + 2600 + 100 + 100);
    // EXTCODE* sees the designator, not what it names.
    EXPECT_EQ(top_of(Revision::Prague, Assembler().push(callee_).op(Opcode::Extcodesize)),
              Uint256{23});
    // A transaction's own message follows it too.
    Message message;
    message.gas = kGas;
    message.recipient = message.code_address = callee_;
    message.sender = caller_;
    state_.begin(world_, Revision::Prague);
    Evm evm(Revision::Prague);
    const CallResult result = evm.execute(block_, transaction_, message, state_);
    EXPECT_EQ(load_big_endian(result.output.data()), to_uint256(callee_));
}

TEST_F(Call, DoesNotRunAPrecompileThroughADelegation) {
    Bytes designator{0xef, 0x01, 0x00};
    const Address identity = test_address(4);
    designator.insert(designator.end(), identity.begin(), identity.end());
    set_account(callee_, {1, Uint256{1}}, designator);
    Assembler code;
    code.arguments({50'000, to_uint256(callee_), 0, 32, 0, 0}).op(Opcode::Staticcall);
    EXPECT_EQ(top_of(Revision::Prague, Assembler(code).op(Opcode::Returndatasize)), Uint256{0});
    EXPECT_EQ(top_of(Revision::Prague, code), Uint256{1});
}

TEST_F(Call, RunsPrecompilesWithValueAndGas) {
    const Address identity = test_address(4);
    Assembler copies;
    copies.arguments({0, 0x42}).op(Opcode::Mstore);
    copies.arguments({18, to_uint256(identity), 0, 0, 32, 32, 32}).op(Opcode::Call);
    EXPECT_EQ(top_of(Revision::Osaka, Assembler(copies).push(Uint256{32}).op(Opcode::Mload)),
              Uint256{0x42});
    EXPECT_EQ(top_of(Revision::Osaka, copies), Uint256{1});
    Assembler starved;
    starved.arguments({17, to_uint256(identity), 0, 0, 32, 32, 32}).op(Opcode::Call);
    EXPECT_EQ(top_of(Revision::Osaka, starved), Uint256{0});
    run(Revision::Osaka, call(100, identity, 3));
    EXPECT_EQ(state_.balance(identity), Uint256{3});
}

TEST_F(Call, ReadsOtherAccountsAtThePriceOfTheEra) {
    set_code(callee_, Assembler().append(Bytes(10, 0x5b)));
    const auto cost = [&](Revision revision, Opcode opcode) {
        return gas_of(revision, Assembler().push(callee_).op(opcode)) - 3;
    };
    EXPECT_EQ(cost(Revision::Homestead, Opcode::Balance), 20U);
    EXPECT_EQ(cost(Revision::TangerineWhistle, Opcode::Balance), 400U);
    EXPECT_EQ(cost(Revision::Istanbul, Opcode::Balance), 700U);
    EXPECT_EQ(cost(Revision::Berlin, Opcode::Balance), 2600U);
    EXPECT_EQ(cost(Revision::Homestead, Opcode::Extcodesize), 20U);
    EXPECT_EQ(cost(Revision::TangerineWhistle, Opcode::Extcodesize), 700U);
    EXPECT_EQ(cost(Revision::Constantinople, Opcode::Extcodehash), 400U);
    EXPECT_EQ(cost(Revision::Istanbul, Opcode::Extcodehash), 700U);
    EXPECT_EQ(top_of(Revision::Osaka, Assembler().push(callee_).op(Opcode::Extcodesize)),
              Uint256{10});
    EXPECT_EQ(top_of(Revision::Osaka, Assembler().push(empty_).op(Opcode::Extcodehash)),
              Uint256{0});
    EXPECT_EQ(top_of(Revision::Osaka, Assembler().push(caller_).op(Opcode::Extcodehash)),
              to_uint256(kEmptyCodeHash));
    const Assembler copy =
        Assembler().arguments({to_uint256(callee_), 0, 9, 2}).op(Opcode::Extcodecopy);
    EXPECT_EQ(gas_of(Revision::Berlin, copy), 12U + 2600 + 3 + 3);
    EXPECT_EQ(top_of(Revision::Berlin, Assembler(copy).push(Uint256{}).op(Opcode::Mload)),
              Uint256{0x5b} << 248);
}

}  // namespace
}  // namespace switchyard::evm::test
