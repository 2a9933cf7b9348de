// SPDX-License-Identifier: Apache-2.0
// A process that commits blocks is killed with SIGKILL at random moments: what it acknowledged must
// be there afterwards.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "host/state/state_store.hpp"
#include "host/state/trie/state_trie.hpp"
#include "tests/support/test_data.hpp"
#include "tests/unit/state/random_block.hpp"
#include "tests/unit/state/sqlite/temporary_folder.hpp"

namespace switchyard {
namespace {

namespace fs = std::filesystem;

/// The chain that every process of this test agrees on: block `number` over the state before it.
StateChanges block_changes(const StateView& view, uint64_t number) {
    std::mt19937_64 random(number);
    return test::random_block(view, random, 200);
}

StoredBlock stored_block(uint64_t number) {
    return {number, to_bytes32(Uint256{number + 1}), to_bytes32(Uint256{number + 2})};
}

/// Commits until killed; writes each number to `acknowledge` after its commit.
[[noreturn]] void commit_forever(const fs::path& path, int acknowledge) {
    Result<StateStore> store = StateStore::open(path);
    if (!store) _exit(1);
    for (;;) {
        const uint64_t number = store->last_block() ? store->last_block()->number + 1 : 1;
        if (!store->commit(stored_block(number), block_changes(store->view(), number))) _exit(2);
        if (::write(acknowledge, &number, sizeof number) != sizeof number) _exit(3);
    }
}

void sleep_microseconds(uint64_t microseconds) {
    const timespec time{0, static_cast<long>(microseconds * 1000)};
    ::nanosleep(&time, nullptr);
}

/// Starts a child, kills it after some acknowledgements and a random while, and gives the last
/// number that it acknowledged (0: none).
uint64_t run_and_kill(const fs::path& path, std::mt19937_64& random) {
    int pipe_ends[2];
    EXPECT_EQ(::pipe(pipe_ends), 0);
    const pid_t child = ::fork();
    EXPECT_GE(child, 0);
    if (child == 0) {
        ::close(pipe_ends[0]);
        commit_forever(path, pipe_ends[1]);
    }
    ::close(pipe_ends[1]);
    uint64_t last = 0;
    uint64_t number = 0;
    for (uint64_t wanted = random() % 6; wanted > 0; --wanted)
        if (::read(pipe_ends[0], &number, sizeof number) == sizeof number) last = number;
    sleep_microseconds(random() % 4000);
    EXPECT_EQ(::kill(child, SIGKILL), 0);
    while (::read(pipe_ends[0], &number, sizeof number) == sizeof number)
        last = number;
    ::close(pipe_ends[0]);
    int status = 0;
    EXPECT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_TRUE(WIFSIGNALED(status)) << "the child ended by itself with " << WEXITSTATUS(status);
    return last;
}

TEST(StateStoreKill, NothingAcknowledgedIsMissing) {
    const test::TemporaryFolder folder;
    const fs::path path = folder.path() / "state.db";
    auto random = test::test_generator(40);
    MemoryState model;
    uint64_t modelled = 0;
    uint64_t acknowledged = 0;
    uint64_t unacknowledged_but_stored = 0;
    for (int kill = 0; kill < 40; ++kill) {
        acknowledged = std::max(acknowledged, run_and_kill(path, random));
        const Result<StateStore> store = StateStore::open(path);
        ASSERT_TRUE(store) << store.error().message;
        const uint64_t stored = store->last_block() ? store->last_block()->number : 0;
        ASSERT_GE(stored, acknowledged);
        // One commit at most was under way.
        ASSERT_LE(stored, acknowledged + 1);
        unacknowledged_but_stored += stored - acknowledged;
        acknowledged = stored;
        for (; modelled < stored; ++modelled)
            model.apply(block_changes(model, modelled + 1));
        if (stored != 0) {
            ASSERT_EQ(*store->last_block(), stored_block(stored));
        }
        ASSERT_TRUE(test::same_state(store->view(), model)) << "after kill " << kill;
    }
    RecordProperty("blocks", static_cast<int>(acknowledged));
    RecordProperty("stored_unacknowledged", static_cast<int>(unacknowledged_but_stored));
    EXPECT_GT(acknowledged, 40U);
}

}  // namespace
}  // namespace switchyard
