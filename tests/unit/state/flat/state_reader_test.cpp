// SPDX-License-Identifier: Apache-2.0
// All rows of a sharded store, at rest, damaged, and while its owner writes.
#include "host/state/sqlite/state_reader.hpp"

#include <signal.h>
#include <sqlite3.h>
#include <sys/wait.h>
#include <unistd.h>

#include <set>
#include <thread>

#include "host/state/sqlite/sharding.hpp"
#include "tests/unit/state/flat/flat_fixture.hpp"
#include "tests/unit/state/memory_rows.hpp"

namespace switchyard {
namespace {

namespace fs = std::filesystem;
using sqlite::StateReader;
using test::commit_to;
using test::expect_rows;
using test::RandomChain;

class StateReaderTest : public test::FlatTest {
  protected:
    std::unique_ptr<StateReader> open_reader() {
        auto reader = StateReader::open(path_);
        EXPECT_TRUE(reader) << reader.error().message;
        return reader ? std::move(*reader) : nullptr;
    }
    ErrorCode open_error(uint32_t wait_ms = 20) {
        const auto reader = StateReader::open(path_, {.wait_ms = wait_ms});
        EXPECT_FALSE(reader);
        if (reader) return ErrorCode::Internal;
        message_ = reader.error().message;
        return reader.error().code;
    }
    /// Reads everything; the error on the way.
    ErrorCode read_error() {
        auto reader = StateReader::open(path_);
        if (!reader) return reader.error().code;
        AccountRow account;
        StorageChange slot;
        CodeRow code;
        Result<bool> more = (*reader)->next_account(account);
        while (more && *more) {
            do
                more = (*reader)->next_slot(slot);
            while (more && *more);
            if (more) more = (*reader)->next_account(account);
        }
        while (more && (more = (*reader)->next_code(code)) && *more) {
        }
        EXPECT_FALSE(more);
        if (more) return ErrorCode::Internal;
        message_ = more.error().message;
        return more.error().code;
    }
    static void sql(const fs::path& path, const std::string& text) {
        sqlite3* database = nullptr;
        ASSERT_EQ(sqlite3_open(path.c_str(), &database), SQLITE_OK);
        char* error = nullptr;
        EXPECT_EQ(sqlite3_exec(database, text.c_str(), nullptr, nullptr, &error), SQLITE_OK)
            << (error != nullptr ? error : "");
        sqlite3_free(error);
        sqlite3_close(database);
    }
    void checkpoint_to(RandomChain& chain, uint64_t number, uint32_t shards = 4) {
        const auto state = open(shards);
        commit_to(*state, chain, number);
        const auto done = state->checkpoint();
        ASSERT_TRUE(done) << done.error().message;
    }
    /// The first shard that holds a row of `table`.
    fs::path shard_with(const std::string& table) {
        for (uint32_t i = 0; i < 4; ++i) {
            const fs::path path = sqlite::shard_path(path_, i);
            sqlite3* database = nullptr;
            sqlite3_stmt* query = nullptr;
            EXPECT_EQ(sqlite3_open(path.c_str(), &database), SQLITE_OK);
            sqlite3_prepare_v2(database, ("SELECT 1 FROM " + table).c_str(), -1, &query, nullptr);
            const bool found = sqlite3_step(query) == SQLITE_ROW;
            sqlite3_finalize(query);
            sqlite3_close(database);
            if (found) return path;
        }
        ADD_FAILURE() << "no shard has " << table;
        return {};
    }
    std::string message_;
};

TEST_F(StateReaderTest, GivesEveryRowInOrder) {
    for (const uint32_t shards : {1U, 4U, 16U}) {
        fs::remove_all(path_);
        RandomChain chain(100 + shards);
        for (const uint64_t number : {1U, 15U, 40U}) {
            const auto state = open(shards);
            commit_to(*state, chain, number);
            ASSERT_TRUE(state->checkpoint());
            // The owner is still there, with its lock.
            const auto reader = open_reader();
            ASSERT_NE(reader, nullptr);
            EXPECT_EQ(reader->block(), RandomChain::block(number));
            EXPECT_EQ(reader->shards(), shards);
            expect_rows(*reader, chain.state(number), "block " + std::to_string(number));
        }
    }
}

TEST_F(StateReaderTest, SlotsMayBeSkipped) {
    RandomChain chain(104);
    checkpoint_to(chain, 20);
    const auto reader = open_reader();
    ASSERT_NE(reader, nullptr);
    test::MemoryRows expected(chain.state(20));
    AccountRow row, expected_row;
    StorageChange slot;
    for (uint64_t n = 0; *expected.next_account(expected_row); ++n) {
        ASSERT_TRUE(*reader->next_account(row));
        EXPECT_EQ(row.address, expected_row.address);
        if (n % 2 == 0) (void)reader->next_slot(slot);
    }
    EXPECT_FALSE(*reader->next_account(row));
    EXPECT_FALSE(*reader->next_slot(slot));
}

TEST_F(StateReaderTest, WhereThereIsNoBlockThereIsNothing) {
    EXPECT_EQ(open_error(), ErrorCode::NotFound);
    open_store().reset();
    EXPECT_EQ(open_error(), ErrorCode::NotFound);
    EXPECT_NE(message_.find("no block"), std::string::npos) << message_;
}

TEST_F(StateReaderTest, ShardsApartAreNotRead) {
    RandomChain chain(101);
    checkpoint_to(chain, 10);
    const fs::path before = folder_.path() / "before";
    fs::copy(path_, before, fs::copy_options::recursive);
    checkpoint_to(chain, 20);
    fs::copy_file(before / "state-02.db", path_ / "state-02.db",
                  fs::copy_options::overwrite_existing);
    EXPECT_EQ(open_error(), ErrorCode::Unavailable);
    EXPECT_NE(message_.find("from block 10 to block 20"), std::string::npos) << message_;
    open_store().reset();
    const auto reader = open_reader();
    ASSERT_NE(reader, nullptr);
    EXPECT_EQ(reader->block().number, 10U);
    expect_rows(*reader, chain.state(10), "brought back");
}

TEST_F(StateReaderTest, WaitsForTheLastShard) {
    RandomChain chain(102);
    checkpoint_to(chain, 10);
    const fs::path before = folder_.path() / "before";
    fs::copy(path_, before, fs::copy_options::recursive);
    checkpoint_to(chain, 20);
    fs::copy_file(before / "state-01.db", path_ / "state-01.db",
                  fs::copy_options::overwrite_existing);
    std::thread late([&] { open_store().reset(); });
    const auto reader = StateReader::open(path_);
    late.join();
    ASSERT_TRUE(reader) << reader.error().message;
    expect_rows(**reader, chain.state(10), "after the wait");
}

TEST_F(StateReaderTest, DamageIsNamed) {
    RandomChain chain(103);
    checkpoint_to(chain, 20);
    const fs::path good = folder_.path() / "good";
    fs::copy(path_, good, fs::copy_options::recursive);
    const auto again = [&] {
        fs::remove_all(path_);
        fs::copy(good, path_, fs::copy_options::recursive);
    };

    fs::remove(path_ / "state-03.db");
    EXPECT_EQ(open_error(), ErrorCode::Corrupt);
    EXPECT_NE(message_.find("state-03.db"), std::string::npos) << message_;

    again();
    fs::copy_file(good / "state-00.db", path_ / "state-01.db",
                  fs::copy_options::overwrite_existing);
    EXPECT_EQ(open_error(), ErrorCode::Corrupt);

    again();
    sql(path_ / "main.db", "DELETE FROM blocks WHERE number = 20");
    EXPECT_EQ(open_error(), ErrorCode::Corrupt);

    again();
    sql(path_ / "main.db", "DELETE FROM code");
    EXPECT_EQ(read_error(), ErrorCode::Corrupt);

    again();
    sql(path_ / "main.db", "UPDATE code SET code = x'5b5c'");
    EXPECT_EQ(read_error(), ErrorCode::Corrupt);

    again();
    for (uint32_t i = 0; i < 4; ++i)
        sql(sqlite::shard_path(path_, i), "DELETE FROM accounts");
    EXPECT_EQ(read_error(), ErrorCode::Corrupt);
    EXPECT_NE(message_.find("no such account"), std::string::npos) << message_;

    again();
    sql(shard_with("storage"),
        "PRAGMA ignore_check_constraints = ON; UPDATE storage SET value = x'00'");
    EXPECT_EQ(read_error(), ErrorCode::Corrupt);

    again();
    sql(shard_with("accounts"),
        "PRAGMA ignore_check_constraints = ON; UPDATE accounts SET code_hash = x'01'");
    EXPECT_EQ(read_error(), ErrorCode::Corrupt);

    again();
    sql(path_ / "main.db", "PRAGMA user_version = 77");
    EXPECT_EQ(open_error(), ErrorCode::Unsupported);
    sql(path_ / "main.db", "PRAGMA application_id = 77");
    EXPECT_EQ(open_error(), ErrorCode::InvalidInput);
}

/// Blocks are committed, checkpointed and taken back while other connections read: each finds the
/// state of one block.
TEST_F(StateReaderTest, ReadsOneBlockWhileTheOwnerWrites) {
    constexpr uint64_t kBlocks = 120;
    RandomChain chain(105);
    (void)chain.state(kBlocks);
    checkpoint_to(chain, 5);
    std::atomic<bool> stop{false};
    std::thread owner([&] {
        const auto state = open();
        for (uint64_t n = 6; n <= kBlocks && !stop; ++n) {
            commit_to(*state, chain, n);
            if (n % 3 == 0) {
                EXPECT_TRUE(state->checkpoint());
            }
            if (n % 20 == 0) {
                EXPECT_TRUE(state->checkpoint());
                EXPECT_TRUE(state->rewind(n - 4));
            }
        }
        stop = true;
    });
    std::set<uint64_t> seen;
    uint64_t number = 0;
    for (bool last = false; !last && !HasFatalFailure();) {
        last = stop;
        const auto reader = open_reader();
        if (!reader) break;
        number = reader->block().number;
        expect_rows(*reader, chain.state(number), "block " + std::to_string(number));
        seen.insert(number);
    }
    stop = true;
    owner.join();
    EXPECT_GT(seen.size(), 1U);
    EXPECT_EQ(number, kBlocks - 4) << "the last one was opened after the last rewind";
}

/// The same with a process as owner, which is killed at last.
TEST_F(StateReaderTest, ReadsOneBlockWhileAnotherProcessWrites) {
    constexpr uint64_t kBlocks = 400;
    RandomChain chain(106);
    (void)chain.state(kBlocks);
    checkpoint_to(chain, 2);
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
        auto state = open();
        for (uint64_t n = 3; n <= kBlocks; ++n) {
            commit_to(*state, chain, n);
            if (n % 2 == 0 && !state->checkpoint()) ::_exit(1);
        }
        for (;;)
            ::pause();
    }
    std::set<uint64_t> seen;
    for (int i = 0; i < 400 && seen.size() < 5 && !HasFatalFailure(); ++i) {
        const auto reader = open_reader();
        if (!reader) break;
        expect_rows(*reader, chain.state(reader->block().number), "child");
        seen.insert(reader->block().number);
    }
    EXPECT_EQ(::kill(child, SIGKILL), 0);
    int status = 0;
    EXPECT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_TRUE(WIFSIGNALED(status));
    EXPECT_GE(seen.size(), 2U);
}

}  // namespace
}  // namespace switchyard
