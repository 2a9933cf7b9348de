// SPDX-License-Identifier: Apache-2.0
#include "host/state/journal/posix_folder.hpp"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host/state/journal/journal.hpp"
#include "tests/support/test_data.hpp"
#include "tests/unit/state/journal/journal_process.hpp"
#include "tests/unit/state/sqlite/temporary_folder.hpp"

namespace switchyard::test {
namespace {

class PosixFolderTest : public testing::Test {
  protected:
    std::unique_ptr<journal::Folder> open() {
        auto out = journal::open_posix_folder(path_);
        EXPECT_TRUE(out) << out.error().message;
        return std::move(*out);
    }
    TemporaryFolder temporary_;
    std::filesystem::path path_ = temporary_.path() / "journal";
};

TEST_F(PosixFolderTest, ReadsWhatItWrote) {
    auto random = test_generator(95);
    const Bytes content = random_payload(random, 100'000);
    const auto folder = open();
    {
        auto file = folder->create("a");
        ASSERT_TRUE(file);
        ASSERT_TRUE((*file)->write(5, content));
        ASSERT_TRUE((*file)->sync());
    }
    ASSERT_TRUE(folder->rename("a", "b"));
    ASSERT_TRUE(folder->sync());
    auto file = folder->open("b");
    ASSERT_TRUE(file);
    ASSERT_EQ(*(*file)->size(), content.size() + 5);
    Bytes read(content.size());
    ASSERT_TRUE((*file)->read(5, read));
    EXPECT_EQ(read, content);
    EXPECT_EQ((*file)->read(6, read).error().code, ErrorCode::Io);
    EXPECT_EQ(*folder->list(), std::vector<std::string>{"b"});
    ASSERT_TRUE(folder->remove("b"));
    EXPECT_TRUE(folder->list()->empty());
}

TEST_F(PosixFolderTest, ErrorsNameThePathAndTheReason) {
    const auto folder = open();
    const Error error = folder->open("absent").error();
    EXPECT_EQ(error.code, ErrorCode::NotFound);
    EXPECT_NE(error.message.find((path_ / "absent").string()), std::string::npos);
    EXPECT_NE(error.message.find("No such file"), std::string::npos) << error.message;
    EXPECT_EQ(folder->remove("absent").error().code, ErrorCode::NotFound);
    EXPECT_FALSE(journal::open_posix_folder(temporary_.path() / "no" / "such"));
}

TEST_F(PosixFolderTest, IsLocked) {
    auto folder = open();
    const auto second = journal::open_posix_folder(path_);
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, ErrorCode::Unavailable);
    folder.reset();
    EXPECT_TRUE(journal::open_posix_folder(path_));
}

// The kernel writes up to the limit, a short write, and refuses the rest.
TEST_F(PosixFolderTest, AWriteThatEndsEarlyIsContinuedAndItsErrorReported) {
    open();
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
        ::signal(SIGXFSZ, SIG_IGN);
        const rlimit limit{10'000, 10'000};
        auto folder = journal::open_posix_folder(path_);
        if (!folder || ::setrlimit(RLIMIT_FSIZE, &limit) != 0) ::_exit(1);
        auto file = (*folder)->create("a");
        if (!file) ::_exit(2);
        const Result<void> done = (*file)->write(0, Bytes(20'000, 1));
        if (done || done.error().message.find("File too large") == std::string::npos) ::_exit(3);
        if (*(*file)->size() != 10'000) ::_exit(4);
        ::_exit(0);
    }
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0) << WEXITSTATUS(status);
}

TEST_F(PosixFolderTest, AJournalOnDiskGivesBackWhatWasAppended) {
    journal::JournalOptions options;
    options.recovery.store = kStore;
    options.segment_bytes = kSmallSegment;
    auto random = test_generator(96);
    std::vector<Entry> log;
    for (int round = 0; round < 3; ++round) {
        std::vector<Entry> replayed;
        const auto journal = journal::Journal::open(open(), options, collect(replayed));
        ASSERT_TRUE(journal) << journal.error().message;
        ASSERT_EQ(replayed, log);
        for (int i = 0; i < 10; ++i) {
            const Bytes payload = random_payload(random);
            const auto number = (*journal)->append(journal::RecordKind::Block, payload);
            ASSERT_TRUE(number);
            ASSERT_TRUE((*journal)->wait_durable(*number));
            log.push_back({*number, payload});
        }
    }
}

}  // namespace
}  // namespace switchyard::test
