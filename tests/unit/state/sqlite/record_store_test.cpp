// SPDX-License-Identifier: Apache-2.0
#include "host/state/sqlite/sqlite_record_store.hpp"

#include <gtest/gtest.h>
#include <sqlite3.h>
#include <sys/resource.h>
#include <unistd.h>

#include <csignal>
#include <fstream>

#include "host/state/commitment/state_commitment.hpp"
#include "host/state/trie/state_trie.hpp"
#include "tests/support/test_data.hpp"
#include "tests/unit/state/random_block.hpp"

namespace switchyard::sqlite {
namespace {

using commitment::CommitmentOptions;
using commitment::StateCommitment;

/// A folder that is gone when the test is.
class Folder {
  public:
    Folder() {
        std::string name = (std::filesystem::temp_directory_path() / "trie-store-XXXXXX").string();
        EXPECT_NE(::mkdtemp(name.data()), nullptr);
        path_ = name;
    }
    ~Folder() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
    [[nodiscard]] std::filesystem::path file() const { return path_ / "trie.db"; }

  private:
    std::filesystem::path path_;
};

std::unique_ptr<commitment::RecordStore> opened(const Folder& folder) {
    auto store = open_record_store(folder.file(), {size_t{1} << 20, true});
    EXPECT_TRUE(store) << store.error().message;
    return std::move(*store);
}

void run_sql(const Folder& folder, const char* sql) {
    sqlite3* database = nullptr;
    ASSERT_EQ(sqlite3_open(folder.file().c_str(), &database), SQLITE_OK);
    EXPECT_EQ(sqlite3_exec(database, sql, nullptr, nullptr, nullptr), SQLITE_OK)
        << sqlite3_errmsg(database);
    sqlite3_close(database);
}

/// Blocks, checkpoints and restarts: each opening gives the last checkpoint's root and reads
/// nothing more until something is asked.
TEST(SqliteRecordStore, ARestartGivesTheLastCheckpoint) {
    const Folder folder;
    auto random = test::test_generator(600);
    MemoryState state;
    trie::StateTrie reference;
    Bytes32 root = trie::kEmptyRoot;
    const CommitmentOptions options{50'000, 4};
    for (int run = 0; run < 12; ++run) {
        const auto store = opened(folder);
        auto commitment = StateCommitment::open(*store, options);
        ASSERT_TRUE(commitment) << commitment.error().message;
        ASSERT_EQ(commitment->root(), root);
        ASSERT_EQ(commitment->cached_records(), 0U);
        for (int block = 0; block < 8; ++block) {
            const StateChanges changes = test::random_block(state, random, 300);
            state.apply(changes);
            if (commitment->dirty_bytes() > options.cache_bytes) {
                ASSERT_TRUE(commitment->checkpoint());
            }
            const auto applied = commitment->apply(changes);
            ASSERT_TRUE(applied) << applied.error().message;
            const auto expected = reference.apply(changes);
            ASSERT_TRUE(expected);
            ASSERT_EQ(*applied, *expected);
        }
        ASSERT_TRUE(commitment->checkpoint());
        root = commitment->root();
        // What comes after the last checkpoint is lost with the process, and only that.
        MemoryState later = state;
        ASSERT_TRUE(commitment->apply(test::random_block(later, random)));
    }
    EXPECT_EQ(root, trie::state_root(state.all()));
    const auto store = opened(folder);
    auto commitment = StateCommitment::open(*store, options);
    ASSERT_TRUE(commitment);
    for (uint64_t n = 0; n < 300; ++n) {
        const auto account = commitment->account(test::address_of(n));
        ASSERT_TRUE(account);
        EXPECT_EQ(*account, state.account(test::address_of(n)));
    }
}

TEST(SqliteRecordStore, ADamagedRecordIsCorruptWhenItIsRead) {
    const Folder folder;
    auto random = test::test_generator(601);
    MemoryState state;
    {
        const auto store = opened(folder);
        auto commitment = StateCommitment::open(*store, {SIZE_MAX, 4});
        ASSERT_TRUE(commitment);
        for (int block = 0; block < 10; ++block) {
            const StateChanges changes = test::random_block(state, random, 300);
            state.apply(changes);
            ASSERT_TRUE(commitment->apply(changes));
        }
        ASSERT_TRUE(commitment->checkpoint());
    }
    // The last byte of every page of the account trie but the root's.
    run_sql(folder,
            "UPDATE trie SET record = CAST(substr(record, 1, length(record) - 1) || "
            "CASE substr(record, -1) WHEN x'41' THEN x'42' ELSE x'41' END AS BLOB) "
            "WHERE length(owner) = 0 AND length(path) > 0");
    const auto store = opened(folder);
    auto commitment = StateCommitment::open(*store, {SIZE_MAX, 4});
    ASSERT_TRUE(commitment);
    for (uint64_t n = 0; n < 20; ++n) {
        const auto account = commitment->account(test::address_of(n));
        ASSERT_FALSE(account);
        EXPECT_EQ(account.error().code, ErrorCode::Corrupt);
    }
}

TEST(SqliteRecordStore, RefusesOtherFiles) {
    const Folder folder;
    std::ofstream(folder.file()) << std::string(5000, 'x');
    const auto garbage = open_record_store(folder.file());
    ASSERT_FALSE(garbage);
    EXPECT_EQ(garbage.error().code, ErrorCode::Corrupt);
    std::filesystem::remove(folder.file());
    run_sql(folder, "CREATE TABLE other(x)");
    const auto other = open_record_store(folder.file());
    ASSERT_FALSE(other);
    EXPECT_EQ(other.error().code, ErrorCode::InvalidInput);
    const auto absent = open_record_store(folder.file().parent_path() / "no" / "trie.db");
    ASSERT_FALSE(absent);
    EXPECT_EQ(absent.error().code, ErrorCode::Io);
}

TEST(SqliteRecordStore, ErasesAndReplacesRows) {
    const Folder folder;
    const auto store = opened(folder);
    const commitment::RecordKey key{Bytes32{}, {}, 0};
    const commitment::RecordKey other{Bytes32{{3}}, Bytes32{{0xa0}}, 1};
    const Bytes record(10, 1);
    const std::array<commitment::RecordChanges::Put, 2> put = {{{key, record}, {other, record}}};
    const std::array<commitment::RecordKey, 2> keys = {key, other};
    const auto rows = [&] {
        size_t count = 0;
        EXPECT_TRUE(store->read(keys, [&](size_t, BytesView found) {
            EXPECT_TRUE(equal(found, record));
            ++count;
        }));
        return count;
    };
    const auto no_root = store->root();
    ASSERT_TRUE(no_root);
    EXPECT_FALSE(no_root->has_value());
    ASSERT_TRUE(store->write({{}, {}, put, {Bytes32{{7}}, 70}}));
    EXPECT_EQ(rows(), 2U);
    const auto root = store->root();
    ASSERT_TRUE(root);
    EXPECT_EQ(*root, (commitment::StoredRoot{Bytes32{{7}}, 70}));
    ASSERT_TRUE(store->write({{}, {&key, 1}, {}, {Bytes32{{8}}, 80}}));
    EXPECT_EQ(rows(), 1U);
    ASSERT_TRUE(store->write({{&other.owner, 1}, {}, {put.data(), 1}, {Bytes32{{9}}, 90}}));
    EXPECT_EQ(rows(), 1U);
}

TEST(SqliteRecordStore, OneProcessAtATime) {
    const Folder folder;
    const auto store = opened(folder);
    const auto second = open_record_store(folder.file());
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, ErrorCode::Unavailable);
}

/// The file may not grow: the checkpoint fails, nothing is lost, and it succeeds later.
TEST(SqliteRecordStore, AFailedCheckpointChangesNothing) {
    const Folder folder;
    const auto store = opened(folder);
    auto commitment = StateCommitment::open(*store, {});
    ASSERT_TRUE(commitment);
    StateChanges changes;
    AccountChange change;
    for (uint64_t n = 0; n < 5000; ++n) {
        change.address = test::address_of(n);
        change.account = test::account_of(n, n + 1);
        changes.accounts.push_back(change);
    }
    ASSERT_TRUE(commitment->apply(changes));
    std::signal(SIGXFSZ, SIG_IGN);
    rlimit before{};
    ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
    const rlimit small{64 * 1024, before.rlim_max};
    ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
    const Result<void> failed = commitment->checkpoint();
    ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &before), 0);
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error().code, ErrorCode::Io);
    const auto none = store->root();
    ASSERT_TRUE(none);
    EXPECT_FALSE(none->has_value());
    ASSERT_TRUE(commitment->checkpoint(17));
    const auto root = store->root();
    ASSERT_TRUE(root);
    EXPECT_EQ(*root, (commitment::StoredRoot{commitment->root(), 17}));
}

}  // namespace
}  // namespace switchyard::sqlite
