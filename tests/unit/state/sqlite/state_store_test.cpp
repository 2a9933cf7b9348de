// SPDX-License-Identifier: Apache-2.0
#include "host/state/state_store.hpp"

#include <gtest/gtest.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/resource.h>

#include <fstream>

#include "host/state/trie/state_trie.hpp"
#include "tests/support/test_data.hpp"
#include "tests/unit/state/random_block.hpp"
#include "tests/unit/state/sqlite/temporary_folder.hpp"

namespace switchyard {
namespace {

namespace fs = std::filesystem;
using test::address_of;

class StateStoreTest : public testing::Test {
  protected:
    StateStore open() {
        Result<StateStore> store = StateStore::open(path_);
        EXPECT_TRUE(store) << store.error().message;
        return std::move(*store);
    }
    ErrorCode open_error() {
        const Result<StateStore> store = StateStore::open(path_);
        EXPECT_FALSE(store);
        if (store) return ErrorCode::Internal;
        EXPECT_NE(store.error().message, "");
        return store.error().code;
    }
    /// The next block over `model_`, which then has it applied.
    std::pair<StoredBlock, StateChanges> next_block() {
        const StateChanges changes = test::random_block(model_, random_);
        model_.apply(changes);
        StoredBlock block;
        block.number = ++number_;
        block.hash = to_bytes32(Uint256{number_ * 7});
        block.state_root = trie::state_root(model_.all());
        return {block, changes};
    }
    void fill(int blocks) {
        StateStore store = open();
        for (int i = 0; i < blocks; ++i) {
            const auto [block, changes] = next_block();
            ASSERT_TRUE(store.commit(block, changes));
        }
    }
    /// Runs SQL through SQLite itself.
    void sql(const char* text) {
        sqlite3* database = nullptr;
        ASSERT_EQ(sqlite3_open(path_.c_str(), &database), SQLITE_OK);
        char* error = nullptr;
        EXPECT_EQ(sqlite3_exec(database, text, nullptr, nullptr, &error), SQLITE_OK)
            << (error != nullptr ? error : "");
        sqlite3_free(error);
        sqlite3_close(database);
    }

