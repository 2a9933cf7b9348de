// SPDX-License-Identifier: Apache-2.0
// Blocks of a road by the clock: durable, equal to serial execution, whatever is in the pool.
#include "host/building/builder.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <set>

#include "host/road/serial_follower.hpp"
#include "tests/unit/building/building_world.hpp"

namespace switchyard {
namespace {

using namespace building_tests;
using pool_tests::transaction;

class BuilderTest : public testing::Test {
  protected:
    BuilderTest() : world_(Revision::Osaka) {}

    void SetUp() override {
        const std::filesystem::path memory = "/dev/shm";
        folder_ =
            (std::filesystem::exists(memory) ? memory : std::filesystem::temp_directory_path()) /
            ("switchyard-builder-" + std::to_string(::getpid()));
        std::filesystem::remove_all(folder_);
        std::filesystem::create_directories(folder_);
        head_ = world_.header;
        open_road();
    }
    void TearDown() override {
        road_.reset();
        store_.reset();
        std::filesystem::remove_all(folder_);
    }

    void open_road() {
        road_.reset();
        store_.reset();
        StateStoreOptions options;
        options.flat.cache_bytes = options.flat.code_cache_bytes = 1 << 20;
        auto opened = StateStore::open(folder_ / "store", options);
        ASSERT_TRUE(opened.has_value()) << opened.error().message;
        store_ = std::move(*opened);
        if (!store_->last_block()) {
            ASSERT_TRUE(store_->commit({.number = head_.number,
                                        .hash = header_hash(head_),
                                        .state_root = head_.state_root},
                                       world_.state.all()));
        }
        RoadConfig config;
        config.chain = world_.chain;
        config.lanes = {.lanes = 4, .threads = 2, .detector = "software"};
        config.pool_journal = PoolJournalOptions{.folder = folder_ / "pool"};
        auto road = Road::open(config, *store_, head_);
        ASSERT_TRUE(road.has_value()) << road.error().message;
        road_ = std::move(*road);
    }
    [[nodiscard]] Builder make_builder(const BuilderConfig& config) {
        auto made = Builder::create(config, *road_, now_);
        EXPECT_TRUE(made.has_value());
        return std::move(*made);
    }
    [[nodiscard]] Verdict add(const Fields& fields) {
        return road_->pool().add(transaction(fields));
    }
    /// Half a second goes by.
    Builder::Step step(Builder& builder) {
        now_.monotonic_ms += 500;
        now_.unix_s = now_.monotonic_ms / 1000;
        auto out = builder.poll(now_);
        EXPECT_TRUE(out.has_value()) << out.error().message;
        if (!out) return {};
        for (const SealedBlock& block : out->sealed) {
            const auto same = follower_->follow(block);
            EXPECT_TRUE(same.has_value()) << same.error().message;
            for (const SignedTransaction& item : block.transactions)
                EXPECT_TRUE(mined_.insert(item.hash).second);
            head_ = block.header;
        }
        return std::move(*out);
    }

