// SPDX-License-Identifier: Apache-2.0
// Reads and writes that fail: nothing is acknowledged over them, and nothing is lost.
#include <signal.h>
#include <sys/resource.h>

#include <algorithm>

#include "tests/unit/state/flat/flat_fixture.hpp"

namespace switchyard {
namespace {

using flat::FlatState;
using test::commit_to;
using test::expect_equal;
using test::FlatTest;
using test::RandomChain;

/// Which calls fail; the test and the store share it.
struct Faults {
    std::atomic<int64_t> reads_left{INT64_MAX};
    std::atomic<bool> writes_fail{false};
};

/// Passes on to another store until told otherwise.
class FaultyStore final : public flat::FlatStore {
  public:
    FaultyStore(std::unique_ptr<FlatStore> below, std::shared_ptr<Faults> faults)
        : below_(std::move(below)), faults_(std::move(faults)) {}

    std::optional<StoredBlock> block() const override { return below_->block(); }
    Result<std::optional<StoredBlock>> block_at(uint64_t number) const override {
        return below_->block_at(number);
    }
    std::optional<uint64_t> replay_needed_to() const override { return below_->replay_needed_to(); }
    Result<std::optional<Account>> account(const Address& address) const override {
        if (faults_->reads_left-- <= 0) return broken();
        return below_->account(address);
    }
    Result<Uint256> storage(const Address& address, const Uint256& key) const override {
        if (faults_->reads_left-- <= 0) return broken();
        return below_->storage(address, key);
    }
    Result<CodePointer> code(const Bytes32& hash) const override {
        if (faults_->reads_left-- <= 0) return broken();
        return below_->code(hash);
    }
    Result<void> for_each_slot(const Address& address,
                               const flat::SlotVisitor& visit) const override {
        if (faults_->reads_left-- <= 0) return broken();
        return below_->for_each_slot(address, visit);
    }
    Result<std::shared_ptr<const StateChanges>> undo(uint64_t block) const override {
        if (faults_->reads_left-- <= 0) return broken();
        return below_->undo(block);
    }
    Result<void> write(const flat::Checkpoint& checkpoint) override {
        if (faults_->writes_fail) return broken();
        return below_->write(checkpoint);
    }
    Result<void> rewind(uint64_t block) override { return below_->rewind(block); }

  private:
    static Error broken() { return {ErrorCode::Io, "broken on purpose"}; }

    std::unique_ptr<FlatStore> below_;
    std::shared_ptr<Faults> faults_;
};

class FlatFailureTest : public FlatTest {
  protected:
    std::unique_ptr<FlatState> open_faulty(const flat::FlatConfig& config) {
        return std::make_unique<FlatState>(std::make_unique<FaultyStore>(open_store(2), faults_),
                                           config);
    }
    std::shared_ptr<Faults> faults_ = std::make_shared<Faults>();
};

/// Each read of the store on the way to a block fails once. The block is never acknowledged, and
/// the store takes it when it can be read again.
TEST_F(FlatFailureTest, FailedReadStopsTheBlock) {
    RandomChain chain(60);
    {
        const auto state = open(2);
        commit_to(*state, chain, 30);
        ASSERT_TRUE(state->checkpoint());
    }
    flat::FlatConfig config = test::tiny_config();
    config.overlay_bytes = 1 << 20;
    config.cache_bytes = 0;
    int stopped = 0;
    for (int64_t reads = 0;; ++reads) {
        faults_->reads_left = reads;
        const auto state = open_faulty(config);
        auto random = test::test_generator(61);
        const StateChanges changes = test::random_block(*state, random, test::kFlatAccounts);
        const Result<void> done = state->commit(RandomChain::block(31), changes);
        if (done) {
            EXPECT_FALSE(state->failure());
            break;
        }
        ++stopped;
        EXPECT_EQ(done.error().code, ErrorCode::Io);
        EXPECT_EQ(state->last_block(), RandomChain::block(30));
        faults_->reads_left = INT64_MAX;
        if (state->failure()) {
            EXPECT_FALSE(state->commit(RandomChain::block(31), {}));
        }
    }
    EXPECT_GT(stopped, 20);
    faults_->reads_left = INT64_MAX;
    const auto state = open(2);
    expect_equal(*state, chain.state(30), "after all failures");
}

TEST_F(FlatFailureTest, FailedCheckpointIsRepeated) {
    RandomChain chain(62);
    flat::FlatConfig config = test::tiny_config();
    config.overlay_bytes = 200 << 10;
    auto state = open_faulty(config);
    commit_to(*state, chain, 3);
    ASSERT_TRUE(state->checkpoint());
    faults_->writes_fail = true;
    EXPECT_TRUE(state->begin_checkpoint() || true);
    // Commits go on in memory until it is full; then they say why.
    uint64_t number = 4;
    Result<void> done;
    for (; number < 1000; ++number) {
        done = state->commit(RandomChain::block(number), chain.changes(number));
        if (!done) break;
    }
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().message, "broken on purpose");
    EXPECT_TRUE(state->pressure());
    EXPECT_EQ(state->last_block()->number, number - 1);
    EXPECT_EQ(state->stored_block()->number, 3U);
    expect_equal(*state, chain.state(number - 1), "while the store cannot be written");
    EXPECT_FALSE(state->checkpoint());
    faults_->writes_fail = false;
    commit_to(*state, chain, number + 5);
    ASSERT_TRUE(state->checkpoint());
    EXPECT_FALSE(state->pressure());
    state.reset();
    state = open(2);
    EXPECT_EQ(state->last_block()->number, number + 5);
    expect_equal(*state, chain.state(number + 5), "reopened");
}

/// The files may not grow: as on a full disk.
TEST_F(FlatFailureTest, FullDiskLosesNothing) {
    RandomChain chain(63);
    flat::FlatConfig config = test::tiny_config();
    config.overlay_bytes = 1 << 20;
    auto state = open(4, config);
    commit_to(*state, chain, 20);
    ASSERT_TRUE(state->checkpoint());
    StateChanges large;
    AccountChange change;
    change.address = test::address_of(12345);
    change.account = test::account_of(1, 1);
    change.storage_count = 20'000;
    large.accounts.push_back(change);
    for (uint64_t n = 0; n < change.storage_count; ++n)
        large.storage.push_back({n, n + 1});
    ASSERT_TRUE(state->commit(RandomChain::block(21), large));

    rlimit before{};
    ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
    const auto old_handler = ::signal(SIGXFSZ, SIG_IGN);
    // The main file's part fits, the shards' do not.
    const rlimit small{300 * 1024, before.rlim_max};
    ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &small), 0);
    const Result<void> failed = state->checkpoint();
    ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &before), 0);
    ::signal(SIGXFSZ, old_handler);

    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error().code, ErrorCode::Io) << failed.error().message;
    EXPECT_EQ(state->stored_block(), RandomChain::block(20));
    EXPECT_EQ(state->storage(change.address, 77), Uint256{78});
    expect_equal(*state, chain.state(20), "after the failed checkpoint");
    // Another process would find block 20.
    state.reset();
    state = open(4, config);
    EXPECT_EQ(state->last_block(), RandomChain::block(20));
    expect_equal(*state, chain.state(20), "reopened");
    EXPECT_FALSE(state->account(change.address));
    ASSERT_TRUE(state->commit(RandomChain::block(21), large));
    const Result<void> repeated = state->checkpoint();
    ASSERT_TRUE(repeated) << repeated.error().message;
    EXPECT_EQ(state->storage(change.address, 19'999), Uint256{20'000});
}

}  // namespace
}  // namespace switchyard
