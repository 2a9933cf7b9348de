// SPDX-License-Identifier: Apache-2.0
// The road from a source in memory to durable blocks, followed by the serial executor.
#include "host/road/road.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "host/chain/base_fee.hpp"
#include "host/ingest/memory_source.hpp"
#include "host/road/serial_follower.hpp"
#include "host/state/memory_state.hpp"
#include "host/state/trie/state_trie.hpp"
#include "tools/workloads/demo_workload.hpp"

namespace switchyard {
namespace {

constexpr uint64_t kGasLimit = 5'000'000;

class RoadFixture : public testing::Test {
  protected:
    void SetUp() override {
        folder_ = std::filesystem::temp_directory_path() /
                  ("switchyard-road-" + std::to_string(::getpid()));
        std::filesystem::create_directories(folder_);
        auto made = workloads::make_demo_workload({.seed = 5, .accounts = 30, .transactions = 400});
        ASSERT_TRUE(made.has_value());
        workload_ = std::move(*made);
        config_.chain = ChainConfig::single_revision(Revision::Cancun);
        config_.chain.chain_id = 1337;
        config_.lanes = {.lanes = 4, .threads = 2, .detector = "reference"};
        config_.pool.transactions_per_sender_max = 400;
        open_store();
        commit_genesis();
    }
    void TearDown() override {
        store_.reset();
        std::filesystem::remove_all(folder_);
    }

    void open_store() {
        store_.reset();
        StateStoreOptions options;
        options.flat.cache_bytes = options.flat.code_cache_bytes = 1 << 20;
        auto opened = StateStore::open(folder_ / "store", options);
        ASSERT_TRUE(opened.has_value()) << opened.error().message;
        store_ = std::move(*opened);
    }

    void commit_genesis() {
        MemoryState state;
        for (const auto& account : workload_.genesis) {
            if (!account.code.empty()) state.add_code(account.code);
            state.set_account(account.address, account.account);
            for (const auto& [slot, value] : account.storage)
                state.set_storage(account.address, slot, value);
        }
        genesis_.gas_limit = kGasLimit;
        genesis_.base_fee_per_gas = Uint256{kInitialBaseFee};
        genesis_.withdrawals_root = Bytes32{};
        genesis_.blob_gas_used = 0;
        genesis_.excess_blob_gas = 0;
        genesis_.parent_beacon_block_root = Bytes32{};
        seal_header(genesis_, {}, {}, {}, trie::state_root(state.all()));
        ASSERT_TRUE(store_->commit(
            {.number = 0, .hash = header_hash(genesis_), .state_root = genesis_.state_root},
            state.all()));
        genesis_state_ = state.all();
    }

    [[nodiscard]] BlockAttributes after(const BlockHeader& head) const {
        BlockAttributes out;
        out.timestamp = head.timestamp + 12;
        out.beneficiary[0] = 0xfe;
        out.gas_limit = kGasLimit;
        return out;
    }