    test::TemporaryFolder folder_;
    fs::path path_ = folder_.path() / "state.db";
    std::mt19937_64 random_ = test::test_generator(30);
    MemoryState model_;
    uint64_t number_ = 99;
};

TEST_F(StateStoreTest, NewStoreIsEmpty) {
    StateStore store = open();
    EXPECT_FALSE(store.last_block().has_value());
    EXPECT_EQ(store.view().account_count(), 0U);
}

TEST_F(StateStoreTest, ReopeningGivesTheLastCommittedState) {
    for (int round = 0; round < 8; ++round) {
        fill(5);
        StateStore store = open();
        ASSERT_TRUE(store.last_block().has_value());
        EXPECT_EQ(store.last_block()->number, number_);
        EXPECT_TRUE(test::same_state(store.view(), model_));
        const Result<void> verified = store.verify();
        EXPECT_TRUE(verified) << verified.error().message;
        for (const CodeChange& code : model_.all().codes) {
            const auto stored = store.view().all().codes;
            EXPECT_NE(std::find(stored.begin(), stored.end(), code), stored.end());
        }
    }
}

TEST_F(StateStoreTest, KeepsTheLargestValues) {
    const Uint256 largest = ~Uint256{};
    StateChanges changes;
    AccountChange change;
    change.address = address_of(1);
    change.account = test::account_of(UINT64_MAX - 1, largest);
    change.storage_count = 1;
    changes.accounts.push_back(change);
    changes.storage.push_back({largest, largest});
    {
        StateStore store = open();
        ASSERT_TRUE(store.commit({1, {}, {}}, changes));
    }
    StateStore store = open();
    EXPECT_EQ(store.view().account(address_of(1)), change.account);
    EXPECT_EQ(store.view().storage(address_of(1), largest), largest);
}

TEST_F(StateStoreTest, RefusesABlockThatDoesNotFollow) {
    StateStore store = open();
    ASSERT_TRUE(store.commit({10, {}, {}}, {}));
    for (const uint64_t number : {9U, 10U, 12U}) {
        const Result<void> refused = store.commit({number, {}, {}}, {});
        ASSERT_FALSE(refused);
        EXPECT_EQ(refused.error().code, ErrorCode::InvalidInput);
    }
    EXPECT_TRUE(store.commit({11, {}, {}}, {}));
}

TEST_F(StateStoreTest, RefusesAnAccountWhoseCodeNobodyKnows) {
    StateChanges changes;
    AccountChange change;
    change.address = address_of(1);
    change.account = test::account_of(1, 1);
    change.account->code_hash = to_bytes32(Uint256{77});
    changes.accounts.push_back(change);
    StateStore store = open();
    const Result<void> refused = store.commit({1, {}, {}}, changes);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::InvalidInput);
    EXPECT_FALSE(store.last_block().has_value());
}

TEST_F(StateStoreTest, OneProcessAtATime) {
    StateStore store = open();
    EXPECT_EQ(open_error(), ErrorCode::Unavailable);
}

TEST_F(StateStoreTest, TextFileIsCorrupt) {
    std::ofstream(path_) << std::string(5000, 'x');
    EXPECT_EQ(open_error(), ErrorCode::Corrupt);
}

TEST_F(StateStoreTest, DatabaseOfAnotherProgramIsRefusedAndUnchanged) {
    sql("CREATE TABLE songs(title TEXT)");
    std::ifstream before_file(path_, std::ios::binary);
    const std::string before((std::istreambuf_iterator<char>(before_file)), {});
    EXPECT_EQ(open_error(), ErrorCode::InvalidInput);
    std::ifstream after_file(path_, std::ios::binary);
    const std::string after((std::istreambuf_iterator<char>(after_file)), {});
    EXPECT_EQ(before, after);
}

TEST_F(StateStoreTest, FormatOfAnotherVersionIsUnsupported) {
    fill(1);
    sql("PRAGMA user_version = 2");
    EXPECT_EQ(open_error(), ErrorCode::Unsupported);
}

TEST_F(StateStoreTest, FolderThatDoesNotExistIsAnError) {
    path_ = folder_.path() / "absent" / "state.db";
    EXPECT_EQ(open_error(), ErrorCode::Io);
}

TEST_F(StateStoreTest, TruncatedFileIsCorrupt) {
    fill(30);
    const auto size = fs::file_size(path_);
    ASSERT_GT(size, 8192U);
    fs::resize_file(path_, size / 2);
    EXPECT_EQ(open_error(), ErrorCode::Corrupt);
}

/// Overwrites a page after the other: no crash, and an error or the state as it was.
TEST_F(StateStoreTest, DamagedPagesAreFoundOrHarmless) {
    fill(30);
    const auto size = fs::file_size(path_);
    fs::copy_file(path_, folder_.path() / "copy");
    size_t errors = 0;
    for (size_t offset = 0; offset < size; offset += 4096) {
        fs::copy_file(folder_.path() / "copy", path_, fs::copy_options::overwrite_existing);
        {
            std::fstream file(path_, std::ios::in | std::ios::out | std::ios::binary);
            file.seekp(static_cast<std::streamoff>(offset));
            file << std::string(2048, '\xaa');
        }
        const Result<StateStore> store = StateStore::open(path_);
        if (!store) {
            ++errors;
            EXPECT_EQ(store.error().code, ErrorCode::Corrupt) << store.error().message;
        } else if (!test::same_state(store->view(), model_)) {
            EXPECT_FALSE(store->verify()) << "at " << offset;
        }
    }
    EXPECT_GT(errors, size / 4096 / 2);
}

TEST_F(StateStoreTest, ContradictoryContentIsCorrupt) {
    fill(20);
    fs::copy_file(path_, folder_.path() / "copy");
    for (const char* damage : {
             "DELETE FROM code",
             "UPDATE code SET code = x'00'",
             "DELETE FROM accounts",
         }) {
        fs::copy_file(folder_.path() / "copy", path_, fs::copy_options::overwrite_existing);
        sql(damage);
        EXPECT_EQ(open_error(), ErrorCode::Corrupt) << damage;
    }
}

TEST_F(StateStoreTest, VerifyFindsAChangedBalance) {
    fill(5);
    sql("UPDATE accounts SET balance = x'abcdef' "
        "WHERE address = (SELECT max(address) FROM accounts)");
    const StateStore store = open();
    const Result<void> verified = store.verify();
    ASSERT_FALSE(verified);
    EXPECT_EQ(verified.error().code, ErrorCode::Mismatch);
}

/// The file may not grow: as on a full disk.
TEST_F(StateStoreTest, FailedCommitChangesNothingAndCanBeRepeated) {
    fill(3);
    StateStore store = open();
    StateChanges changes = test::random_block(model_, random_);
    for (uint64_t n = 0; n < 5000; ++n)
        changes.storage.push_back({n, n + 1});
    AccountChange change;
    change.address = address_of(12345);
    change.account = test::account_of(1, 1);
    change.storage_begin = static_cast<uint32_t>(changes.storage.size() - 5000);
    change.storage_count = 5000;
    changes.accounts.push_back(change);
    const StoredBlock block{number_ + 1, {}, {}};

    rlimit before{};
    ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
    const auto old_handler = ::signal(SIGXFSZ, SIG_IGN);
    const rlimit small{64 * 1024, before.rlim_max};
    ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &small), 0);
    const Result<void> failed = store.commit(block, changes);
    ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &before), 0);
    ::signal(SIGXFSZ, old_handler);

    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error().code, ErrorCode::Io) << failed.error().message;
    EXPECT_TRUE(test::same_state(store.view(), model_));
    EXPECT_EQ(store.last_block()->number, number_);
    const Result<void> repeated = store.commit(block, changes);
    ASSERT_TRUE(repeated) << repeated.error().message;
    model_.apply(changes);
    {
        const StateStore closed = std::move(store);
    }
    EXPECT_TRUE(test::same_state(open().view(), model_));
}

}  // namespace
}  // namespace switchyard
