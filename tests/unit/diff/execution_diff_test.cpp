// SPDX-License-Identifier: Apache-2.0
// Executors that go wrong on purpose, and what the comparison says of them.
#include "tools/diff/execution_diff.hpp"

#include <gtest/gtest.h>

#include "host/core/hex.hpp"
#include "host/execute/parallel/parallel_executor.hpp"
#include "tests/unit/execute/execute_fixture.hpp"
#include "tools/workloads/wrong_plans.hpp"

namespace switchyard::diff {
namespace {

using execute::BlockInput;
using execute::BlockResult;
using MakeRoots = conformance::BlockExecutor::MakeRoots;

Result<BlockResult> serial(const BlockInput& input, const StateView& parent, const MakeRoots&) {
    return execute::execute_block_serial(input, parent);
}

/// A view in which one slot of one account has another value.
class WrongSlot final : public StateView {
  public:
    WrongSlot(const StateView& base, const Address& address, Uint256 key, Uint256 value)
        : base_(base), address_(address), key_(key), value_(value) {}
    [[nodiscard]] std::optional<Account> account(const Address& address) const override {
        return base_.account(address);
    }
    [[nodiscard]] Uint256 storage(const Address& address, const Uint256& key) const override {
        return address == address_ && key == key_ ? value_ : base_.storage(address, key);
    }
    [[nodiscard]] CodePointer code(const Bytes32& hash) const override { return base_.code(hash); }
    [[nodiscard]] bool has_storage(const Address& address) const override {
        return base_.has_storage(address);
    }

  private:
    const StateView& base_;
    Address address_;
    Uint256 key_;
    Uint256 value_;
};

class ExecutionDiffFixture : public execute::test::ExecuteFixture {
  protected:
    ExecutionDiffFixture() {
        give(sender_, Uint256(execute::test::kEther));
        // Slot 1 = slot 0 + 2: SLOAD(0) ADD 2, SSTORE(1).
        give(counter_, Uint256(0), 1, *from_hex("60005460020160015500"));
        state_.set_storage(counter_, Uint256(0), Uint256(40));
        for (uint64_t nonce = 0; nonce < 3; ++nonce) {
            SignedTransaction transaction = payment();
            transaction.transaction.nonce = nonce;
            if (nonce == 1) transaction.transaction.to = counter_;
            transactions_.push_back(transaction);
        }
    }

    BlockInput block() {
        BlockInput in = input(transactions_);
        in.scope = execute::BlockScope::TransactionsOnly;
        return in;
    }
    BlockComparison compare(const Executor& found) {
        return compare_block(serial, found, block(), state_, {}, false);
    }

