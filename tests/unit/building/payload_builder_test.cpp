// SPDX-License-Identifier: Apache-2.0
// Blocks on demand against serial execution, with transactions that may not stand in them.
#include "host/building/payload_builder.hpp"

#include <gtest/gtest.h>

#include <thread>

#include "host/building/block_timer.hpp"
#include "host/road/block_road.hpp"
#include "tests/unit/building/building_world.hpp"

namespace switchyard {
namespace {

using namespace building_tests;
using pool_tests::transaction;

class PayloadBuilderTest : public testing::TestWithParam<Revision> {
  protected:
    PayloadBuilderTest() : world_(GetParam()) { pool_.set_head(world_.pool_head()); }

    [[nodiscard]] PayloadBuilderConfig config(bool threaded = false) const {
        PayloadBuilderConfig out;
        out.chain = world_.chain;
        out.gas_limit = kGasLimit;
        out.threaded = threaded;
        return out;
    }
    /// Over lanes, as a node does.
    [[nodiscard]] static PayloadBuilder::Execute over_lanes() {
        auto road = BlockRoad::open({.lanes = 8, .threads = 2, .detector = "software"});
        EXPECT_TRUE(road.has_value());
        return [shared = std::shared_ptr<BlockRoad>(std::move(*road))](
                   const execute::BlockInput& input, const StateView& state) {
            return shared->execute(input, state);
        };
    }
    void add(const Fields& fields) {
        const Verdict verdict = pool_.add(transaction(fields));
        ASSERT_EQ(verdict, Verdict::Accepted) << static_cast<int>(verdict);
    }
    /// A call of the contract that counts.
    [[nodiscard]] static Fields count(uint8_t sender, uint64_t nonce) {
        return {
            .sender = sender, .nonce = nonce, .gas_limit = 100'000, .data_bytes = 4, .to = 0xcc};
    }

    World world_;
    Pool pool_{PoolConfig{}};
};

TEST_P(PayloadBuilderTest, BeginsEmptyAndGetsBetterUntilItIsAskedFor) {
    PayloadBuilder builder(config(), pool_, over_lanes());
    const auto id = builder.begin(world_.parent(), world_.attributes(), 3);
    ASSERT_TRUE(id.has_value()) << id.error().message;
    EXPECT_EQ((*id)[0], 3);
    EXPECT_EQ(*builder.begin(world_.parent(), world_.attributes(), 3), *id) << "the same job";
    auto other = world_.attributes();
    other.timestamp += 1;
    EXPECT_NE(*builder.begin(world_.parent(), other, 3), *id);

    add({.sender = 1, .value = Uint256{5}});
    ASSERT_TRUE(*builder.improve());
    for (uint64_t nonce = 0; nonce < 3; ++nonce) {
        add(count(2, nonce));
        add(count(3, nonce));
    }
    ASSERT_TRUE(*builder.improve());
    EXPECT_FALSE(*builder.improve()) << "nothing new";
    // The newest job was improved; the one before has nothing, and is built when it is asked for.
    for (const PayloadId& asked : {*id, *builder.begin(world_.parent(), other, 3)}) {
        const auto payload = builder.get(asked);
        ASSERT_TRUE(payload.has_value());
        EXPECT_EQ((*payload)->block.transactions.size(), 7U);
        EXPECT_GT((*payload)->fees, Uint256{});
        EXPECT_EQ((*payload)->block.withdrawals.size(), 1U);
        expect_valid(world_, (*payload)->block);
    }
    EXPECT_EQ(pool_.size(), 7U) << "nothing has left the pool";
    add({.sender = 4});
    EXPECT_FALSE(*builder.improve()) << "it was asked for";
    EXPECT_EQ((*builder.get(*id))->block.transactions.size(), 7U);
    EXPECT_EQ(builder.get(PayloadId{{9}}).error().code, ErrorCode::NotFound);
}

TEST_P(PayloadBuilderTest, WhatIsReconfiguredHoldsForTheNextJob) {
    PayloadBuilder builder(config(), pool_, over_lanes());
    auto attributes = world_.attributes();
    attributes.gas_limit = 0;
    attributes.extra_data.clear();
    const auto before = builder.begin(world_.parent(), attributes);
    ASSERT_TRUE(before.has_value()) << before.error().message;
    PayloadBuilderConfig next = config();
    next.gas_limit = 2 * kGasLimit;
    next.extra_data = {'n', 'e', 'w'};
    builder.reconfigure(next);
    const auto after = builder.begin(world_.parent(), attributes);
    ASSERT_TRUE(after.has_value()) << after.error().message;
    const uint64_t parent = world_.parent()->header().gas_limit;
    const BlockHeader& first = (*builder.get(*before))->block.header;
    EXPECT_EQ(first.gas_limit, next_gas_limit(parent, kGasLimit));
    EXPECT_TRUE(first.extra_data.empty());
    const BlockHeader& second = (*builder.get(*after))->block.header;
    EXPECT_EQ(second.gas_limit, next_gas_limit(parent, 2 * kGasLimit));
    EXPECT_NE(second.gas_limit, first.gas_limit);
    EXPECT_EQ(second.extra_data, next.extra_data);
}

TEST_P(PayloadBuilderTest, WhatExecutionRefusesDoesNotStopTheBlock) {
    add(count(1, 0));
    add({.sender = 10});  // a contract's key
    add({.sender = 2, .tip = 5 * kGwei, .gas_limit = 200'000, .data_bytes = 1, .to = 0});
    add(count(3, 0));
    const auto events = pool_.subscribe();
    // What sweeps the delegated account before it can pay.
    SignedTransaction sweep =
        transaction({.sender = 4, .tip = 9 * kGwei, .gas_limit = 200'000, .data_bytes = 1});
    sweep.transaction.to = sender_of(11);
    sweep.hash[0] ^= 1;
    ASSERT_EQ(pool_.add(std::move(sweep)), Verdict::Accepted);
    const SignedTransaction swept = transaction({.sender = 11, .tip = 2 * kGwei, .value = 5});
    ASSERT_EQ(pool_.add(SignedTransaction(swept)), Verdict::Accepted);
    BlockTarget all;
    all.gas_limit = kGasLimit;
    all.transactions_max = 100;
    ASSERT_EQ(pool_.preview_block(all).size(), 6U);

    PayloadBuilder builder(config(), pool_, over_lanes());
    const auto id = builder.begin(world_.parent(), world_.attributes());
    ASSERT_TRUE(id.has_value()) << id.error().message;
    const auto payload = builder.get(*id);
    ASSERT_TRUE(payload.has_value());
    expect_valid(world_, (*payload)->block);
    const bool delegation_works = GetParam() >= Revision::Prague;
    EXPECT_EQ((*payload)->block.transactions.size(), 4U);
    EXPECT_EQ(builder.statistics().rejected, delegation_works ? 1U : 2U);
    EXPECT_EQ(pool_.contains(swept.hash), delegation_works) << "another block may take it";
    std::vector<PoolEvent> told(100);
    told.resize(events->poll(told));
    EXPECT_EQ(std::ranges::count_if(told,
                                    [](const PoolEvent& event) {
                                        return event.kind == PoolEvent::Kind::Dropped &&
                                               event.reason == DropReason::Rejected &&
                                               event.verdict == Verdict::SenderHasCode &&
                                               event.sender == sender_of(10);
                                    }),
              1);
}

TEST_P(PayloadBuilderTest, ADeadlineBoundsTheGas) {
    for (uint8_t sender = 1; sender <= 9; ++sender)
        for (uint64_t nonce = 0; nonce < 30; ++nonce)
            add({.sender = sender, .nonce = nonce});
    auto hurried = config();
    hurried.get_deadline_ms = 20;  // 3 M gas at the pace of a builder that knows nothing
    uint64_t now = 0;
    PayloadBuilder builder(hurried, pool_, over_lanes(), [&now] { return now; });
    const auto id = builder.begin(world_.parent(), world_.attributes());
    const auto payload = builder.get(*id);
    ASSERT_TRUE(payload.has_value());
    EXPECT_EQ((*payload)->block.transactions.size(), 3'000'000U / 21'000U);
    expect_valid(world_, (*payload)->block);
    // A job gets too old to get better.
    auto attributes = world_.attributes();
    attributes.timestamp += 5;
    const auto old = builder.begin(world_.parent(), attributes);
    ASSERT_TRUE(old.has_value());
    now = hurried.lifetime_ms;
    EXPECT_FALSE(*builder.improve());
}

TEST_P(PayloadBuilderTest, RefusesWhatTheRulesRefuse) {
    PayloadBuilder builder(config(), pool_, over_lanes());
    auto early = world_.attributes();
    early.timestamp = world_.header.timestamp;
    EXPECT_EQ(builder.begin(world_.parent(), early).error().code, ErrorCode::InvalidInput);
    auto wide = world_.attributes();
    wide.gas_limit = 3 * kGasLimit;
    EXPECT_EQ(builder.begin(world_.parent(), wide).error().code, ErrorCode::InvalidInput);
    auto free = world_.attributes();
    free.gas_limit = 0;
    EXPECT_TRUE(builder.begin(world_.parent(), free).has_value());
}

TEST_P(PayloadBuilderTest, ItsOwnThreadImprovesWhileOthersAddAndAsk) {
    auto busy = config(true);
    busy.improve_every_ms = 1;
    PayloadBuilder builder(busy, pool_, over_lanes());
    std::thread wallet([&] {
        for (uint64_t nonce = 0; nonce < 40; ++nonce)
            for (uint8_t sender = 1; sender <= 5; ++sender)
                (void)pool_.add(transaction(count(sender, nonce)));
    });
    std::vector<PayloadId> ids;
    for (uint64_t i = 0; i < 6; ++i) {
        auto attributes = world_.attributes();
        attributes.timestamp += i;
        const auto id = builder.begin(world_.parent(), attributes);
        ASSERT_TRUE(id.has_value());
        ids.push_back(*id);
        const auto payload = builder.get(*id);
        ASSERT_TRUE(payload.has_value());
        expect_valid(world_, (*payload)->block);
    }
    wallet.join();
    auto attributes = world_.attributes();
    attributes.timestamp += 100;
    const auto last = builder.begin(world_.parent(), attributes);
    const auto payload = builder.get(*last);
    ASSERT_TRUE(payload.has_value());
    EXPECT_EQ((*payload)->block.transactions.size(), 200U);
    expect_valid(world_, (*payload)->block);
}

INSTANTIATE_TEST_SUITE_P(Revisions, PayloadBuilderTest,
                         testing::Values(Revision::Cancun, Revision::Osaka, Revision::Amsterdam),
                         [](const auto& of) { return std::string(to_string(of.param)); });

}  // namespace
}  // namespace switchyard
