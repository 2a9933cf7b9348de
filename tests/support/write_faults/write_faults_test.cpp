// SPDX-License-Identifier: Apache-2.0
// The failing disk under plain files and a plain SQLite database.
#include "tests/support/write_faults/write_faults.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sqlite3.h>
#include <sys/mman.h>

#include <fstream>
#include <memory>
#include <set>
#include <string>

#include "tests/support/child_process.hpp"
#include "tests/support/test_data.hpp"
#include "tests/unit/state/sqlite/temporary_folder.hpp"

namespace switchyard::test {
namespace {

namespace fs = std::filesystem;

/// Counts that a child and its parent share.
class SharedCounts {
  public:
    SharedCounts()
        : counts_(
              static_cast<WriteCounts*>(::mmap(nullptr, sizeof(WriteCounts), PROT_READ | PROT_WRITE,
                                               MAP_SHARED | MAP_ANONYMOUS, -1, 0))) {}
    ~SharedCounts() { ::munmap(counts_, sizeof *counts_); }
    SharedCounts(const SharedCounts&) = delete;
    SharedCounts& operator=(const SharedCounts&) = delete;
    WriteCounts& operator*() const { return *counts_; }
    WriteCounts* operator->() const { return counts_; }

  private:
    WriteCounts* counts_;
};

std::string content(const fs::path& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

int create(const fs::path& path) {
    return ::open(path.c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0644);
}

/// Inserts rows 1, 2, ... into a database, each in a transaction, and tells of each.
int insert_rows(const fs::path& path, int pipe, const char* synchronous, int rows) {
    sqlite3* handle = nullptr;
    if (sqlite3_open(path.c_str(), &handle) != SQLITE_OK) return 1;
    const std::unique_ptr<sqlite3, decltype(&sqlite3_close)> database(handle, sqlite3_close);
    const std::string script = std::string("PRAGMA journal_mode = WAL; PRAGMA synchronous = ") +
                               synchronous +
                               "; PRAGMA wal_autocheckpoint = 3;"
                               "CREATE TABLE IF NOT EXISTS rows(number INTEGER PRIMARY KEY, x);";
    if (sqlite3_exec(handle, script.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) return 2;
    const int folder = ::open(path.parent_path().c_str(), O_RDONLY | O_DIRECTORY);
    const bool synced = ::fsync(folder) == 0;
    ::close(folder);
    if (!synced) return 3;
    for (int row = 1; row <= rows; ++row) {
        const std::string sql =
            "INSERT INTO rows VALUES(" + std::to_string(row) + ", randomblob(700))";
        if (sqlite3_exec(handle, sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) return 4;
        if (::write(pipe, &row, sizeof row) != sizeof row) return 5;
    }
    return 0;
}

/// The rows of a sound database; -1 where it is not sound.
int rows_of(const fs::path& path) {
    sqlite3* handle = nullptr;
    if (sqlite3_open(path.c_str(), &handle) != SQLITE_OK) return -1;
    const std::unique_ptr<sqlite3, decltype(&sqlite3_close)> database(handle, sqlite3_close);
    std::string value;
    const auto take = [](void* out, int, char** values, char**) {
        *static_cast<std::string*>(out) = values[0];
        return 0;
    };
    if (sqlite3_exec(handle, "PRAGMA integrity_check", take, &value, nullptr) != SQLITE_OK ||
        value != "ok")
        return -1;
    if (sqlite3_exec(handle, "SELECT count(*) FROM rows", take, &value, nullptr) != SQLITE_OK)
        return 0;
    return std::stoi(value);
}

class WriteFaultsTest : public testing::Test {
  protected:
    void SetUp() override { fs::create_directory(path_); }
    void TearDown() override { stop_watching(); }
    /// Runs `body` in a child over the failing disk; its end.
    template <typename Body>
    int run(std::vector<WriteFault> faults, Body body, uint64_t seed = 1) {
        forget_unsynced(path_);
        return run_next(std::move(faults), body, seed);
    }
    /// On the same machine, without a loss of power since the last one.
    template <typename Body>
    int run_next(std::vector<WriteFault> faults, Body body, uint64_t seed = 1) {
        ChildProcess child([&](int pipe) {
            watch_writes(path_, std::move(faults), seed, *counts_);
            const int status = body(pipe);
            stop_watching();
            return status;
        });
        acknowledged_ = 0;
        int message = 0;
        while (child.read(message))
            acknowledged_ = message;
        return child.wait();
    }

    /// What the next process finds. Watched, so that its syncs cost nothing.
    int surviving_rows(const fs::path& path) {
        WriteCounts ignored;
        watch_writes(path_, {}, 1, ignored);
        const int rows = rows_of(path);
        stop_watching();
        return rows;
    }

    TemporaryFolder folder_;
    fs::path path_ = folder_.path() / "disk";
    SharedCounts counts_;
    int acknowledged_ = 0;
};

const std::string kOld(3000, 'o');
const std::string kNew(3000, 'n');

/// Writes and syncs `kOld`, which are the operations 0 to 3 (with the name), then writes `kNew`
/// over it (4), syncs (5) and writes what the calls gave into the exit status.
int overwrite(const fs::path& folder) {
    const int file = create(folder / "file");
    const int names = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY);
    int failed = 0;
    failed += ::write(file, kOld.data(), kOld.size()) != static_cast<ssize_t>(kOld.size());
    failed += ::fsync(file) != 0;
    failed += ::fsync(names) != 0;
    if (failed != 0) return 100;
    const ssize_t written = ::pwrite(file, kNew.data(), kNew.size(), 0);
    const int write_error = written < 0 ? errno : 0;
    const int synced = ::fdatasync(file);
    return (written == static_cast<ssize_t>(kNew.size()) ? 0
            : write_error != 0                           ? 1
                                                         : 2) +
           (synced == 0 ? 0 : 10);
}

TEST_F(WriteFaultsTest, NothingWrongNothingChanged) {
    EXPECT_EQ(WEXITSTATUS(run({}, [&](int) { return overwrite(path_); })), 0);
    EXPECT_EQ(content(path_ / "file"), kNew);
    EXPECT_EQ(counts_->operations, 6U);
    EXPECT_EQ(counts_->writes, 2U);
    EXPECT_EQ(counts_->syncs, 3U);
    EXPECT_EQ(counts_->names, 1U);
}

TEST_F(WriteFaultsTest, OtherFoldersAreNotWatched) {
    const int status = run({{FaultKind::KillBefore, 0}}, [&](int) {
        const int file = create(folder_.path() / "disk-beside");
        return ::write(file, "x", 1) == 1 && ::fsync(file) == 0 ? 7 : 8;
    });
    EXPECT_EQ(WEXITSTATUS(status), 7);
    EXPECT_EQ(counts_->operations, 0U);
}

TEST_F(WriteFaultsTest, KillsAroundAndWithinAWrite) {
    EXPECT_TRUE(
        was_killed(run({{FaultKind::KillBefore, 4}}, [&](int) { return overwrite(path_); })));
    EXPECT_EQ(content(path_ / "file"), kOld);
    fs::remove(path_ / "file");
    *counts_ = {};
    EXPECT_TRUE(
        was_killed(run({{FaultKind::KillAfter, 4}}, [&](int) { return overwrite(path_); })));
    EXPECT_EQ(content(path_ / "file"), kNew);
    fs::remove(path_ / "file");
    *counts_ = {};
    EXPECT_TRUE(
        was_killed(run({{FaultKind::KillInWrite, 2}}, [&](int) { return overwrite(path_); })));
    const std::string part = content(path_ / "file");
    const size_t first_old = part.find('o');
    EXPECT_TRUE(first_old > 0 && first_old < kOld.size()) << first_old;
    EXPECT_EQ(part.substr(first_old), kOld.substr(first_old));
    EXPECT_EQ(counts_->struck[static_cast<size_t>(FaultKind::KillInWrite)], 1U);
}

TEST_F(WriteFaultsTest, WritesFail) {
    EXPECT_EQ(WEXITSTATUS(run({{FaultKind::WriteError, 4}}, [&](int) { return overwrite(path_); })),
              1);
    EXPECT_EQ(content(path_ / "file"), kOld);
    *counts_ = {};
    fs::remove(path_ / "file");
    EXPECT_EQ(WEXITSTATUS(run({{FaultKind::ShortWrite, 4}}, [&](int) { return overwrite(path_); })),
              2);
    EXPECT_NE(content(path_ / "file"), kOld);
    EXPECT_NE(content(path_ / "file"), kNew);
}

TEST_F(WriteFaultsTest, FullDiskTakesNothingUntilThereIsSpace) {
    const auto append_all = [&](int) {
        const int file = create(path_ / "file");
        int failed = 0;
        for (int i = 0; i < 10; ++i)
            failed += ::write(file, "0123456789", 10) != 10;
        return failed;
    };
    EXPECT_EQ(WEXITSTATUS(run({{FaultKind::DiskFull, 3, 4}}, append_all)), 4);
    EXPECT_TRUE(content(path_ / "file").size() > 60 && content(path_ / "file").size() < 70);
    *counts_ = {};
    fs::remove(path_ / "file");
    // What exists can be overwritten, unless there is no space at all.
    EXPECT_EQ(WEXITSTATUS(run({{FaultKind::DiskFull, 4}}, [&](int) { return overwrite(path_); })),
              0);
    *counts_ = {};
    fs::remove(path_ / "file");
    EXPECT_EQ(WEXITSTATUS(run({{FaultKind::NoSpace, 4}}, [&](int) { return overwrite(path_); })),
              2);
}

TEST_F(WriteFaultsTest, FailedSyncRevertsOrForgets) {
    EXPECT_EQ(
        WEXITSTATUS(run({{FaultKind::SyncReverts, 5}}, [&](int) { return overwrite(path_); })), 10);
    EXPECT_EQ(content(path_ / "file"), kOld);
    *counts_ = {};
    fs::remove(path_ / "file");
    // Shown by the cache, though never on the disk.
    EXPECT_EQ(WEXITSTATUS(run({{FaultKind::SyncKeeps, 5}}, [&](int) { return overwrite(path_); })),
              10);
    EXPECT_EQ(content(path_ / "file"), kNew);
    for (uint64_t seed = 0; seed < 10; ++seed) {
        *counts_ = {};
        fs::remove(path_ / "file");
        const int status = run(
            {{FaultKind::SyncKeeps, 5}, {FaultKind::PowerLoss, 7}},
            [&](int) {
                if (overwrite(path_) != 10) return 1;
                const int file = create(path_ / "file");
                if (::fsync(file) != 0) return 2;  // succeeds, and writes nothing
                return ::fsync(file);
            },
            seed);
        EXPECT_TRUE(was_killed(status));
        EXPECT_EQ(content(path_ / "file"), kOld);
    }
}

TEST_F(WriteFaultsTest, PowerLossTakesOnlyWhatIsNotSynced) {
    uint64_t old_sectors = 0;
    uint64_t new_sectors = 0;
    bool is_mixed = false;
    for (uint64_t seed = 0; seed < 40; ++seed) {
        *counts_ = {};
        fs::remove(path_ / "file");
        EXPECT_TRUE(was_killed(run(
            {{FaultKind::PowerLoss, 5}}, [&](int) { return overwrite(path_); }, seed)));
        const std::string found = content(path_ / "file");
        ASSERT_EQ(found.size(), kOld.size());
        uint64_t old_here = 0;
        for (size_t at = 0; at < found.size(); at += 512) {
            const size_t count = std::min<size_t>(512, found.size() - at);
            const bool is_old = found[at] == 'o';
            ASSERT_EQ(found.substr(at, count), (is_old ? kOld : kNew).substr(at, count));
            old_here += is_old;
        }
        old_sectors += old_here;
        new_sectors += 6 - old_here;
        is_mixed |= old_here != 0 && old_here != 6;
        EXPECT_EQ(counts_->sectors_lost, old_here);
    }
    EXPECT_GT(old_sectors, 40U);
    EXPECT_GT(new_sectors, 40U);
    EXPECT_TRUE(is_mixed);
    *counts_ = {};
    fs::remove(path_ / "file");
    const int status = run({{FaultKind::PowerLoss, 6}}, [&](int) {
        (void)overwrite(path_);
        return ::unlink((path_ / "absent").c_str());
    });
    EXPECT_TRUE(was_killed(status));
    EXPECT_EQ(content(path_ / "file"), kNew);
}

/// What one process wrote and a failed sync forgot is read by the next, and still not on the disk.
TEST_F(WriteFaultsTest, PowerLossTakesWhatAnEarlierProcessLeft) {
    for (const FaultKind end :
         {FaultKind::KillBefore, FaultKind::KillAfter, FaultKind::SyncKeeps}) {
        uint64_t old_content = 0;
        for (uint64_t seed = 0; seed < 12; ++seed) {
            *counts_ = {};
            fs::remove(path_ / "file");
            (void)run(
                {{end, 5}}, [&](int) { return overwrite(path_); }, seed);
            const bool was_synced = end == FaultKind::KillAfter;
            EXPECT_EQ(content(path_ / "file"), kNew);
            const auto sync_and_fail = [&](int) {
                const int file = ::open((path_ / "file").c_str(), O_RDWR);
                if (end == FaultKind::SyncKeeps && ::fsync(file) != 0) return 1;
                return ::unlink((path_ / "absent").c_str());
            };
            const uint64_t operation = end == FaultKind::SyncKeeps ? 1 : 0;
            *counts_ = {};
            EXPECT_TRUE(
                was_killed(run_next({{FaultKind::PowerLoss, operation}}, sync_and_fail, seed)));
            old_content += content(path_ / "file") == kOld;
            if (was_synced) {
                EXPECT_EQ(content(path_ / "file"), kNew);
            }
            if (end == FaultKind::SyncKeeps) {
                EXPECT_EQ(content(path_ / "file"), kOld);
            }
        }
        EXPECT_EQ(old_content != 0, end != FaultKind::KillAfter) << to_string(end);
    }
}

TEST_F(WriteFaultsTest, PowerLossTakesNamesThatAreNotSynced) {
    std::set<std::string> seen;
    for (uint64_t seed = 0; seed < 40; ++seed) {
        *counts_ = {};
        for (const auto& entry : fs::directory_iterator(path_))
            fs::remove(entry);
        for (const char* name : {"a", "b", "c"})
            std::ofstream(path_ / name) << name;
        const int status = run(
            {{FaultKind::PowerLoss, 4}},
            [&](int) {
                (void)create(path_ / "new");
                (void)::rename((path_ / "a").c_str(), (path_ / "b").c_str());
                (void)::unlink((path_ / "c").c_str());
                (void)::rename((path_ / "b").c_str(), (path_ / "d").c_str());
                return ::fsync(create(path_ / "new"));
            },
            seed);
        EXPECT_TRUE(was_killed(status));
        std::string names;
        for (const char* name : {"a", "b", "c", "d", "new"})
            if (fs::exists(path_ / name)) names += std::string(name) + content(path_ / name) + " ";
        seen.insert(names);
    }
    const std::set<std::string> possible = {"aa bb cc ", "aa bb cc new ", "ba cc new ", "ba new ",
                                            "da new "};
    EXPECT_EQ(seen, possible);
}

/// Write calls of this process so far as the kernel counts them; 0 where it does not say.
uint64_t kernel_write_calls() {
    std::ifstream in("/proc/self/io");
    std::string key;
    for (uint64_t value = 0; in >> key >> value;)
        if (key == "syscw:") return value;
    return 0;
}

TEST_F(WriteFaultsTest, SqliteWritesThroughHere) {
    WriteCounts counts;
    watch_writes(path_, {}, 1, counts);
    const uint64_t before = kernel_write_calls();
    int pipe[2];
    ASSERT_EQ(::pipe(pipe), 0);
    ASSERT_EQ(insert_rows(path_ / "plain.db", pipe[1], "FULL", 20), 0);
    const uint64_t calls = kernel_write_calls() - before;
    ::close(pipe[0]);
    ::close(pipe[1]);
    EXPECT_GE(counts.writes, 40U);
    EXPECT_GE(counts.syncs, 20U);
    EXPECT_GE(counts.names, 2U);
    if (before != 0) {
        // 20 went to the pipe, and one for each 32 KiB to the -shm file.
        EXPECT_GE(calls, counts.writes + 20);
        EXPECT_LE(calls, counts.writes + 20 + 8);
    }
}

/// What SQLite promises holds on this disk, at every operation.
TEST_F(WriteFaultsTest, SqliteSurvivesEveryKind) {
#ifdef SWITCHYARD_SANITIZED
    constexpr uint64_t kStep = 7;
#else
    constexpr uint64_t kStep = 1;
#endif
    const fs::path path = path_ / "plain.db";
    (void)run({}, [&](int pipe) { return insert_rows(path, pipe, "FULL", 8); });
    const uint64_t operations = counts_->operations;
    for (size_t kind = 0; kind < kFaultKinds; ++kind) {
        uint64_t struck = 0;
        const bool is_power = kind == static_cast<size_t>(FaultKind::PowerLoss);
        const uint64_t step = is_power ? kStep : kStep + 4;
        for (uint64_t operation = 0; operation < operations; operation += step) {
            for (const auto& entry : fs::directory_iterator(path_))
                fs::remove(entry);
            *counts_ = {};
            const WriteFault fault{static_cast<FaultKind>(kind), operation};
            (void)run(
                {fault}, [&](int pipe) { return insert_rows(path, pipe, "FULL", 8); }, operation);
            struck += counts_->struck[kind];
            const int rows = surviving_rows(path);
            ASSERT_GE(rows, acknowledged_) << to_string(fault.kind) << " at " << operation;
            ASSERT_LE(rows, acknowledged_ + 1) << to_string(fault.kind) << " at " << operation;
        }
        EXPECT_GE(struck, 5U) << to_string(static_cast<FaultKind>(kind));
    }
}

/// The same loss of power under a database that does not sync does harm: the test above can fail.
TEST_F(WriteFaultsTest, PowerLossHarmsWhatDoesNotSync) {
    const fs::path path = path_ / "plain.db";
    int harmed = 0;
    for (uint64_t operation = 40; operation < 70; ++operation) {
        for (const auto& entry : fs::directory_iterator(path_))
            fs::remove(entry);
        *counts_ = {};
        (void)run(
            {{FaultKind::PowerLoss, operation}},
            [&](int pipe) { return insert_rows(path, pipe, "OFF", 30); }, operation);
        harmed += surviving_rows(path) < acknowledged_;
    }
    EXPECT_GT(harmed, 5);
}

}  // namespace
}  // namespace switchyard::test
