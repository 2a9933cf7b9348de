// SPDX-License-Identifier: Apache-2.0
// Builder, chain and pool together, as the Engine API drives them: payloads that become the chain's
// head, and a reorganisation whose transactions come back.
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "host/building/payload_builder.hpp"
#include "host/node/building/chain_parent.hpp"
#include "host/node/building/pool_follower.hpp"
#include "tests/unit/node/node_parts.hpp"

namespace switchyard::node {
namespace {

namespace fs = std::filesystem;

class NodeBuildingTest : public ::testing::TestWithParam<Revision> {
  protected:
    void SetUp() override {
        folder_ =
            fs::temp_directory_path() / ("switchyard-node-building-" + std::to_string(::getpid()));
        fs::remove_all(folder_);
        for (uint64_t n = 0; n < 6; ++n)
            senders_.push_back(signer_.identity(77, n));
        const Genesis genesis = test::funded_genesis(GetParam(), senders_);
        ChainOptions options = test::small_chain();
        options.execute = [this](const execute::BlockInput& input, const StateView& parent,
                                 const BlockAccessList*) {
            ++executions_;
            return execute::execute_block_serial(input, parent);
        };
        genesis_ = genesis;
        options_ = options;
        auto chain = Chain::open(folder_, genesis, options);
        ASSERT_TRUE(chain.has_value()) << chain.error().message;
        chain_ = std::move(*chain);
        auto follower = PoolFollower::create(*chain_, pool_);
        ASSERT_TRUE(follower.has_value()) << follower.error().message;
        follower_ = std::move(*follower);
        PayloadBuilderConfig config;
        config.chain = chain_->config();
        config.gas_limit = 30'000'000;
        config.threaded = false;
        builder_.emplace(config, pool_, execute::execute_block_serial);
    }
    void TearDown() override {
        builder_.reset();
        follower_.reset();
        chain_.reset();
        fs::remove_all(folder_);
    }

    [[nodiscard]] SignedTransaction payment(size_t sender, uint64_t nonce) const {
        return test::signed_payment(signer_, senders_[sender], nonce);
    }
    /// Builds on `parent`, imports and makes it the head; `expected`: the chain is told what its
    /// execution gave.
    BlockPointer extend(const BlockPointer& parent, uint64_t seconds, bool expected = false) {
        auto base = make_chain_parent(*chain_, parent);
        EXPECT_TRUE(base.has_value()) << base.error().message;
        BlockAttributes attributes;
        attributes.timestamp = parent->header().timestamp + seconds;
        attributes.withdrawals = {{parent->number(), 1, Address{{0x99}}, 3}};
        attributes.slot_number = parent->number() + 1;
        const auto id = builder_->begin(*base, attributes);
        EXPECT_TRUE(id.has_value()) << id.error().message;
        const auto payload = builder_->get(*id);
        EXPECT_TRUE(payload.has_value());
        if (expected) chain_->expect(judged_block_of(**payload));
        const auto imported = chain_->import(block_of((*payload)->block));
        EXPECT_TRUE(imported.has_value()) << imported.error().message;
        EXPECT_EQ(imported->status, BlockStatus::Valid) << imported->reason;
        EXPECT_EQ(imported->block->hash, (*payload)->block.hash);
        const auto moved = chain_->set_head(imported->block->hash);
        EXPECT_TRUE(moved.has_value()) << moved.error().message;
        return imported->block;
    }

