// SPDX-License-Identifier: Apache-2.0
#include "tools/report/block_data.hpp"

#include <gtest/gtest.h>

#include "tests/support/conflict_world.hpp"
#include "tools/workloads/wrong_plans.hpp"

namespace switchyard::report {
namespace {

using nlohmann::json;

class BlockDataFixture : public ::testing::Test {
  protected:
    BlockDataFixture() : world_(0x91), transactions_(world_.block(80)) {
        input_.header = &world_.header();
        input_.rules =
            execute::rules_for_block(ChainConfig::single_revision(Revision::Cancun), 1, 1);
        input_.transactions = transactions_;
        auto accesses = accesses::record_accesses(input_, world_.state());
        EXPECT_TRUE(accesses);
        accesses_ = std::move(*accesses);
    }

    json data(const LanePlan& plan) {
        execute::ParallelExecutor executor(2);
        execute::BlockTimeline timeline;
        ExecutedBlock block{.number = 7,
                            .transactions = transactions_,
                            .accesses = &accesses_,
                            .plan = &plan,
                            .timeline = &timeline,
                            .statistics = {}};
        const auto result =
            executor.execute(input_, world_.state(), plan, &block.statistics, &timeline);
        EXPECT_TRUE(result);
        return block_data(block, Names({}, world_.header().beneficiary));
    }

