// SPDX-License-Identifier: Apache-2.0
// A state with one contract, and short ways to write code and to run it under a revision.
#pragma once

#include <gtest/gtest.h>

#include <initializer_list>
#include <vector>

#include "host/core/hex.hpp"
#include "host/evm/evm.hpp"
#include "host/evm/opcodes.hpp"
#include "host/state/memory_state.hpp"

namespace switchyard::evm::test {

/// EVM code under construction.
class Assembler {
  public:
    Assembler& op(Opcode opcode);
    Assembler& ops(std::initializer_list<Opcode> opcodes);
    /// PUSH32 of `value`, whatever its size, so that each push costs 3 gas in every revision.
    Assembler& push(const Uint256& value);
    Assembler& push(const Address& address) { return push(to_uint256(address)); }
    /// Pushes in the order that a call of the instruction would read: the last is pushed first.
    Assembler& arguments(std::initializer_list<Uint256> values);
    /// Returns the topmost item as 32 bytes.
    Assembler& return_top();
    Assembler& append(BytesView code);
    [[nodiscard]] size_t size() const { return code_.size(); }
    [[nodiscard]] const Bytes& code() const { return code_; }

  private:
    Bytes code_;
};

[[nodiscard]] inline Address test_address(uint64_t number) {
    return to_address(Uint256{number});
}

inline constexpr uint64_t kGas = 10'000'000;

/// Accounts, a block and a message; every `run` is a transaction of its own over the same state.
class EvmFixture : public testing::Test {
  protected:
    const Address contract_ = test_address(0xc0de);
    const Address caller_ = test_address(0xca11e7);

    EvmFixture() {
        set_account(caller_, {0, Uint256{1'000'000'000}});
        block_.number = 1000;
        block_.chain_id = 1;
    }

    void set_account(const Address& address, Account account, BytesView code = {}) {
        if (!code.empty()) account.code_hash = world_.add_code(to_bytes(code));
        world_.set_account(address, account);
    }
    void set_code(const Address& address, const Assembler& code) {
        set_account(address, {1, Uint256{1'000}}, code.code());
    }

    /// Calls `contract_`, whose code becomes `code`.
    CallResult run(Revision revision, const Assembler& code, uint64_t gas = kGas) {
        set_code(contract_, code);
        return call_contract(revision, gas);
    }
    CallResult call_contract(Revision revision, uint64_t gas = kGas) {
        Evm evm(revision);
        return call_contract_on(evm, revision, gas);
    }
    /// The same on a machine of `revision`.
    CallResult call_contract_on(Evm& evm, Revision revision, uint64_t gas = kGas) {
        state_.begin(world_, revision);
        if (revision >= Revision::Berlin) {
            state_.warm_account(caller_);
            state_.warm_account(contract_);
        }
        Message message;
        message.gas = gas;
        message.recipient = contract_;
        message.code_address = contract_;
        message.sender = caller_;
        message.input = input_;
        message.value = value_;
        message.is_static = is_static_;
        return evm.execute(block_, transaction_, message, state_);
    }
    /// The word that `code` leaves on top of the stack.
    Uint256 top_of(Revision revision, Assembler code) {
        const CallResult result = run(revision, code.return_top());
        EXPECT_EQ(result.status, Status::Success);
        EXPECT_EQ(result.output.size(), 32U);
        return result.output.size() == 32 ? load_big_endian(result.output.data()) : Uint256{};
    }
    /// The gas that `code` uses; it must succeed.
    uint64_t gas_of(Revision revision, const Assembler& code) {
        const CallResult result = run(revision, code);
        EXPECT_EQ(result.status, Status::Success);
        return kGas - result.gas_left;
    }
    Status status_of(Revision revision, const Assembler& code, uint64_t gas = kGas) {
        return run(revision, code, gas).status;
    }

    MemoryState world_;
    TransactionState state_;
    BlockContext block_;
    TransactionContext transaction_;
    Bytes input_;
    Uint256 value_;
    bool is_static_ = false;
};

[[nodiscard]] inline std::vector<Revision> all_revisions() {
    std::vector<Revision> all;
    for (size_t i = 0; i < kRevisionCount; ++i)
        all.push_back(static_cast<Revision>(i));
    return all;
}

}  // namespace switchyard::evm::test
