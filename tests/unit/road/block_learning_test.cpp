// SPDX-License-Identifier: Apache-2.0
// Which executions are chosen to be observed.
#include "host/road/block_learning.hpp"

#include <gtest/gtest.h>

#include <algorithm>

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

TEST_F(BlockLearningTest, OneThatTheBlockWouldWaitForIsNeverObserved) {
    constexpr uint64_t kBlocks = 4'000;
    LearningLimits limits;
    limits.observed_one_in = 1;
    const auto found = chosen(limits, kBlocks);
    // Eight of the hundred are young in each block: about 320 times each.
    EXPECT_GT(found[kLarge - 1], 200U);
    EXPECT_EQ(found[kLarge], 0U);
    limits.large_gas = UINT64_MAX;
    EXPECT_GT(chosen(limits, kBlocks)[kLarge], 200U);
}

TEST_F(BlockLearningTest, OneThatTheBlockWouldWaitForIsRehearsedWhereThereIsTime) {
    // SLOAD of the first argument's slot.
    Account contract;
    contract.nonce = 1;
    contract.code_hash = state_.add_code({0x60, 0x04, 0x35, 0x54, 0x00});
    const Address to{{0xc1}};
    state_.set_account(to, contract);
    SignedTransaction& large = transactions_[kLarge];
    large.transaction.to = to;
    large.transaction.data.resize(36, 0x07);
    LearningLimits limits;
    limits.large_one_in = 1;
    BlockLearning learning(limits);
    Planner planner;
    plan::TemplateStore templates{plan::TemplateLimits{}};
    AccessBatch batch;
    BlockHeader header;
    header.gas_limit = 60'000'000;
    execute::BlockInput input;
    input.header = &header;
    input.rules.revision = Revision::Shanghai;
    input.transactions = transactions_;
    // Of the observations that its template has when the block is predicted.
    const auto observations_after = [&](const LearningBudget& budget, uint64_t blocks) {
        for (const uint64_t last = header.number + blocks; header.number < last; ++header.number) {
            planner.predict(transactions_, {header.beneficiary, header.number, header.timestamp},
                            state_, templates, batch);
            learning.begin_block(input, planner, batch);
            learning.learn(state_, templates, budget);
        }
        planner.predict(transactions_, {header.beneficiary, header.number, header.timestamp},
                        state_, templates, batch);
        return planner.sources()[kLarge].observations;
    };
    EXPECT_EQ(observations_after({.explain_ns = UINT64_MAX, .rehearsal_ns = 0}, 100), 0U);
    EXPECT_GT(observations_after({}, 100), 0U);
    Bytes32 slot;
    std::ranges::fill(slot, uint8_t{0x07});
    const uint64_t wanted = planner.keys().storage_key(to, slot);
    const auto keys = batch.keys(kLarge);
    EXPECT_TRUE(std::ranges::any_of(keys, [&](const auto& found) { return found.key == wanted; }));
}

}  // namespace
}  // namespace switchyard