    test::ConflictWorld world_;
    std::vector<SignedTransaction> transactions_;
    execute::BlockInput input_;
    accesses::BlockAccesses accesses_;
};

TEST_F(BlockDataFixture, HasAColumnOfEachKindForEachTransaction) {
    const json block = data(workloads::round_robin_without_waits(80, 4));
    EXPECT_EQ(block["number"], 7);
    EXPECT_EQ(block["transactions"], 80);
    EXPECT_EQ(block["lanes"], 4);
    EXPECT_EQ(block["threads"], 2);
    EXPECT_TRUE(block["timed"]);
    for (const char* column :
         {"label", "sender", "succeeded", "gas", "depth", "lane", "thread", "commit_thread",
          "begin", "end", "commit_begin", "commit_end", "rerun", "waited_until"})
        EXPECT_EQ(block["tx"][column].size(), 80U) << column;
    for (size_t i = 0; i < 80; ++i) {
        EXPECT_EQ(block["tx"]["lane"][i], i % 4);
        EXPECT_LE(block["tx"]["begin"][i], block["tx"]["end"][i]);
        EXPECT_LE(block["tx"]["end"][i], block["tx"]["commit_begin"][i]);
        EXPECT_EQ(block["tx"]["waited_until"][i], 0);
        EXPECT_LT(block["tx"]["label"][i], block["names"].size());
        EXPECT_EQ(block["tx"]["gas"][i], accesses_.gas_used[i]);
    }
}

TEST_F(BlockDataFixture, WaitsEndWhenTheLastOneWaitedForIsExecuted) {
    // Each waits for the last but one, which is in another lane: two chains, side by side.
    LanePlan plan;
    plan.reset(4);
    for (uint32_t i = 0; i < 80; ++i) {
        const auto waits = plan.append({static_cast<uint16_t>(i % 4), i / 4});
        waits[i % 4] = i / 4;
        if (i >= 2) waits[(i - 2) % 4] = (i - 2) / 4 + 1;
    }
    const json tx = data(plan)["tx"];
    EXPECT_EQ(tx["waited_until"][0], 0);
    for (size_t i = 2; i < 80; ++i) {
        EXPECT_EQ(tx["waited_until"][i], tx["end"][i - 2]);
        EXPECT_LE(tx["waited_until"][i], tx["begin"][i]);
    }
}

TEST_F(BlockDataFixture, DependenciesNameTheirKeys) {
    const json block = data(workloads::round_robin_without_waits(80, 4));
    const json& dependencies = block["dependencies"];
    ASSERT_EQ(dependencies["all"], accesses_.dependencies.size());
    ASSERT_EQ(dependencies["from"].size(), accesses_.dependencies.size());
    size_t d = 0;
    for (uint32_t i = 0; i < 80; ++i)
        for (const accesses::Dependency& dependency : accesses_.dependencies_of(i)) {
            EXPECT_EQ(dependencies["from"][d], dependency.on);
            EXPECT_EQ(dependencies["to"][d], i);
            EXPECT_LT(dependencies["key"][d], block["keys"].size());
            EXPECT_GT(block["tx"]["depth"][i], block["tx"]["depth"][dependency.on]);
            ++d;
        }
    EXPECT_GT(d, 0U);
}

TEST_F(BlockDataFixture, HotKeysAreCountedRight) {
    const json hot = data(workloads::round_robin_without_waits(80, 4))["hot"];
    ASSERT_GT(hot.size(), 0U);
    ASSERT_LE(hot.size(), kHotKeysMax);
    uint64_t before = UINT64_MAX;
    for (const json& key : hot) {
        EXPECT_LE(key["touching"].get<uint64_t>(), before);
        before = key["touching"];
        EXPECT_LE(key["writing"].get<uint64_t>() + key["adding"].get<uint64_t>(), before);
        EXPECT_LE(before, 80U);
    }
    // Most pay the beneficiary, whose balance some also look at.
    EXPECT_EQ(hot[0]["name"], "beneficiary");
    EXPECT_EQ(hot[0]["part"], "balance");
    uint32_t paying = 0;
    for (uint32_t i = 0; i < 80; ++i)
        for (const accesses::TransactionAccess& access : accesses_.accesses_of(i)) {
            const accesses::AccessKey& key = accesses_.keys[access.key];
            if (key.address != world_.header().beneficiary ||
                key.part != accesses::KeyPart::Balance)
                continue;
            ++paying;
            break;
        }
    EXPECT_EQ(hot[0]["touching"], paying);
}

TEST_F(BlockDataFixture, TheGraphHasEachAccountOnce) {
    const json conflicts = data(workloads::round_robin_without_waits(80, 4))["conflicts"];
    ASSERT_GT(conflicts["nodes"].size(), 1U);
    ASSERT_LE(conflicts["nodes"].size(), kConflictNodesMax);
    uint64_t depending = 0;
    for (const json& node : conflicts["nodes"])
        depending += node["depending"].get<uint64_t>();
    if (conflicts["left_out"] == 0) {
        EXPECT_EQ(depending, accesses_.dependencies.size());
    }
    for (const json& edge : conflicts["edges"]) {
        EXPECT_LT(edge[0], edge[1]);
        EXPECT_LT(edge[1], conflicts["nodes"].size());
        EXPECT_GE(edge[2], 1);
    }
}

TEST_F(BlockDataFixture, OneLaneHasNoTimes) {
    const json block = data(workloads::all_in_one_lane(80, 1));
    EXPECT_FALSE(block["timed"]);
    EXPECT_FALSE(block["tx"].contains("begin"));
    EXPECT_EQ(block["tx"]["gas"].size(), 80U);
}

TEST(Names, AreLabelsMethodsOrHexadecimal) {
    Address token;
    token[0] = 0x70;
    Address beneficiary;
    beneficiary[19] = 0xbe;
    const workloads::Label labels[] = {{token, "USD"}};
    const Names names(labels, beneficiary);
    EXPECT_EQ(names.of(token), "USD");
    EXPECT_EQ(names.of(beneficiary), "beneficiary");
    EXPECT_EQ(names.of(Address{}), "0x000000…0000");
    Transaction transaction;
    EXPECT_EQ(names.of(transaction), "creation");
    transaction.to = Address{};
    EXPECT_EQ(names.of(transaction), "payment");
    transaction.to = token;
    transaction.data = {0xa9, 0x05, 0x9c, 0xbb};
    EXPECT_EQ(names.of(transaction), "USD · transfer");
    transaction.data = {0x01, 0x02, 0x03, 0x04, 0x05};
    EXPECT_EQ(names.of(transaction), "USD · 0x01020304");
    EXPECT_EQ(Names::part_of({token, Uint256{5}, accesses::KeyPart::Slot}), "slot 0x5");
    EXPECT_EQ(Names::part_of({token, {}, accesses::KeyPart::Balance}), "balance");
}

}  // namespace
}  // namespace switchyard::report
