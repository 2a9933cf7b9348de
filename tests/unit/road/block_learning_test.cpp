// SPDX-License-Identifier: Apache-2.0
// Which executions are chosen to be observed.
#include "host/road/block_learning.hpp"

#include <gtest/gtest.h>

#include "host/state/memory_state.hpp"

namespace switchyard {
namespace {

constexpr size_t kCount = 100;
constexpr size_t kLarge = 41;

class BlockLearningTest : public testing::Test {
  protected:
    void SetUp() override {
        Account contract;
        contract.nonce = 1;
        contract.code_hash = state_.add_code({0x00});
        const Address to{{0xc0}};
        state_.set_account(to, contract);
        transactions_.resize(kCount);
        for (size_t i = 0; i < kCount; ++i) {
            transactions_[i].sender[0] = static_cast<uint8_t>(i + 1);
            transactions_[i].transaction.to = to;
            transactions_[i].transaction.data = {1, 2, 3, 4};
            transactions_[i].transaction.gas_limit = i == kLarge ? 30'000'000 : 60'000;
        }
    }

    /// How often each transaction is chosen in so many blocks.
    std::array<uint32_t, kCount> chosen(const LearningLimits& limits, uint64_t blocks) {
        std::array<uint32_t, kCount> out{};
        BlockLearning learning(limits);
        Planner planner;
        plan::TemplateStore templates{plan::TemplateLimits{}};
        AccessBatch batch;
        BlockHeader header;
        execute::BlockInput input;
        input.header = &header;
        input.transactions = transactions_;
        for (header.number = 1; header.number <= blocks; ++header.number) {
            planner.predict(transactions_, {header.beneficiary, header.number, header.timestamp},
                            state_, templates, batch);
            learning.begin_block(input, planner, batch);
            for (size_t i = 0; i < kCount; ++i)
                out[i] += learning.begin(i) != nullptr ? 1 : 0;
        }
        return out;
    }

    MemoryState state_;
    std::vector<SignedTransaction> transactions_;
};

TEST_F(BlockLearningTest, OneThatTheBlockWouldWaitForIsSeldomObserved) {
    constexpr uint64_t kBlocks = 4'000;
    LearningLimits limits;
    limits.observed_one_in = 1;
    const auto found = chosen(limits, kBlocks);
    // Eight of the hundred are young in each block: about 320 times each.
    EXPECT_GT(found[kLarge - 1], 200U);
    EXPECT_GT(found[kLarge], 0U) << "it may be the only one of its function";
    EXPECT_LT(found[kLarge], 100U);
    limits.large_one_in = 1;
    EXPECT_GT(chosen(limits, kBlocks)[kLarge], 200U);
}

}  // namespace
}  // namespace switchyard
