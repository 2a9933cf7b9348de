// SPDX-License-Identifier: Apache-2.0
// The files: torn checkpoints, crashes, damage, other people's databases.
#include <signal.h>
#include <sqlite3.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <fstream>

#include "host/state/sqlite/sharding.hpp"
#include "tests/unit/state/flat/flat_fixture.hpp"

namespace switchyard {
namespace {

namespace fs = std::filesystem;
using sqlite::ShardedStore;
using test::commit_to;
using test::expect_equal;
using test::RandomChain;

class ShardedStoreTest : public test::FlatTest {
  protected:
    fs::path shard(uint32_t number) const {
        return path_ / ("state-0" + std::to_string(number) + ".db");
    }
    ErrorCode open_error(uint32_t shards = 4) {
        sqlite::ShardedStoreOptions options;
        options.shards = shards;
        const auto store = ShardedStore::open(path_, options);
        EXPECT_FALSE(store);
        if (store) return ErrorCode::Internal;
        message_ = store.error().message;
        EXPECT_NE(message_, "");
        return store.error().code;
    }
    void copy(const fs::path& from, const fs::path& to) {
        fs::remove_all(to);
        fs::copy(from, to, fs::copy_options::recursive);
    }
    /// Runs SQL through SQLite itself.
    static void sql(const fs::path& path, const std::string& text) {
        sqlite3* database = nullptr;
        ASSERT_EQ(sqlite3_open(path.c_str(), &database), SQLITE_OK);
        char* error = nullptr;
        EXPECT_EQ(sqlite3_exec(database, text.c_str(), nullptr, nullptr, &error), SQLITE_OK)
            << (error != nullptr ? error : "");
        sqlite3_free(error);
        sqlite3_close(database);
    }
    /// Commits blocks up to `number` and brings them into the store as one checkpoint, which takes
    /// the place of the commits' own ones.
    void checkpoint_to(RandomChain& chain, uint64_t number, uint32_t shards) {
        flat::FlatConfig config;
        config.overlay_bytes = 64 << 20;
        config.cache_bytes = 1 << 20;
        const auto state = open(shards, config);
        commit_to(*state, chain, number);
        const auto done = state->checkpoint();
        ASSERT_TRUE(done) << done.error().message;
    }
    std::string message_;
};

/// Every state of the files that a crash between the transactions of a checkpoint can leave: the
/// main file first, then any of the shards.
TEST_F(ShardedStoreTest, TornCheckpointGoesBackAndForth) {
    constexpr uint32_t kShards = 4;
    RandomChain chain(80);
    const fs::path before = folder_.path() / "before";
    const fs::path after = folder_.path() / "after";
    for (const uint64_t first : {0U, 12U}) {
        fs::remove_all(path_);
        if (first != 0)
            checkpoint_to(chain, first, kShards);
        else
            open(kShards).reset();
        copy(path_, before);
        const uint64_t last = first + 9;
        checkpoint_to(chain, last, kShards);
        copy(path_, after);
        for (uint32_t written = 0; written < 1U << kShards; written += first == 0 ? 5 : 1) {
            copy(after, path_);
            for (uint32_t i = 0; i < kShards; ++i)
                if ((written >> i & 1) == 0)
                    fs::copy_file(before / shard(i).filename(), shard(i),
                                  fs::copy_options::overwrite_existing);
            const std::string where = "shards written: " + std::to_string(written);
            const uint64_t expected = written == (1U << kShards) - 1 ? last : first;
            auto state = open(kShards);
            ASSERT_FALSE(state->replay_needed_to());
            ASSERT_EQ(state->last_block().has_value(), expected != 0) << where;
            if (expected != 0) {
                ASSERT_EQ(state->last_block(), RandomChain::block(expected)) << where;
            }
            expect_equal(*state, chain.state(expected), where);
            commit_to(*state, chain, last + 2);
            expect_equal(*state, chain.state(last + 2), where);
            const auto done = state->rewind(first + 1);
            ASSERT_TRUE(done) << done.error().message;
            expect_equal(*state, chain.state(first + 1), where + ", rewound");
        }
    }
}

/// The same without the undo records: then the blocks have to come once more.
TEST_F(ShardedStoreTest, TornCheckpointWithoutUndoIsReplayed) {
    constexpr uint32_t kShards = 2;
    RandomChain chain(81);
    const fs::path before = folder_.path() / "before";
    const fs::path after = folder_.path() / "after";
    checkpoint_to(chain, 12, kShards);
    copy(path_, before);
    checkpoint_to(chain, 21, kShards);
    sql(path_ / "main.db", "DELETE FROM undo WHERE block = 15; PRAGMA wal_checkpoint(TRUNCATE)");
    copy(path_, after);
    for (const uint32_t old_shard : {0U, 1U}) {
        for (const size_t budget : {size_t{1} << 20, size_t{0}}) {
            copy(after, path_);
            fs::copy_file(before / shard(old_shard).filename(), shard(old_shard),
                          fs::copy_options::overwrite_existing);
            flat::FlatConfig config = test::tiny_config();
            config.overlay_bytes = budget;
            auto state = open(kShards, config);
            ASSERT_EQ(state->last_block(), RandomChain::block(12));
            ASSERT_EQ(state->replay_needed_to(), 21U);
            commit_to(*state, chain, 17);
            ASSERT_TRUE(state->replay_needed_to());
            if (budget == 0) {  // cut off once more, in the middle
                ASSERT_TRUE(state->checkpoint());
                state.reset();
                state = open(kShards, config);
                ASSERT_EQ(state->last_block(), RandomChain::block(17));
            }
            commit_to(*state, chain, 21);
            ASSERT_FALSE(state->replay_needed_to());
            expect_equal(*state, chain.state(21), "replayed");
            commit_to(*state, chain, 25);
            ASSERT_TRUE(state->checkpoint());
            // Replayed blocks have no way back, unless the second crash had undo records.
            const uint64_t floor = budget == 0 ? 17 : 21;
            EXPECT_EQ(state->rewind(floor - 1).error().code, ErrorCode::NotFound);
            ASSERT_TRUE(state->rewind(floor));
            expect_equal(*state, chain.state(floor), "rewound after a replay");
        }
    }
}

/// A crash while a rewind is at some of the shards.
TEST_F(ShardedStoreTest, TornRewindIsFinished) {
    constexpr uint32_t kShards = 4;
    RandomChain chain(82);
    const fs::path before = folder_.path() / "before";
    const fs::path after = folder_.path() / "after";
    checkpoint_to(chain, 20, kShards);
    copy(path_, before);
    {
        auto state = open(kShards);
        ASSERT_TRUE(state->rewind(13));
    }
    copy(path_, after);
    for (uint32_t rewound = 1; rewound < 1U << kShards; ++rewound) {
        copy(before, path_);
        for (uint32_t i = 0; i < kShards; ++i)
            if ((rewound >> i & 1) != 0)
                fs::copy_file(after / shard(i).filename(), shard(i),
                              fs::copy_options::overwrite_existing);
        auto state = open(kShards);
        ASSERT_EQ(state->last_block(), RandomChain::block(13));
        expect_equal(*state, chain.state(13), "shards rewound: " + std::to_string(rewound));
        commit_to(*state, chain, 16);
        expect_equal(*state, chain.state(16), "went on");
    }
}

TEST_F(ShardedStoreTest, LongRewindGoesInSteps) {
    RandomChain chain(83);
    checkpoint_to(chain, 100, 2);
    sqlite::ShardedStoreOptions options;
    options.rewind_bytes = 20'000;
    auto store = ShardedStore::open(path_, options);
    ASSERT_TRUE(store) << store.error().message;
    EXPECT_EQ((*store)->shards(), 2U);
    flat::FlatState state(std::move(*store), test::tiny_config());
    const auto done = state.rewind(1);
    ASSERT_TRUE(done) << done.error().message;
    expect_equal(state, chain.state(1), "rewound");
}

/// Commits the chain's blocks for ever, with a checkpoint now and then, from wherever the store is.
[[noreturn]] void commit_forever(const fs::path& path, uint64_t seed, int stored) {
    sqlite::ShardedStoreOptions options;
    options.shards = 4;
    auto store = ShardedStore::open(path, options);
    if (!store) _exit(1);
    flat::FlatConfig config = test::tiny_config();
    config.overlay_bytes = 48 << 10;
    flat::FlatState state(std::move(*store), config);
    RandomChain chain(seed);
    uint64_t last = 0;
    for (;;) {
        const uint64_t number = state.last_block() ? state.last_block()->number + 1 : 1;
        if (!state.commit(RandomChain::block(number), chain.changes(number))) _exit(2);
        const auto at = state.stored_block();
        if (!at || at->number == last) continue;
        last = at->number;
        if (::write(stored, &last, sizeof last) != sizeof last) _exit(3);
    }
}

/// Killed with SIGKILL at random moments, the store is always whole at some block, and never before
/// one that it had reported.
TEST_F(ShardedStoreTest, KilledProcessLeavesAWholeState) {
    auto random = test::test_generator(84);
    RandomChain chain(85);
    uint64_t reported = 0;
    for (int kill = 0; kill < 25; ++kill) {
        int ends[2];
        ASSERT_EQ(::pipe(ends), 0);
        const pid_t child = ::fork();
        ASSERT_GE(child, 0);
        if (child == 0) {
            ::close(ends[0]);
            commit_forever(path_, 85, ends[1]);
        }
        ::close(ends[1]);
        uint64_t number = 0;
        for (uint64_t wanted = random() % 3; wanted > 0; --wanted)
            if (::read(ends[0], &number, sizeof number) == sizeof number) reported = number;
        const timespec time{0, static_cast<long>(random() % 20'000'000)};
        ::nanosleep(&time, nullptr);
        ASSERT_EQ(::kill(child, SIGKILL), 0);
        while (::read(ends[0], &number, sizeof number) == sizeof number)
            reported = number;
        ::close(ends[0]);
        int status = 0;
        ASSERT_EQ(::waitpid(child, &status, 0), child);
        ASSERT_TRUE(WIFSIGNALED(status)) << "the child ended with " << WEXITSTATUS(status);

        const auto state = open(4);
        ASSERT_FALSE(state->replay_needed_to());
        const uint64_t stored = state->last_block() ? state->last_block()->number : 0;
        ASSERT_GE(stored, reported);
        reported = stored;
        expect_equal(*state, chain.state(stored), "after kill " + std::to_string(kill));
    }
    EXPECT_GT(reported, 25U);
    ASSERT_TRUE(open_store()->check());
}

TEST_F(ShardedStoreTest, RowsLieWhereTheRuleSays) {
    RandomChain chain(86);
    checkpoint_to(chain, 60, 4);
    uint64_t rows = 0;
    for (uint32_t number = 0; number < 4; ++number) {
        sqlite3* database = nullptr;
        ASSERT_EQ(sqlite3_open(shard(number).c_str(), &database), SQLITE_OK);
        const auto count = [&](const std::string& query) {
            sqlite3_stmt* statement = nullptr;
            EXPECT_EQ(sqlite3_prepare_v2(database, query.c_str(), -1, &statement, nullptr),
                      SQLITE_OK);
            EXPECT_EQ(sqlite3_step(statement), SQLITE_ROW);
            const auto out = static_cast<uint64_t>(sqlite3_column_int64(statement, 0));
            sqlite3_finalize(statement);
            return out;
        };
        // The last hex digit of address, and of address XOR slot, names the shard (4 shards).
        const std::string digit = "(instr('0123456789ABCDEF', substr(hex(address), 40)) - 1)";
        const std::string slot_digit = "(instr('0123456789ABCDEF', substr(hex(slot), 64)) - 1)";
        const std::string here = std::to_string(number);
        EXPECT_EQ(count("SELECT count(*) FROM accounts WHERE " + digit + " % 4 <> " + here), 0U);
        EXPECT_EQ(count("SELECT count(*) FROM storage WHERE (" + digit + " | " + slot_digit +
                        ") % 4 - (" + digit + " & " + slot_digit + ") % 4 <> " + here),
                  0U);
        rows += count("SELECT count(*) FROM accounts") + count("SELECT count(*) FROM storage");
        sqlite3_close(database);
    }
    const StateChanges all = chain.state(60).all();
    EXPECT_EQ(rows, all.accounts.size() + all.storage.size());
}

TEST_F(ShardedStoreTest, OneProcessAtATime) {
    const auto store = open_store();
    EXPECT_EQ(open_error(), ErrorCode::Unavailable);
}

TEST_F(ShardedStoreTest, NumberOfShardsIsFixedAtCreation) {
    open_store(8).reset();
    EXPECT_EQ(open_store(2)->shards(), 8U);
    for (const uint32_t bad : {0U, 3U, 128U})
        EXPECT_EQ(open_error(bad), ErrorCode::InvalidInput);
}

TEST_F(ShardedStoreTest, CreationThatWasCutOffIsFinished) {
    open_store().reset();
    fs::remove(shard(2));
    std::ofstream(shard(3), std::ios::trunc).flush();
    const auto state = open();
    EXPECT_FALSE(state->last_block());
}

TEST_F(ShardedStoreTest, MissingAndMixedFilesAreCorrupt) {
    RandomChain chain(87);
    checkpoint_to(chain, 20, 4);
    const fs::path sound = folder_.path() / "sound";
    copy(path_, sound);
    const auto expect_corrupt = [&](const std::string& file) {
        EXPECT_EQ(open_error(), ErrorCode::Corrupt);
        EXPECT_NE(message_.find(file), std::string::npos) << message_;
        EXPECT_NE(message_.find("restore"), std::string::npos) << message_;
        copy(sound, path_);
    };
    fs::remove(shard(1));
    expect_corrupt("state-01.db");
    std::ofstream(shard(1), std::ios::trunc).flush();
    expect_corrupt("state-01.db");
    fs::copy_file(shard(0), shard(1), fs::copy_options::overwrite_existing);
    expect_corrupt("state-01.db");
    std::ofstream(shard(2), std::ios::trunc) << std::string(5000, 'x');
    expect_corrupt("state-02.db");
    fs::resize_file(shard(3), 100);
    expect_corrupt("state-03.db");
    // A main file that knows nothing of the shards' blocks.
    sql(path_ / "main.db", "DELETE FROM blocks WHERE number > 5");
    expect_corrupt("main.db");
    // Another store's main file.
    fs::remove_all(path_);
    open_store().reset();
    fs::copy_file(path_ / "main.db", folder_.path() / "other.db");
    copy(sound, path_);
    fs::copy_file(folder_.path() / "other.db", path_ / "main.db",
                  fs::copy_options::overwrite_existing);
    expect_corrupt("state-00.db");
}

TEST_F(ShardedStoreTest, OtherDatabasesAreRefused) {
    open_store().reset();
    fs::remove(path_ / "main.db");
    sql(path_ / "main.db", "CREATE TABLE songs(title TEXT)");
    EXPECT_EQ(open_error(), ErrorCode::InvalidInput);
    fs::remove(path_ / "main.db");
    sql(path_ / "main.db",
        "PRAGMA application_id = 1398233412; PRAGMA user_version = 1;"
        "CREATE TABLE blocks(number INTEGER)");
    EXPECT_EQ(open_error(), ErrorCode::Unsupported);
    path_ = folder_.path() / "absent" / "state";
    EXPECT_EQ(open_error(), ErrorCode::Io);
}

/// A damaged page of a shard: opening may not notice, but a read or the check does, and no read
/// gives a wrong answer silently unless the damage is inside a sound row.
TEST_F(ShardedStoreTest, DamagedPagesAreFound) {
    RandomChain chain(88);
    checkpoint_to(chain, 40, 1);
    const fs::path sound = folder_.path() / "sound";
    copy(path_, sound);
    const auto size = fs::file_size(shard(0));
    ASSERT_GT(size, 5 * 4096U);
    uint64_t found = 0;
    for (uint64_t offset = 0; offset < size; offset += 4096) {
        copy(sound, path_);
        {
            std::fstream file(shard(0), std::ios::in | std::ios::out | std::ios::binary);
            file.seekp(static_cast<std::streamoff>(offset));
            file << std::string(2048, '\xaa');
        }
        sqlite::ShardedStoreOptions options;
        auto store = ShardedStore::open(path_, options);
        if (!store) {
            EXPECT_EQ(store.error().code, ErrorCode::Corrupt) << store.error().message;
            ++found;
            continue;
        }
        if (const auto checked = (*store)->check(); !checked) {
            EXPECT_EQ(checked.error().code, ErrorCode::Corrupt);
            EXPECT_NE(checked.error().message.find("state-00.db"), std::string::npos);
            ++found;
        }
        flat::FlatState state(std::move(*store), test::tiny_config());
        for (uint64_t n = 0; n < test::kFlatAccounts; ++n) {
            const auto account = state.account(test::address_of(n));
            if (state.failure()) {
                EXPECT_EQ(state.failure()->code, ErrorCode::Corrupt) << state.failure()->message;
                break;
            }
            EXPECT_EQ(account, chain.state(40).account(test::address_of(n)));
        }
    }
    EXPECT_GE(found, size / 4096 - 1);
}

}  // namespace
}  // namespace switchyard
