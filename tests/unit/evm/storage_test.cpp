// SPDX-License-Identifier: Apache-2.0
// SLOAD and SSTORE against the test tables of EIP-1283, 2200 and 3529.
#include "tests/unit/evm/evm_fixture.hpp"

namespace switchyard::evm::test {
namespace {

/// One line of the EIPs' tables: the slot's original value, the values stored one after another,
/// the gas of the whole code and the refund.
struct StoreCase {
    uint64_t original;
    std::initializer_list<uint64_t> stored;
    uint64_t gas;
    int64_t refund;
};

class Storage : public EvmFixture {
  protected:
    static Assembler stores(const StoreCase& test) {
        Assembler code;
        for (const uint64_t value : test.stored)
            code.arguments({0, value}).op(Opcode::Sstore);
        return code;
    }
    /// EIP-3529's tables count warm slots, so that the cold price of the one slot comes on top.
    void expect_cases(Revision revision, std::initializer_list<StoreCase> cases, uint64_t cold) {
        for (const StoreCase& test : cases) {
            SCOPED_TRACE(test.gas);
            set_code(contract_, stores(test));
            world_.set_storage(contract_, 0, test.original);
            const CallResult result = call_contract(revision);
            EXPECT_EQ(result.status, Status::Success);
            EXPECT_EQ(kGas - result.gas_left, test.gas + cold);
            EXPECT_EQ(state_.refund(), test.refund);
            EXPECT_EQ(state_.storage(contract_, 0), Uint256{*std::rbegin(test.stored)});
        }
    }
};

TEST_F(Storage, PricesEip1283TableInConstantinople) {
    expect_cases(Revision::Constantinople,
                 {{0, {0, 0}, 412, 0},
                  {0, {0, 1}, 20212, 0},
                  {0, {1, 0}, 20212, 19800},
                  {0, {1, 2}, 20212, 0},
                  {0, {1, 1}, 20212, 0},
                  {1, {0, 0}, 5212, 15000},
                  {1, {0, 1}, 5212, 4800},
                  {1, {0, 2}, 5212, 0},
                  {1, {2, 0}, 5212, 15000},
                  {1, {2, 3}, 5212, 0},
                  {1, {2, 1}, 5212, 4800},
                  {1, {2, 2}, 5212, 0},
                  {1, {1, 0}, 5212, 15000},
                  {1, {1, 2}, 5212, 0},
                  {1, {1, 1}, 412, 0},
                  {0, {1, 0, 1}, 40218, 19800},
                  {1, {0, 1, 0}, 10218, 19800}},
                 0);
}

TEST_F(Storage, PricesEip2200TableInIstanbul) {
    expect_cases(Revision::Istanbul,
                 {{0, {0, 0}, 1612, 0},
                  {0, {0, 1}, 20812, 0},
                  {0, {1, 0}, 20812, 19200},
                  {0, {1, 2}, 20812, 0},
                  {0, {1, 1}, 20812, 0},
                  {1, {0, 0}, 5812, 15000},
                  {1, {0, 1}, 5812, 4200},
                  {1, {0, 2}, 5812, 0},
                  {1, {2, 0}, 5812, 15000},
                  {1, {2, 3}, 5812, 0},
                  {1, {2, 1}, 5812, 4200},
                  {1, {2, 2}, 5812, 0},
                  {1, {1, 0}, 5812, 15000},
                  {1, {1, 2}, 5812, 0},
                  {1, {1, 1}, 1612, 0},
                  {0, {1, 0, 1}, 40818, 19200},
                  {1, {0, 1, 0}, 10818, 19200}},
                 0);
}

TEST_F(Storage, PricesEip2929TableInBerlin) {
    expect_cases(Revision::Berlin,
                 {{0, {0, 0}, 212, 0},
                  {0, {0, 1}, 20112, 0},
                  {0, {1, 0}, 20112, 19900},
                  {0, {1, 2}, 20112, 0},
                  {0, {1, 1}, 20112, 0},
                  {1, {0, 0}, 3012, 15000},
                  {1, {0, 1}, 3012, 2800},
                  {1, {0, 2}, 3012, 0},
                  {1, {2, 0}, 3012, 15000},
                  {1, {2, 3}, 3012, 0},
                  {1, {2, 1}, 3012, 2800},
                  {1, {2, 2}, 3012, 0},
                  {1, {1, 0}, 3012, 15000},
                  {1, {1, 2}, 3012, 0},
                  {1, {1, 1}, 212, 0},
                  {0, {1, 0, 1}, 40118, 19900},
                  {1, {0, 1, 0}, 5918, 17800}},
                 2100);
}

TEST_F(Storage, PricesEip3529TableFromLondonOn) {
    for (const Revision revision : {Revision::London, Revision::Osaka})
        expect_cases(revision,
                     {{0, {0, 0}, 212, 0},
                      {0, {0, 1}, 20112, 0},
                      {0, {1, 0}, 20112, 19900},
                      {0, {1, 2}, 20112, 0},
                      {0, {1, 1}, 20112, 0},
                      {1, {0, 0}, 3012, 4800},
                      {1, {0, 1}, 3012, 2800},
                      {1, {0, 2}, 3012, 0},
                      {1, {2, 0}, 3012, 4800},
                      {1, {2, 3}, 3012, 0},
                      {1, {2, 1}, 3012, 2800},
                      {1, {2, 2}, 3012, 0},
                      {1, {1, 0}, 3012, 4800},
                      {1, {1, 2}, 3012, 0},
                      {1, {1, 1}, 212, 0},
                      {0, {1, 0, 1}, 40118, 19900},
                      {1, {0, 1, 0}, 5918, 7600}},
                     2100);
}

TEST_F(Storage, PricesGrossWritesBeforeConstantinopleAndInPetersburg) {
    for (const Revision revision : {Revision::Frontier, Revision::Byzantium, Revision::Petersburg})
        expect_cases(revision,
                     {{0, {0, 0}, 10012, 0},
                      {0, {0, 1}, 25012, 0},
                      {0, {1, 0}, 25012, 15000},
                      {1, {0, 0}, 10012, 15000},
                      {1, {1, 1}, 10012, 0}},
                     0);
}

TEST_F(Storage, RefusesToWriteWithNoMoreThanTheStipendFromIstanbulOn) {
    // EIP-2200: a store that changes nothing costs 800, but needs more than 2300 left.
    const Assembler code = Assembler().arguments({0, 0}).op(Opcode::Sstore);
    EXPECT_EQ(status_of(Revision::Istanbul, code, 6 + 2300), Status::OutOfGas);
    EXPECT_EQ(status_of(Revision::Istanbul, code, 6 + 2301), Status::Success);
    EXPECT_EQ(status_of(Revision::Osaka, code, 6 + 2300), Status::OutOfGas);
    EXPECT_EQ(status_of(Revision::Osaka, code, 6 + 2301), Status::Success);
    EXPECT_EQ(status_of(Revision::Constantinople, code, 6 + 200), Status::Success);
    EXPECT_EQ(status_of(Revision::Petersburg, code, 6 + 5000), Status::Success);
    EXPECT_EQ(status_of(Revision::Petersburg, code, 6 + 4999), Status::OutOfGas);
}

TEST_F(Storage, LoadsAtThePriceOfTheEra) {
    const auto cost = [&](Revision revision) {
        return gas_of(revision, Assembler().push(Uint256{7}).op(Opcode::Sload)) - 3;
    };
    EXPECT_EQ(cost(Revision::Homestead), 50U);
    EXPECT_EQ(cost(Revision::TangerineWhistle), 200U);
    EXPECT_EQ(cost(Revision::Petersburg), 200U);
    EXPECT_EQ(cost(Revision::Istanbul), 800U);
    EXPECT_EQ(cost(Revision::Berlin), 2100U);
    const Assembler twice =
        Assembler().push(Uint256{7}).op(Opcode::Sload).push(Uint256{7}).op(Opcode::Sload);
    EXPECT_EQ(gas_of(Revision::Osaka, twice), 6U + 2100 + 100);
}

TEST_F(Storage, KeepsTransientValuesForTheTransactionOnly) {
    Assembler code;
    code.arguments({5, 77}).op(Opcode::Tstore).push(Uint256{5}).op(Opcode::Tload);
    EXPECT_EQ(gas_of(Revision::Cancun, code), 9U + 200);
    EXPECT_EQ(top_of(Revision::Cancun, code), Uint256{77});
    EXPECT_EQ(state_.storage(contract_, 5), Uint256{});
    EXPECT_EQ(top_of(Revision::Cancun, Assembler().push(Uint256{5}).op(Opcode::Tload)), Uint256{});
}

TEST_F(Storage, RefusesWritesInStaticFrames) {
    is_static_ = true;
    EXPECT_EQ(status_of(Revision::Cancun, Assembler().arguments({0, 1}).op(Opcode::Sstore)),
              Status::StaticModeViolation);
    EXPECT_EQ(status_of(Revision::Cancun, Assembler().arguments({0, 1}).op(Opcode::Tstore)),
              Status::StaticModeViolation);
    EXPECT_EQ(status_of(Revision::Cancun, Assembler().arguments({0, 0}).op(Opcode::Log0)),
              Status::StaticModeViolation);
    EXPECT_EQ(status_of(Revision::Cancun, Assembler().push(Uint256{0}).op(Opcode::Selfdestruct)),
              Status::StaticModeViolation);
    EXPECT_EQ(status_of(Revision::Cancun, Assembler().arguments({0, 0, 0}).op(Opcode::Create)),
              Status::StaticModeViolation);
}

}  // namespace
}  // namespace switchyard::evm::test