    World world_;
    std::filesystem::path folder_;
    std::unique_ptr<StateStore> store_;
    std::unique_ptr<Road> road_;
    BlockHeader head_;
    BuildTime now_{.monotonic_ms = 1'700'000'000'000, .unix_s = 1'700'000'000};
    Result<SerialFollower> follower_ = SerialFollower::create(world_.chain, world_.state.all());
    std::set<Bytes32> mined_;
};

TEST_F(BuilderTest, BuildsByTheClockWhateverIsInThePool) {
    auto builder = make_builder({.timer = {.interval_ms = 1000}, .gas_limit = kGasLimit});
    size_t accepted = 0;
    size_t rejected = 0;
    for (int i = 0; i < 8; ++i) {
        for (uint8_t sender = 1; sender <= 9; ++sender)
            accepted += add({.sender = sender,
                             .nonce = static_cast<uint64_t>(i),
                             .gas_limit = 100'000,
                             .data_bytes = sender % 3 == 0 ? 1U : 0U,
                             .to = 0xcc}) == Verdict::Accepted;
        // Nobody can send it, and its sender tries again.
        if (add({.sender = 10, .tip = (3 + static_cast<unsigned>(i)) * kGwei}) == Verdict::Accepted)
            ++rejected;
        const auto done = step(builder);
        EXPECT_EQ(done.due, i % 2 == 0 ? BlockTimer::Due::No : BlockTimer::Due::Interval);
        EXPECT_EQ(done.sealed.size(), i % 2 == 0 ? 0U : 1U);
    }
    EXPECT_EQ(accepted, 72U);
    EXPECT_EQ(mined_.size(), 72U);
    EXPECT_EQ(road_->pool().size(), 0U);
    EXPECT_GT(rejected, 0U);
    EXPECT_EQ(road_->pool().statistics().rejected + road_->pool().statistics().replaced, rejected);
    EXPECT_EQ(store_->last_block()->number, head_.number);
}

TEST_F(BuilderTest, FullBlocksDoNotWaitForTheClock) {
    auto builder = make_builder({.timer = {.interval_ms = 12'000}, .gas_limit = kGasLimit});
    for (uint64_t nonce = 0; nonce < 4; ++nonce)
        for (uint8_t sender = 1; sender <= 9; ++sender)
            ASSERT_EQ(add({.sender = sender,
                           .nonce = nonce,
                           .max_fee = 10 * kGwei,
                           .gas_limit = 4'000'000}),
                      Verdict::Accepted);
    size_t full = 0;
    for (int i = 0; i < 4; ++i)
        full += step(builder).due == BlockTimer::Due::Full ? 1 : 0;
    EXPECT_GE(full, 3U);
    EXPECT_GE(mined_.size(), 21U) << "seven in each";
    EXPECT_LT(mined_.size(), 36U);
    now_.monotonic_ms += 12'000;
    (void)step(builder);
    (void)step(builder);
    now_.monotonic_ms += 12'000;
    (void)step(builder);
    EXPECT_EQ(mined_.size(), 36U);
}

TEST_F(BuilderTest, EmptyBlocksComeOnlyWhereTheyAreWanted) {
    auto idle = make_builder({.timer = {.interval_ms = 100}, .gas_limit = kGasLimit});
    EXPECT_TRUE(step(idle).sealed.empty());
    auto clockwork =
        make_builder({.timer = {.interval_ms = 100}, .gas_limit = kGasLimit, .empty_blocks = true});
    const uint64_t before = head_.timestamp;
    for (int i = 0; i < 3; ++i) {
        const auto done = step(clockwork);
        ASSERT_EQ(done.sealed.size(), 1U);
        EXPECT_TRUE(done.sealed[0].transactions.empty());
    }
    EXPECT_GT(head_.timestamp, before);
    EXPECT_EQ(head_.number, world_.header.number + 3);
}

TEST_F(BuilderTest, WhatWasAcceptedIsMinedAfterARestart) {
    {
        auto builder = make_builder({.timer = {.interval_ms = 500}, .gas_limit = kGasLimit});
        for (uint8_t sender = 1; sender <= 5; ++sender)
            ASSERT_EQ(add({.sender = sender}), Verdict::Accepted);
        EXPECT_EQ(step(builder).sealed.size(), 1U);
        for (uint8_t sender = 1; sender <= 9; ++sender)
            ASSERT_EQ(add({.sender = sender, .nonce = sender <= 5 ? 1U : 0U}), Verdict::Accepted);
        // A block is begun, and never becomes durable.
        BlockAttributes attributes = world_.attributes();
        attributes.timestamp = head_.timestamp + 1;
        attributes.gas_limit = head_.gas_limit;
        attributes.withdrawals.clear();
        const auto begun = road_->advance(attributes);
        ASSERT_TRUE(begun.has_value());
        EXPECT_TRUE(begun->begun);
        EXPECT_EQ(road_->pool().size(), 0U);
    }
    open_road();
    EXPECT_EQ(road_->restored().restored, 9U);
    auto builder = make_builder({.timer = {.interval_ms = 500}, .gas_limit = kGasLimit});
    EXPECT_EQ(step(builder).sealed.size(), 1U);
    EXPECT_EQ(mined_.size(), 14U);
}

}  // namespace
}  // namespace switchyard
