// SPDX-License-Identifier: Apache-2.0
#include "tools/conformance/block_executor.hpp"

#include <gtest/gtest.h>

#include "host/state/memory_state.hpp"

namespace switchyard::conformance {
namespace {

TEST(BlockExecutor, ReadsTheNamesOfItsModes) {
    EXPECT_EQ(execution_mode_from_name("serial"), ExecutionMode::Serial);
    EXPECT_EQ(execution_mode_from_name("parallel"), ExecutionMode::Parallel);
    EXPECT_EQ(execution_mode_from_name("both"), ExecutionMode::Both);
    EXPECT_EQ(execution_mode_from_name("Both"), std::nullopt);
}

/// Roots that differ from execution to execution, as those of a wrong executor would.
class OtherRoots final : public execute::IntermediateRoots {
  public:
    explicit OtherRoots(uint8_t salt) : salt_(salt) {}
    [[nodiscard]] Result<Bytes32> root_after(const StateChanges&) override {
        return Bytes32{{salt_}};
    }

  private:
    uint8_t salt_;
};

/// One transfer in a block of Frontier, whose receipt has the root that `make_roots` gives.
Result<execute::BlockResult> execute_with(BlockExecutor& executor,
                                          const BlockExecutor::MakeRoots& make_roots) {
    MemoryState state;
    Account sender;
    sender.balance = Uint256(1'000'000'000);
    const Address address{{7}};
    state.set_account(address, sender);
    SignedTransaction signed_transaction;
    signed_transaction.sender = address;
    signed_transaction.transaction.to = Address{{8}};
    signed_transaction.transaction.gas_limit = 21'000;
    BlockHeader header;
    header.number = 1;
    header.gas_limit = 1'000'000;
    execute::BlockInput input;
    input.header = &header;
    input.rules = execute::rules_for_block(ChainConfig::single_revision(Revision::Frontier), 1, 1);
    input.transactions = {&signed_transaction, 1};
    return executor.execute(input, state, make_roots);
}

TEST(BlockExecutor, BothRefusesResultsThatDiffer) {
    BlockExecutor executor(ExecutionSettings{.mode = ExecutionMode::Both});
    executor.begin_test("a test");
    uint8_t calls = 0;
    const auto differing =
        execute_with(executor, [&calls] { return std::make_unique<OtherRoots>(++calls); });
    EXPECT_EQ(calls, 2);
    ASSERT_FALSE(differing.has_value());
    EXPECT_EQ(differing.error().code, ErrorCode::Mismatch);
    EXPECT_TRUE(differing.error().message.starts_with("parallel execution differs from serial: "))
        << differing.error().message;

    const auto equal = execute_with(executor, [] { return std::make_unique<OtherRoots>(1); });
    ASSERT_TRUE(equal.has_value()) << equal.error().message;
    EXPECT_EQ(equal->gas_used, 21'000U);
    EXPECT_EQ(equal->receipts.at(0).post_state_root, (Bytes32{{1}}));
}

TEST(BlockExecutor, EachModeAsksForRootsOnceForEachExecution) {
    for (const auto& [mode, executions] : {std::pair{ExecutionMode::Serial, 1},
                                           {ExecutionMode::Parallel, 1},
                                           {ExecutionMode::Both, 2}}) {
        BlockExecutor executor(ExecutionSettings{.mode = mode});
        executor.begin_test("a test");
        int calls = 0;
        const auto result = execute_with(executor, [&calls] {
            ++calls;
            return std::make_unique<OtherRoots>(1);
        });
        EXPECT_TRUE(result.has_value());
        EXPECT_EQ(calls, executions);
    }
}

}  // namespace
}  // namespace switchyard::conformance
