// SPDX-License-Identifier: Apache-2.0
#include "tools/appliance/development_folder.hpp"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <string>

namespace switchyard::appliance {
namespace {

namespace fs = std::filesystem;

class DevelopmentFolderTest : public ::testing::Test {
  protected:
    void SetUp() override {
        fs::remove_all(parent_);
        fs::create_directories(parent_);
    }
    void TearDown() override { fs::remove_all(parent_); }

    [[nodiscard]] std::unique_ptr<DevelopmentFolder> make() const {
        auto made = DevelopmentFolder::make(parent_);
        EXPECT_TRUE(made.has_value()) << made.error().message;
        return made ? std::move(*made) : nullptr;
    }
    /// A process makes one, puts a file into it, and is killed. Its path.
    [[nodiscard]] fs::path left_by_a_killed_process() const {
        int pipe[2];
        EXPECT_EQ(::pipe(pipe), 0);
        const pid_t child = ::fork();
        if (child == 0) {
            const auto made = DevelopmentFolder::make(parent_);
            if (!made) ::_exit(1);
            std::ofstream((*made)->path() / "chain") << "blocks";
            const std::string path = (*made)->path().string();
            if (::write(pipe[1], path.data(), path.size()) < 0) ::_exit(1);
            ::close(pipe[1]);
            ::pause();
        }
        ::close(pipe[1]);
        std::string out(4096, '\0');
        const ssize_t size = ::read(pipe[0], out.data(), out.size());
        ::close(pipe[0]);
        ::kill(child, SIGKILL);
        int status = 0;
        ::waitpid(child, &status, 0);
        EXPECT_TRUE(WIFSIGNALED(status));
        out.resize(size > 0 ? static_cast<size_t>(size) : 0);
        return out;
    }

    const fs::path parent_ =
        fs::path(::testing::TempDir()) / ("switchyard-dev-folders-" + std::to_string(::getpid()));
};

TEST_F(DevelopmentFolderTest, GoesWithTheObject) {
    auto folder = make();
    const fs::path path = folder->path();
    std::ofstream(path / "file") << "content";
    EXPECT_TRUE(fs::exists(path / "file"));
    EXPECT_EQ(fs::status(path).permissions(), fs::perms::owner_all);
    folder.reset();
    EXPECT_FALSE(fs::exists(path));
}

TEST_F(DevelopmentFolderTest, TheNextOneRemovesWhatAKilledProcessLeft) {
    const fs::path left = left_by_a_killed_process();
    ASSERT_TRUE(fs::exists(left / "chain"));
    const auto folder = make();
    EXPECT_FALSE(fs::exists(left));
    EXPECT_NE(folder->path(), left);
}

TEST_F(DevelopmentFolderTest, WhatSomebodyUsesStays) {
    const auto first = make();
    const auto second = make();
    EXPECT_TRUE(fs::exists(first->path()));
    EXPECT_TRUE(fs::exists(second->path()));
}

TEST_F(DevelopmentFolderTest, WhatIsNotKnownForOneStays) {
    const fs::path elsewhere = parent_ / "elsewhere";
    fs::create_directories(elsewhere);
    std::ofstream(elsewhere / "in-use") << "";
    std::ofstream(elsewhere / "mine") << "content";
    fs::create_directory_symlink(elsewhere, parent_ / "switchyard-dev-symbol");
    // Without a lock nobody knows whether it is used.
    fs::create_directories(parent_ / "switchyard-dev-nolock" / "state");
    fs::create_directories(parent_ / "switchyard-dev-longer-name");
    std::ofstream(parent_ / "switchyard-dev-longer-name" / "in-use") << "";
    // A link in the place of the lock is none, and a link within leads nowhere.
    fs::create_directories(parent_ / "switchyard-dev-linked");
    fs::create_symlink(elsewhere / "in-use", parent_ / "switchyard-dev-linked" / "in-use");
    const fs::path left = left_by_a_killed_process();
    fs::create_directory_symlink(elsewhere, left / "within");
    (void)make();
    EXPECT_TRUE(fs::exists(elsewhere / "mine"));
    EXPECT_TRUE(fs::is_symlink(parent_ / "switchyard-dev-symbol"));
    EXPECT_TRUE(fs::exists(parent_ / "switchyard-dev-nolock" / "state"));
    EXPECT_TRUE(fs::exists(parent_ / "switchyard-dev-longer-name"));
    EXPECT_TRUE(fs::exists(parent_ / "switchyard-dev-linked"));
    EXPECT_FALSE(fs::exists(left));
}

TEST_F(DevelopmentFolderTest, SaysWhereNoneCanBeMade) {
    const auto made = DevelopmentFolder::make(parent_ / "absent");
    ASSERT_FALSE(made.has_value());
    EXPECT_NE(made.error().message.find("absent"), std::string::npos);
}

}  // namespace
}  // namespace switchyard::appliance
