// SPDX-License-Identifier: Apache-2.0
// What a store finds when it is opened: every combination of parts that a crash can leave, and
// parts that do not fit.
#include <sqlite3.h>

#include <fstream>

#include "tests/unit/state/store/store_fixture.hpp"

namespace switchyard {
namespace {

namespace fs = std::filesystem;
using test::address_of;
using test::StoreTest;
using test::tiny_store;

/// No checkpoint comes by itself.
StateStoreOptions lazy_store() {
    StateStoreOptions options = tiny_store();
    options.flat = {.overlay_bytes = 64 << 20, .cache_bytes = 1 << 20, .code_cache_bytes = 1 << 20};
    options.trie = {.cache_bytes = size_t{64} << 20, .page_leaves = 4};
    options.backlog_bytes = 1 << 30;
    return options;
}

class StoreRecoveryTest : public StoreTest {
  protected:
    /// The store's folder as a crash at this moment would leave it.
    void copy_to(const std::string& name) {
        fs::copy(path_, folder_.path() / name, fs::copy_options::recursive);
    }
    void take(const std::string& from, const std::string& part) {
        for (const auto& entry : fs::directory_iterator(path_))
            if (entry.path().filename().string().starts_with(part)) fs::remove_all(entry.path());
        for (const auto& entry : fs::directory_iterator(folder_.path() / from))
            if (entry.path().filename().string().starts_with(part))
                fs::copy(entry.path(), path_ / entry.path().filename(),
                         fs::copy_options::recursive);
    }
    void sql(const fs::path& file, const std::string& text) {
        sqlite3* database = nullptr;
        ASSERT_EQ(sqlite3_open(file.c_str(), &database), SQLITE_OK);
        char* error = nullptr;
        EXPECT_EQ(sqlite3_exec(database, text.c_str(), nullptr, nullptr, &error), SQLITE_OK)
            << (error != nullptr ? error : "");
        sqlite3_free(error);
        sqlite3_close(database);
    }
};

TEST_F(StoreRecoveryTest, ReplaysTheJournal) {
    for (uint64_t number : {1U, 7U, 8U, 30U}) {
        {
            const auto store = open(lazy_store());
            commit_to(*store, number);
        }
        const auto store = open(lazy_store());
        EXPECT_EQ(store->recovery().replayed, number) << "no checkpoint was made";
        expect_at(*store, number);
    }
    {
        const auto store = open(lazy_store());
        ASSERT_TRUE(store->checkpoint());
        commit_to(*store, 33);
    }
    const auto store = open(lazy_store());
    EXPECT_EQ(store->recovery().replayed, 3U);
    expect_at(*store, 33);
}

TEST_F(StoreRecoveryTest, ReopensAtAnyTimeWithTinyBudgets) {
    for (uint64_t number = 1; number <= 120; number += 1 + number % 5) {
        const auto store = open();
        if (number > 1) expect_at(*store, store->last_block()->number);
        commit_to(*store, number);
        expect_at(*store, number);
        if (HasFatalFailure()) return;
    }
}

/// The trie of every earlier checkpoint, none included, beside the flat state of the last.
TEST_F(StoreRecoveryTest, TheTrieCatchesUp) {
    for (const bool journal_kept : {true, false}) {
        path_ = folder_.path() / ("kept-" + std::to_string(journal_kept));
        const std::string run = std::to_string(journal_kept) + "-";
        { const auto store = open(lazy_store()); }
        copy_to(run + "0");
        for (uint64_t number = 5; number <= 30; number += 5) {
            {
                const auto store = open(lazy_store());
                commit_to(*store, number);
                ASSERT_TRUE(store->checkpoint());
            }
            copy_to(run + std::to_string(number));
        }
        for (uint64_t number = 0; number <= 30; number += 5) {
            take(run + std::to_string(number), "trie.db");
            if (journal_kept && number != 0) take(run + std::to_string(number), "journal-");
            const auto store = open(lazy_store());
            if (number == 30) {
                EXPECT_FALSE(store->recovery().trie_caught_up_from);
            } else if (number != 0) {
                EXPECT_EQ(store->recovery().trie_caught_up_from, number);
            }
            expect_at(*store, 30);
        }
        commit_to(*open(), 35);
        expect_at(*open(), 35);
    }
}

/// The journal goes on where neither flat state nor trie are.
TEST_F(StoreRecoveryTest, BothCatchUpFromTheJournal) {
    {
        const auto store = open(lazy_store());
        commit_to(*store, 10);
        ASSERT_TRUE(store->checkpoint());
    }
    copy_to("10");
    {
        const auto store = open(lazy_store());
        commit_to(*store, 20);
    }
    copy_to("journal-20");
    {
        const auto store = open(lazy_store());
        ASSERT_TRUE(store->checkpoint());
    }
    copy_to("20");
    // The journal of a moment at which no checkpoint had been made since block 10.
    for (const auto& [flat_at, trie_at] : {std::pair{10, 10}, {20, 10}, {20, 20}}) {
        take("journal-20", "journal-");
        take(std::to_string(flat_at), "flat");
        take(std::to_string(trie_at), "trie.db");
        const auto store = open(lazy_store());
        EXPECT_EQ(store->recovery().replayed, static_cast<uint64_t>(20 - flat_at));
        expect_at(*store, 20);
    }
    // A trie ahead of the flat state cannot come from a crash.
    take("10", "flat");
    take("20", "trie.db");
    EXPECT_EQ(open_error(lazy_store()), ErrorCode::Corrupt);
}

/// A rewind that a crash cut off between its steps.
TEST_F(StoreRecoveryTest, ARewindThatWasCutOffHasNotHappened) {
    {
        const auto store = open(lazy_store());
        commit_to(*store, 20);
        ASSERT_TRUE(store->checkpoint());
    }
    copy_to("20");
    {
        const auto store = open(lazy_store());
        ASSERT_TRUE(store->rewind(12));
    }
    copy_to("12");
    // After the trie; after the new journal.
    take("20", "");
    take("12", "trie.db");
    expect_at(*open(lazy_store()), 20);
    take("20", "");
    take("12", "trie.db");
    take("12", "journal-");
    expect_at(*open(lazy_store()), 20);
    commit_to(*open(lazy_store()), 25);
    const auto store = open(lazy_store());
    expect_at(*store, 25);
    ASSERT_TRUE(store->rewind(18));
    expect_at(*store, 18);
}

/// What a checkpoint brings to the disk, the journal has there before, whatever its policy.
TEST_F(StoreRecoveryTest, NoCheckpointIsAheadOfTheJournal) {
    for (const auto policy : {journal::SyncPolicy::Interval, journal::SyncPolicy::Off}) {
        path_ = folder_.path() / ("policy-" + std::to_string(static_cast<int>(policy)));
        StateStoreOptions options = lazy_store();
        options.policy = policy;
        options.sync_interval = std::chrono::hours{1};
        const auto store = open(options);
        const uint64_t syncs = store->status().journal.syncs;
        for (uint64_t number = 1; number <= 5; ++number) {
            ASSERT_TRUE(store->apply(number, chain_.changes(number)));
            ASSERT_TRUE(store->seal(chain_.block(number)));
        }
        ASSERT_TRUE(store->checkpoint());
        const auto status = store->status().journal;
        EXPECT_EQ(status.durable, status.appended);
        EXPECT_GT(status.syncs, syncs);
    }
}

/// The journal lacks blocks that the flat state has, as after damage that was cut.
TEST_F(StoreRecoveryTest, AGapInTheJournalIsNoGapInTheStore) {
    {
        const auto store = open(lazy_store());
        commit_to(*store, 3);
        ASSERT_TRUE(store->checkpoint());
    }
    copy_to("3");
    commit_to(*open(lazy_store()), 5);
    copy_to("5");
    {
        const auto store = open(lazy_store());
        commit_to(*store, 30);
        ASSERT_TRUE(store->checkpoint());
    }
    take("5", "journal-");
    commit_to(*open(lazy_store()), 33);
    copy_to("33");
    ASSERT_TRUE(open(lazy_store())->checkpoint());
    take("33", "journal-");
    take("3", "trie.db");
    const auto store = open(lazy_store());
    EXPECT_EQ(store->recovery().trie_caught_up_from, 3U);
    expect_at(*store, 33);
    EXPECT_TRUE(store->wait_durable(20)) << "the flat state has it";
    commit_to(*store, 36);
    EXPECT_EQ(store->wait_durable(37).error().code, ErrorCode::InvalidInput);
}

TEST_F(StoreRecoveryTest, ALostJournalIsFound) {
    {
        const auto store = open(lazy_store());
        commit_to(*store, 5);
        ASSERT_TRUE(store->checkpoint());
    }
    fs::remove_all(path_ / "journal-1");
    EXPECT_EQ(open_error(), ErrorCode::Corrupt);
    StateStoreOptions options = lazy_store();
    options.accept_missing_journal = true;
    expect_at(*open(options), 5);
    expect_at(*open(), 5);
}

TEST_F(StoreRecoveryTest, ATornTailIsCutAndReported) {
    {
        const auto store = open(lazy_store());
        commit_to(*store, 5);
    }
    // What a loss of power leaves of a record that was never synced.
    fs::path segment;
    for (const auto& entry : fs::directory_iterator(path_ / "journal-1"))
        if (entry.path().extension() == ".swj") segment = std::max(segment, entry.path());
    std::fstream file(segment, std::ios::in | std::ios::out | std::ios::binary);
    std::string bytes((std::istreambuf_iterator<char>(file)), {});
    const size_t end = bytes.find_last_not_of('\0') + 1;
    file.clear();
    file.seekp(static_cast<std::streamoff>((end + 47) / 8 * 8));
    file << std::string(64, 'x');
    file.close();
    const auto store = open(lazy_store());
    EXPECT_TRUE(store->recovery().cut);
    expect_at(*store, 5);
}

TEST_F(StoreRecoveryTest, DamageIsNamedWithItsPlace) {
    {
        const auto store = open(lazy_store());
        commit_to(*store, 20);
    }
    fs::path segment = path_ / "journal-2";
    for (const auto& entry : fs::directory_iterator(path_ / "journal-1"))
        if (entry.path().extension() == ".swj") segment = std::min(segment, entry.path());
    std::fstream file(segment, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(200);
    file << "damage";
    file.close();
    const auto store = StateStore::open(path_, lazy_store());
    ASSERT_FALSE(store);
    EXPECT_EQ(store.error().code, ErrorCode::Corrupt);
    EXPECT_NE(store.error().message.find(segment.filename().string()), std::string::npos)
        << store.error().message;
}

TEST_F(StoreRecoveryTest, PartsOfAnotherStoreAreRefused) {
    {
        const auto store = open(lazy_store());
        commit_to(*store, 5);
        ASSERT_TRUE(store->checkpoint());
    }
    copy_to("mine");
    const fs::path mine = path_;
    path_ = folder_.path() / "other";
    {
        const auto store = open(lazy_store());
        ASSERT_TRUE(store->commit({5, {}, trie::kEmptyRoot}, {}));
        ASSERT_TRUE(store->checkpoint());
    }
    path_ = mine;
    take("other", "trie.db");
    EXPECT_EQ(open_error(), ErrorCode::Corrupt);
    take("mine", "trie.db");
    take("other", "journal-");
    EXPECT_EQ(open_error(), ErrorCode::Corrupt);
    take("mine", "journal-");
    expect_at(*open(), 5);
}

TEST_F(StoreRecoveryTest, AChangedBalanceIsFoundByTheNextBlockThatReadsIt) {
    {
        const auto store = open(lazy_store());
        commit_to(*store, 20);
        ASSERT_TRUE(store->checkpoint());
    }
    // The trie knows another balance, so that the roots differ once the trie takes the new one.
    for (const char* shard : {"state-00.db", "state-01.db"})
        sql(path_ / "flat" / shard, "UPDATE accounts SET balance = x'abcdef'");
    sql(path_ / "trie.db", "DELETE FROM trie");
    sql(path_ / "trie.db", "DELETE FROM trie_root");
    EXPECT_EQ(open_error(), ErrorCode::Corrupt);
}

}  // namespace
}  // namespace switchyard