    const Address counter_ = execute::test::address_of(9);
    std::vector<SignedTransaction> transactions_;
};

TEST_F(ExecutionDiffFixture, FindsNothingBetweenSerialAndParallel) {
    execute::ParallelExecutor parallel(2);
    const auto compared =
        compare([&](const BlockInput& in, const StateView& parent, const MakeRoots&) {
            return parallel.execute(in, parent, workloads::round_robin_without_waits(3, 3));
        });
    EXPECT_FALSE(compared.divergence.has_value());
    ASSERT_TRUE(compared.result.has_value());
    EXPECT_EQ(compared.transactions, 3U);
    EXPECT_EQ(compared.steps, 7U);  // of the one contract
}

TEST_F(ExecutionDiffFixture, NamesTheInstructionThatSawAnotherValue) {
    const auto compared =
        compare([&](const BlockInput& in, const StateView& parent, const MakeRoots&) {
            return execute::execute_block_serial(
                in, WrongSlot(parent, counter_, Uint256(0), Uint256(41)));
        });
    ASSERT_TRUE(compared.divergence.has_value());
    const Divergence& d = *compared.divergence;
    EXPECT_EQ(d.block, 1U);
    EXPECT_EQ(d.transaction, 1U);
    EXPECT_EQ(d.step, 2U);  // PUSH1, SLOAD, then what follows with the value on the stack
    EXPECT_EQ(d.pc, 3U);
    EXPECT_EQ(d.depth, 1U);
    EXPECT_EQ(d.opcode, "PUSH1");
    EXPECT_EQ(d.field, "stack[0]");
    EXPECT_EQ(d.expected, "0x28");
    EXPECT_EQ(d.found, "0x29");
    EXPECT_EQ(to_text(d),
              "block 1, transaction 1, step 2: pc 3 PUSH1, depth 1: stack[0]: expected 0x28, "
              "found 0x29");
}

TEST_F(ExecutionDiffFixture, NamesTheSlotWhereOnlyTheStateIsWrong) {
    const auto compared = compare([&](const BlockInput& in, const StateView& parent,
                                      const MakeRoots&) -> Result<BlockResult> {
        auto result = execute::execute_block_serial(in, parent);
        EXPECT_TRUE(result.has_value());
        EXPECT_EQ(result->changes.storage.size(), 1U);
        result->changes.storage[0].value = Uint256(43);
        return result;
    });
    ASSERT_TRUE(compared.divergence.has_value());
    const Divergence& d = *compared.divergence;
    EXPECT_FALSE(d.step.has_value());
    EXPECT_EQ(d.field, "account " + to_hex(counter_) + ", slot 0x1");
    EXPECT_EQ(d.expected, "0x2a");
    EXPECT_EQ(d.found, "0x2b");
}

TEST_F(ExecutionDiffFixture, NamesTheReceipt) {
    const auto compared = compare([&](const BlockInput& in, const StateView& parent,
                                      const MakeRoots&) -> Result<BlockResult> {
        auto result = execute::execute_block_serial(in, parent);
        result->receipts[2].gas_used += 1;
        return result;
    });
    ASSERT_TRUE(compared.divergence.has_value());
    EXPECT_EQ(compared.divergence->field, "receipt 2, gas used");
    EXPECT_EQ(compared.divergence->expected, "21000");
    EXPECT_EQ(compared.divergence->found, "21001");
}

TEST_F(ExecutionDiffFixture, NamesARefusalOfOneSide) {
    const auto compared =
        compare([&](const BlockInput&, const StateView&, const MakeRoots&) -> Result<BlockResult> {
            return Error{ErrorCode::InvalidInput, "transaction 0: NonceTooLow"};
        });
    ASSERT_TRUE(compared.divergence.has_value());
    EXPECT_EQ(compared.divergence->field, "outcome");
    EXPECT_EQ(compared.divergence->found, "the block is refused: transaction 0: NonceTooLow");
    transactions_[0].transaction.nonce = 9;
    const auto both = compare(serial);
    EXPECT_FALSE(both.divergence.has_value());
    EXPECT_FALSE(both.result.has_value());
}

TEST_F(ExecutionDiffFixture, NamesATraceThatIsLonger) {
    // Without the last STOP's instruction: a transaction that calls nothing has no trace at all.
    const auto compared =
        compare([&](const BlockInput& in, const StateView& parent, const MakeRoots&) {
            auto changed = transactions_;
            changed[1].transaction.to = recipient_;
            BlockInput other = in;
            other.transactions = changed;
            return execute::execute_block_serial(other, parent);
        });
    ASSERT_TRUE(compared.divergence.has_value());
    EXPECT_EQ(compared.divergence->step, 0U);
    EXPECT_EQ(compared.divergence->field, "instruction");
    EXPECT_EQ(compared.divergence->expected, "pc 0 PUSH1");
    EXPECT_EQ(compared.divergence->found, "the end of the trace");
}

TEST_F(ExecutionDiffFixture, SaysWhenADivergenceDoesNotComeAgain) {
    size_t runs = 0;
    const auto compared =
        compare([&](const BlockInput& in, const StateView& parent, const MakeRoots&) {
            return execute::execute_block_serial(
                in, WrongSlot(parent, counter_, Uint256(0), Uint256(runs++ == 0 ? 41 : 40)));
        });
    ASSERT_TRUE(compared.divergence.has_value());
    EXPECT_EQ(compared.divergence->transaction, 1U);
}

}  // namespace
}  // namespace switchyard::diff