    fs::path folder_;
    Genesis genesis_;
    ChainOptions options_;
    size_t executions_ = 0;  ///< by the chain
    workloads::Signer signer_;
    std::vector<workloads::Identity> senders_;
    Pool pool_{PoolConfig{}};
    std::unique_ptr<Chain> chain_;
    std::unique_ptr<PoolFollower> follower_;
    std::optional<PayloadBuilder> builder_;
};

TEST_P(NodeBuildingTest, PayloadsBecomeTheHeadAndWhatIsTakenBackReturns) {
    for (size_t sender = 0; sender < 6; ++sender)
        for (uint64_t nonce = 0; nonce < 2; ++nonce)
            ASSERT_EQ(pool_.add(payment(sender, nonce)), Verdict::Accepted);
    const BlockPointer first = extend(chain_->genesis(), 12);
    EXPECT_EQ(first->block.transactions.size(), 12U);
    EXPECT_EQ(pool_.size(), 0U) << "the chain has them";
    ASSERT_EQ(pool_.add(payment(0, 2)), Verdict::Accepted);
    const BlockPointer second = extend(first, 12);
    EXPECT_EQ(second->block.transactions.size(), 1U);
    EXPECT_EQ(pool_.add(payment(0, 0)), Verdict::NonceTooLow);

    // Another branch, whose first block is empty: everything comes back.
    const BlockPointer other = extend(chain_->genesis(), 13);
    EXPECT_EQ(other->block.transactions.size(), 0U);
    EXPECT_EQ(chain_->head()->block->hash, other->hash);
    EXPECT_EQ(pool_.status().executable, 13U);
    EXPECT_EQ(pool_.statistics().returned, 13U);
    const BlockPointer third = extend(other, 12);
    EXPECT_EQ(third->block.transactions.size(), 13U);
    EXPECT_EQ(pool_.size(), 0U);

    // Back again: the branch before has them too, so that nothing returns but what only this had.
    ASSERT_EQ(pool_.add(payment(1, 2)), Verdict::Accepted);
    const BlockPointer fourth = extend(third, 12);
    EXPECT_EQ(fourth->block.transactions.size(), 1U);
    const auto back = chain_->set_head(second->hash);
    ASSERT_TRUE(back.has_value()) << back.error().message;
    EXPECT_EQ(pool_.size(), 1U);
    EXPECT_TRUE(pool_.contains(payment(1, 2).hash));
    EXPECT_EQ(pool_.statistics().returned_refused, 0U);
}

TEST_P(NodeBuildingTest, WhatWasBuiltHereIsNotExecutedAgain) {
    const auto fill = [this](uint64_t nonce) {
        for (size_t sender = 0; sender < 6; ++sender)
            ASSERT_EQ(pool_.add(payment(sender, nonce)), Verdict::Accepted);
    };
    std::vector<BlockPointer> blocks{chain_->genesis()};
    for (uint64_t n = 0; n < 3; ++n) {
        fill(n);
        blocks.push_back(extend(blocks.back(), 12, /*expected=*/true));
        ASSERT_EQ(blocks.back()->block.transactions.size(), 6U);
    }
    EXPECT_EQ(executions_, 0U);
    // A chain that knows nothing of the builder finds the same in each of them.
    const fs::path other_folder = folder_.string() + "-other";
    fs::remove_all(other_folder);
    {
        const auto other = Chain::open(other_folder, genesis_, options_);
        ASSERT_TRUE(other.has_value()) << other.error().message;
        for (size_t n = 1; n < blocks.size(); ++n) {
            const BlockPointer& ours = blocks[n];
            const auto imported = (*other)->import(ours->block);
            ASSERT_TRUE(imported.has_value()) << imported.error().message;
            ASSERT_EQ(imported->status, BlockStatus::Valid) << imported->reason;
            const BlockPointer& theirs = imported->block;
            EXPECT_EQ(theirs->hash, ours->hash);
            EXPECT_EQ(theirs->senders, ours->senders);
            EXPECT_EQ(theirs->transaction_hashes, ours->transaction_hashes);
            EXPECT_EQ(theirs->receipts, ours->receipts);
            EXPECT_EQ(theirs->access_list, ours->access_list);
            EXPECT_EQ(theirs->encoded_bytes, ours->encoded_bytes);
            EXPECT_EQ(theirs->total_difficulty, ours->total_difficulty);
        }
        EXPECT_EQ(executions_, 3U);
    }
    fs::remove_all(other_folder);
    // And the state is where the headers say it is, also for a chain that is opened anew.
    const auto root = chain_->root_over(blocks.back(), StateChanges{});
    ASSERT_TRUE(root.has_value()) << root.error().message;
    EXPECT_EQ(*root, blocks.back()->header().state_root);
    builder_.reset();
    follower_.reset();
    chain_.reset();
    auto again = Chain::open(folder_, genesis_, options_);
    ASSERT_TRUE(again.has_value()) << again.error().message;
    chain_ = *std::move(again);
    EXPECT_EQ(chain_->head()->block->hash, blocks.back()->hash);
    const auto reopened = chain_->root_over(chain_->head()->block, StateChanges{});
    ASSERT_TRUE(reopened.has_value()) << reopened.error().message;
    EXPECT_EQ(*reopened, blocks.back()->header().state_root);
}

INSTANTIATE_TEST_SUITE_P(Revisions, NodeBuildingTest,
                         testing::Values(Revision::Cancun, Revision::Osaka, Revision::Amsterdam),
                         [](const auto& of) { return std::string(to_string(of.param)); });

}  // namespace
}  // namespace switchyard::node
