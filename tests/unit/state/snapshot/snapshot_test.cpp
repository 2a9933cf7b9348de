// SPDX-License-Identifier: Apache-2.0
// Snapshots made, restored, interrupted, and taken from a store that goes on.
#include <signal.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <deque>
#include <thread>

#include "host/state/flat/flat_state.hpp"
#include "host/state/sqlite/sharded_store.hpp"
#include "tests/unit/state/snapshot/snapshot_fixture.hpp"

namespace switchyard {
namespace {

namespace fs = std::filesystem;
using snapshot::CreateOptions;
using test::MemoryRows;

class Snapshot : public test::SnapshotFixture {
  protected:
    fs::path store_ = temporary_.path() / "store";
};

TEST_F(Snapshot, ComesBackAsItWas) {
    const MemoryState state = test::snapshot_state(250);
    for (const CreateOptions& options :
         {CreateOptions{}, CreateOptions{8, 2, 4096}, CreateOptions{1, 1, 4096},
          CreateOptions{3, 5, 10'000}, CreateOptions{64, 32, 4096}}) {
        fs::remove_all(folder_);
        fs::remove_all(store_);
        const auto info = create(state, folder_, options);
        EXPECT_EQ(info.data_shards, options.data_shards);
        expect_state(state, "from the shards");
        // As many as there is parity, from the front.
        for (uint32_t i = 0; i < options.parity_shards; ++i)
            fs::remove(shard(i));
        uint64_t progress = 0;
        const auto restored =
            snapshot::restore_snapshot(folder_, store_, {.store_shards = 2, .chunk_rows = 100},
                                       [&](uint64_t done, uint64_t total) {
                                           EXPECT_LE(done, total);
                                           progress = done;
                                       });
        ASSERT_TRUE(restored) << restored.error().message;
        EXPECT_EQ(*restored, info);
        EXPECT_GT(progress, 0U);
        expect_store(store_, state, test::block_of(state));
        EXPECT_FALSE(fs::exists(store_.string() + ".restoring"));
    }
}

TEST_F(Snapshot, OfTheEmptyState) {
    const MemoryState state;
    const auto info = create(state, folder_);
    EXPECT_EQ(info.stripes, 1U);
    EXPECT_TRUE(verify({.deep = true}).sound());
    ASSERT_TRUE(snapshot::restore_snapshot(folder_, store_));
    expect_store(store_, state, test::block_of(state));
}

TEST_F(Snapshot, OfLargeStorage) {
    const MemoryState state = test::snapshot_state(251, 3, 60'000);
    const auto info = create(state, folder_, {8, 2, 64 << 10});
    EXPECT_GT(info.stripes, 10U);
    EXPECT_LT(info.compressed_bytes, info.row_bytes);
    ASSERT_TRUE(snapshot::restore_snapshot(folder_, store_, {.chunk_rows = 10'000}));
    expect_store(store_, state, test::block_of(state));
}

TEST_F(Snapshot, OfLongCode) {
    MemoryState state;
    auto random = test::test_generator(252);
    for (uint64_t n = 0; n < 40; ++n) {
        Account account = test::account_of(n, 1);
        Bytes code(1 + random() % (n == 0 ? 200'000 : 24'576));
        for (uint8_t& byte : code)
            byte = static_cast<uint8_t>(random());
        account.code_hash = state.add_code(std::move(code));
        state.set_account(test::address_of(n), account);
    }
    create(state, folder_);
    expect_state(state, "code");
    ASSERT_TRUE(snapshot::restore_snapshot(folder_, store_));
    expect_store(store_, state, test::block_of(state));
}

TEST_F(Snapshot, RefusesWhatIsThere) {
    const MemoryState state = test::snapshot_state(253, 5);
    create(state, folder_);
    MemoryRows rows(state);
    const auto over = snapshot::create_snapshot(rows, test::block_of(state), folder_);
    ASSERT_FALSE(over);
    EXPECT_EQ(over.error().code, ErrorCode::InvalidInput);
    fs::create_directory(store_);
    ASSERT_TRUE(snapshot::restore_snapshot(folder_, store_)) << "an empty folder is no store";
    const auto again = snapshot::restore_snapshot(folder_, store_);
    ASSERT_FALSE(again);
    EXPECT_EQ(again.error().code, ErrorCode::InvalidInput);
    expect_store(store_, state, test::block_of(state));
    for (const CreateOptions& options :
         {CreateOptions{0, 2, 4096}, CreateOptions{65, 2, 4096}, CreateOptions{8, 0, 4096},
          CreateOptions{8, 33, 4096}, CreateOptions{8, 2, 4095}, CreateOptions{8, 2, 1U << 26}}) {
        const auto bad = snapshot::create_snapshot(rows, test::block_of(state),
                                                   temporary_.path() / "bad", options);
        ASSERT_FALSE(bad);
        EXPECT_EQ(bad.error().code, ErrorCode::InvalidInput);
    }
    EXPECT_FALSE(fs::exists(temporary_.path() / "bad"));
}

TEST_F(Snapshot, AnotherRootIsNotAccepted) {
    const MemoryState state = test::snapshot_state(254, 5);
    StoredBlock block = test::block_of(state);
    block.state_root[31] ^= 1;
    MemoryRows rows(state);
    ASSERT_TRUE(snapshot::create_snapshot(rows, block, folder_));
    EXPECT_TRUE(verify().sound());
    const auto report = verify({.deep = true});
    EXPECT_FALSE(report.restorable());
    ASSERT_TRUE(report.content);
    EXPECT_EQ(report.content->code, ErrorCode::Mismatch);
    const auto restored = snapshot::restore_snapshot(folder_, store_);
    ASSERT_FALSE(restored);
    EXPECT_EQ(restored.error().code, ErrorCode::Mismatch);
    EXPECT_EQ(std::distance(fs::directory_iterator(temporary_.path()), fs::directory_iterator()), 1)
        << "nothing is left but the snapshot";
}

/// Leaves out the code of the first account that has some.
class WithoutACode final : public StateRows {
  public:
    explicit WithoutACode(const MemoryState& state) : rows_(state) {}
    Result<bool> next_account(AccountRow& row) override { return rows_.next_account(row); }
    Result<bool> next_slot(StorageChange& slot) override { return rows_.next_slot(slot); }
    Result<bool> next_code(CodeRow& row) override {
        if (std::exchange(first_, false)) (void)rows_.next_code(row);
        return rows_.next_code(row);
    }

  private:
    MemoryRows rows_;
    bool first_ = true;
};

TEST_F(Snapshot, MissingCodeIsFound) {
    const MemoryState state = test::snapshot_state(255, 10);
    WithoutACode rows(state);
    ASSERT_TRUE(snapshot::create_snapshot(rows, test::block_of(state), folder_));
    const auto report = verify({.deep = true});
    ASSERT_TRUE(report.content);
    EXPECT_NE(report.content->message.find("code"), std::string::npos);
    const auto restored = snapshot::restore_snapshot(folder_, store_);
    ASSERT_FALSE(restored);
    EXPECT_EQ(restored.error().code, ErrorCode::Corrupt);
}

TEST_F(Snapshot, RowsThatFailLeaveNothing) {
    const MemoryState state = test::snapshot_state(256, 5);
    MemoryRows whole(state);
    ASSERT_TRUE(snapshot::create_snapshot(whole, test::block_of(state), good_));
    for (uint64_t at = 0; at < whole.calls(); at += 17) {
        MemoryRows rows(state, at);
        const auto made = snapshot::create_snapshot(rows, test::block_of(state), folder_);
        ASSERT_FALSE(made) << at;
        EXPECT_EQ(made.error().code, ErrorCode::Io);
        EXPECT_FALSE(fs::exists(folder_));
        EXPECT_FALSE(fs::exists(folder_.string() + ".partial"));
    }
}

/// Runs `work` in a process that is killed after some microseconds, or has ended before.
template <typename Work>
void run_and_kill(Work work, uint64_t microseconds) {
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
        work();
        ::_exit(0);
    }
    const timespec time{0, static_cast<long>(microseconds * 1000)};
    ::nanosleep(&time, nullptr);
    ::kill(child, SIGKILL);
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
}

TEST_F(Snapshot, KilledNeverLooksComplete) {
    const MemoryState state = test::snapshot_state(257);
    const StoredBlock block = test::block_of(state);
    create(state, folder_);
    auto random = test::test_generator(258);
    int whole = 0;
    for (int round = 0; round < 25; ++round) {
        run_and_kill(
            [&] { (void)snapshot::restore_snapshot(folder_, store_, {.chunk_rows = 200}); },
            random() % 300'000);
        if (fs::exists(store_)) {
            expect_store(store_, state, block);
            fs::remove_all(store_);
            ++whole;
        }
    }
    const auto restored = snapshot::restore_snapshot(folder_, store_);
    ASSERT_TRUE(restored) << "what the killed left is in the way: " << restored.error().message;
    EXPECT_FALSE(fs::exists(store_.string() + ".restoring"));
    expect_store(store_, state, block);
    RecordProperty("finished_before_the_kill", whole);

    fs::rename(folder_, good_);
    for (int round = 0; round < 25; ++round) {
        run_and_kill(
            [&] {
                MemoryRows rows(state);
                (void)snapshot::create_snapshot(rows, block, folder_, {8, 2, 4096});
            },
            random() % 60'000);
        if (fs::exists(folder_)) {
            EXPECT_TRUE(verify({.deep = true}).sound());
            fs::remove_all(folder_);
        }
    }
    create(state, folder_);
    EXPECT_TRUE(verify({.deep = true}).sound());
}

/// Blocks with true roots, and the states after them.
struct TrueChain {
    explicit TrueChain(uint64_t length) {
        auto random = test::test_generator(259);
        MemoryState state;
        for (uint64_t n = 1; n <= length; ++n) {
            changes.push_back(test::random_block(state, random, 100));
            state.apply(changes.back());
            blocks.push_back(test::block_of(state, n));
            states.push_back(state);
        }
    }
    std::deque<StateChanges> changes;
    std::deque<StoredBlock> blocks;
    std::deque<MemoryState> states;
};

std::unique_ptr<flat::FlatState> open_flat(const fs::path& folder) {
    auto store = sqlite::ShardedStore::open(folder, {});
    EXPECT_TRUE(store) << store.error().message;
    return std::make_unique<flat::FlatState>(std::move(*store), flat::FlatConfig{});
}

/// Snapshots of a store at whatever block it stands, each restored and compared with the state
/// after that block.
void snapshots_of_live_store(const fs::path& flat, const fs::path& base, const TrueChain& chain,
                             int count, const std::function<void(const fs::path&)>& check) {
    for (int i = 0; i < count; ++i) {
        const auto reader = sqlite::StateReader::open(flat);
        ASSERT_TRUE(reader) << reader.error().message;
        const StoredBlock block = (*reader)->block();
        ASSERT_EQ(block, chain.blocks[block.number - 1]);
        const fs::path folder = base / ("live-" + std::to_string(i));
        const auto info = snapshot::create_snapshot(**reader, block, folder, {8, 2, 4096});
        ASSERT_TRUE(info) << info.error().message;
        ASSERT_EQ(info->block, block);
        check(folder);
    }
}

TEST_F(Snapshot, OfAStoreThatGoesOn) {
    const TrueChain chain(150);
    const fs::path flat = temporary_.path() / "flat";
    std::atomic<bool> stop{false};
    std::atomic<uint64_t> committed{0};
    std::thread owner([&] {
        const auto state = open_flat(flat);
        for (uint64_t n = 1; n <= chain.blocks.size() && !stop; ++n) {
            EXPECT_TRUE(state->commit(chain.blocks[n - 1], chain.changes[n - 1]));
            EXPECT_TRUE(state->checkpoint());
            committed = n;
        }
    });
    while (committed == 0)
        std::this_thread::yield();
    snapshots_of_live_store(flat, temporary_.path(), chain, 8, [&](const fs::path& folder) {
        const auto report = snapshot::verify_snapshot(folder, {.deep = true});
        ASSERT_TRUE(report);
        EXPECT_TRUE(report->sound()) << "the root of a live snapshot";
    });
    stop = true;
    owner.join();
}

TEST_F(Snapshot, OfAStoreOfAnotherProcess) {
    const TrueChain chain(60);
    const fs::path flat = temporary_.path() / "flat";
    {
        const auto state = open_flat(flat);
        ASSERT_TRUE(state->commit(chain.blocks[0], chain.changes[0]));
        ASSERT_TRUE(state->checkpoint());
    }
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
        const auto state = open_flat(flat);
        for (uint64_t n = 2; n <= chain.blocks.size(); ++n)
            if (!state->commit(chain.blocks[n - 1], chain.changes[n - 1]) || !state->checkpoint())
                ::_exit(1);
        for (;;)
            ::pause();
    }
    snapshots_of_live_store(flat, temporary_.path(), chain, 3, [&](const fs::path& folder) {
        fs::remove_all(store_);
        const auto restored = snapshot::restore_snapshot(folder, store_);
        ASSERT_TRUE(restored) << restored.error().message;
        expect_store(store_, chain.states[restored->block.number - 1], restored->block);
    });
    EXPECT_EQ(::kill(child, SIGKILL), 0);
    int status = 0;
    EXPECT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_TRUE(WIFSIGNALED(status));
    // A restored store is one that goes on.
    const auto state = open_flat(store_ / "flat");
    const uint64_t next = state->last_block()->number + 1;
    if (next <= chain.blocks.size()) {
        EXPECT_TRUE(state->commit(chain.blocks[next - 1], chain.changes[next - 1]));
        EXPECT_TRUE(state->checkpoint());
    }
}

}  // namespace
}  // namespace switchyard