    std::filesystem::path folder_;
    workloads::DemoWorkload workload_;
    RoadConfig config_;
    std::unique_ptr<StateStore> store_;
    BlockHeader genesis_;
    StateChanges genesis_state_;
};

TEST_F(RoadFixture, ReadsAheadWhatThePoolTook) {
    ASSERT_TRUE(store_->checkpoint());
    open_store();  // with nothing in memory
    auto road = Road::open(config_, *store_, genesis_);
    ASSERT_TRUE(road.has_value()) << road.error().message;
    std::vector<Bytes> twice = workload_.transactions;
    twice.insert(twice.end(), workload_.transactions.begin(), workload_.transactions.end());
    MemorySource source(twice);
    while (!source.exhausted())
        (void)(*road)->ingest(source);
    Prefetcher& prefetcher = (*road)->prefetcher();
    prefetcher.wait();
    // Each has a recipient and no access list; the second copies were refused.
    EXPECT_EQ(prefetcher.counters().fetched, 400U);
    EXPECT_EQ(prefetcher.counters().dropped, 0U);
    const size_t cached = store_->status().memory.cache;
    for (const auto& account : workload_.genesis)
        if (!account.code.empty()) store_->prefetch({&account.address, 1}, {});
    EXPECT_EQ(store_->status().memory.cache, cached) << "the contract was there already";
}

TEST_F(RoadFixture, BuildsDurableBlocksThatEqualSerialExecution) {
    auto follower = SerialFollower::create(config_.chain, genesis_state_);
    ASSERT_TRUE(follower.has_value());
    auto road = Road::open(config_, *store_, genesis_);
    ASSERT_TRUE(road.has_value()) << road.error().message;
    MemorySource source(workload_.transactions);
    while (!source.exhausted())
        (void)(*road)->ingest(source);
    size_t transactions = 0;
    for (;;) {
        auto block = (*road)->build_block(after((*road)->head()));
        ASSERT_TRUE(block.has_value()) << block.error().message;
        if (!*block) break;
        const auto same = follower->follow(**block);
        ASSERT_TRUE(same.has_value()) << same.error().message;
        EXPECT_EQ((*block)->hash, header_hash((*block)->header));
        EXPECT_LE((*block)->header.gas_used, kGasLimit);
        EXPECT_EQ(store_->last_block()->hash, (*block)->hash);
        transactions += (*block)->transactions.size();
    }
    EXPECT_EQ(transactions, 400U);
    EXPECT_GT((*road)->head().number, 1U) << "the gas limit is below what all of them take";
}

/// Blocks that overlap: each is sealed while the next executes.
TEST_F(RoadFixture, BlocksUnderWayEqualSerialExecution) {
    auto follower = SerialFollower::create(config_.chain, genesis_state_);
    ASSERT_TRUE(follower.has_value());
    auto road = Road::open(config_, *store_, genesis_);
    ASSERT_TRUE(road.has_value()) << road.error().message;
    MemorySource source(workload_.transactions);
    size_t transactions = 0;
    uint64_t blocks = 0;
    const auto follow = [&](const std::optional<SealedBlock>& block) {
        if (!block) return;
        const auto same = follower->follow(*block);
        ASSERT_TRUE(same.has_value()) << same.error().message;
        EXPECT_EQ(block->header.number, ++blocks);
        EXPECT_EQ(**store_->block_at(blocks),
                  (StoredBlock{blocks, block->hash, block->header.state_root}));
        transactions += block->transactions.size();
    };
    for (;;) {
        for (int i = 0; i < 3 && !source.exhausted(); ++i)
            (void)(*road)->ingest(source);
        const auto step = (*road)->advance(after((*road)->head()));
        ASSERT_TRUE(step.has_value()) << step.error().message;
        follow(step->sealed);
        if (!step->begun && source.exhausted()) break;
    }
    const auto last = (*road)->finish();
    ASSERT_TRUE(last.has_value());
    EXPECT_FALSE(last->has_value()) << "a step that begins nothing finishes what was under way";
    EXPECT_EQ(transactions, 400U);
    EXPECT_GT(blocks, 2U);
    EXPECT_EQ(header_hash((*road)->head()), store_->last_block()->hash);
}

TEST_F(RoadFixture, ABlockUnderWayIsNotAcknowledgedAndDoesNotSurvive) {
    {
        auto road = Road::open(config_, *store_, genesis_);
        ASSERT_TRUE(road.has_value());
        MemorySource source(workload_.transactions);
        while (!source.exhausted())
            (void)(*road)->ingest(source);
        for (uint64_t number = 1; number <= 3; ++number) {
            const auto step = (*road)->advance(after((*road)->head()));
            ASSERT_TRUE(step.has_value()) << step.error().message;
            EXPECT_TRUE(step->begun);
            EXPECT_EQ(step->sealed.has_value(), number > 1);
        }
    }
    open_store();
    EXPECT_EQ(store_->last_block()->number, 2U);
}

TEST_F(RoadFixture, GoesOnFromTheStoreAfterAReopen) {
    BlockHeader head;
    {
        auto road = Road::open(config_, *store_, genesis_);
        ASSERT_TRUE(road.has_value());
        MemorySource source({workload_.transactions.begin(), workload_.transactions.begin() + 50});
        while (!source.exhausted())
            (void)(*road)->ingest(source);
        ASSERT_TRUE((*road)->build_block(after(genesis_)).has_value());
        head = (*road)->head();
    }
    open_store();
    EXPECT_EQ(store_->last_block()->hash, header_hash(head));
    EXPECT_FALSE(Road::open(config_, *store_, genesis_).has_value()) << "the store has moved on";
    auto road = Road::open(config_, *store_, head);
    ASSERT_TRUE(road.has_value()) << road.error().message;
    MemorySource source({workload_.transactions.begin() + 50, workload_.transactions.end()});
    while (!source.exhausted())
        (void)(*road)->ingest(source);
    const auto block = (*road)->build_block(after(head));
    ASSERT_TRUE(block.has_value()) << block.error().message;
    ASSERT_TRUE(block->has_value());
    EXPECT_EQ((*block)->header.parent_hash, header_hash(head));
}

TEST_F(RoadFixture, CountsWhatItRefusesAndKeepsTheRest) {
    auto road = Road::open(config_, *store_, genesis_);
    ASSERT_TRUE(road.has_value());
    std::vector<Bytes> mixed = {{0xde, 0xad}, workload_.transactions[0], {0x7f, 0x00}};
    Bytes cut = workload_.transactions[1];
    cut.resize(cut.size() / 2);
    mixed.push_back(cut);
    mixed.push_back(workload_.transactions[0]);  // a second time
    MemorySource source(mixed);
    while (!source.exhausted())
        (void)(*road)->ingest(source);
    const auto& verify = (*road)->verify_station().statistics();
    EXPECT_EQ(verify.count(Verdict::Accepted), 1U);
    EXPECT_EQ(verify.count(Verdict::Duplicate), 1U);
    EXPECT_EQ(verify.count(Verdict::Malformed) + verify.count(Verdict::Unsupported), 3U);
    const auto block = (*road)->build_block(after(genesis_));
    ASSERT_TRUE(block.has_value());
    ASSERT_TRUE(block->has_value());
    EXPECT_EQ((*block)->transactions.size(), 1U);
}

TEST_F(RoadFixture, BuildsNothingFromAnEmptyPool) {
    auto road = Road::open(config_, *store_, genesis_);
    ASSERT_TRUE(road.has_value());
    const auto block = (*road)->build_block(after(genesis_));
    ASSERT_TRUE(block.has_value());
    EXPECT_FALSE(block->has_value());
    EXPECT_EQ((*road)->head(), genesis_);
}

TEST_F(RoadFixture, RefusesAttributesThatTheRulesRefuse) {
    EXPECT_TRUE(next_header(config_.chain, genesis_, after(genesis_)).has_value());
    auto early = after(genesis_);
    early.timestamp = genesis_.timestamp;
    EXPECT_FALSE(next_header(config_.chain, genesis_, early));
    auto wide = after(genesis_);
    wide.gas_limit = 2 * kGasLimit;
    EXPECT_FALSE(next_header(config_.chain, genesis_, wide));
    auto talkative = after(genesis_);
    talkative.extra_data.resize(33);
    EXPECT_FALSE(next_header(config_.chain, genesis_, talkative));
    const auto old =
        next_header(ChainConfig::single_revision(Revision::London), genesis_, after(genesis_));
    ASSERT_FALSE(old.has_value());
    EXPECT_EQ(old.error().code, ErrorCode::Unsupported);
}

}  // namespace
}  // namespace switchyard
