// SPDX-License-Identifier: Apache-2.0
// Snapshots made, restored and repaired on a disk that fails at every place in turn, in every way:
// what is there afterwards is whole.
#include <sys/mman.h>

#include "tests/support/child_process.hpp"
#include "tests/support/write_faults/write_faults.hpp"
#include "tests/unit/state/snapshot/snapshot_fixture.hpp"

namespace switchyard {
namespace {

namespace fs = std::filesystem;
using test::FaultKind;
using test::WriteCounts;

constexpr int kDone = 0;
constexpr int kRefused = 10;

class SnapshotFaults : public test::SnapshotFixture {
  protected:
    SnapshotFaults()
        : counts_(
              static_cast<WriteCounts*>(::mmap(nullptr, sizeof(WriteCounts), PROT_READ | PROT_WRITE,
                                               MAP_SHARED | MAP_ANONYMOUS, -1, 0))) {}
    ~SnapshotFaults() override { ::munmap(counts_, sizeof *counts_); }

    /// Runs `job`, which gives whether it succeeded, in a child with faults below `disk_`. Gives
    /// whether it said so.
    template <typename Job>
    bool run(Job job, std::vector<test::WriteFault> faults, uint64_t seed) {
        *counts_ = {};
        test::ChildProcess child([&](int) {
            test::watch_writes(disk_, std::move(faults), seed, *counts_);
            const bool done = job();
            test::stop_watching();
            return done ? kDone : kRefused;
        });
        const int status = child.wait();
        EXPECT_TRUE(test::was_killed(status) ||
                    (WIFEXITED(status) &&
                     (WEXITSTATUS(status) == kDone || WEXITSTATUS(status) == kRefused)))
            << "status " << status;
        return WIFEXITED(status) && WEXITSTATUS(status) == kDone;
    }

    /// `job` with each fault at about `points` of its operations. `check(done)` looks at what is
    /// left, and `clear` makes the disk as it was.
    template <typename Job, typename Check, typename Clear>
    void strike_everywhere(Job job, uint64_t points, Check check, Clear clear) {
        clear();
        ASSERT_TRUE(run(job, {}, 0));
        const uint64_t operations = counts_->operations;
        ASSERT_GT(operations, 20U);
        check(true);
        const uint64_t step = std::max<uint64_t>(operations / points, 1);
        uint64_t struck = 0;
        for (size_t kind = 0; kind < test::kFaultKinds; ++kind) {
            // What a loss of power leaves at the end, where names change, is a matter of luck.
            const bool has_luck = static_cast<FaultKind>(kind) == FaultKind::PowerLoss;
            for (uint64_t at = kind % step; at < operations; at += at + 8 < operations ? step : 1) {
                for (uint64_t luck = 0; luck < (has_luck && at + 4 >= operations ? 16U : 1U);
                     ++luck) {
                    SCOPED_TRACE(std::string(test::to_string(static_cast<FaultKind>(kind))) +
                                 " at operation " + std::to_string(at) + " of " +
                                 std::to_string(operations));
                    clear();
                    const bool done = run(job, {{static_cast<FaultKind>(kind), at}},
                                          (at * 16 + kind) * 16 + luck);
                    struck += counts_->struck[kind];
                    check(done);
                    if (HasFatalFailure() || HasNonfatalFailure()) return;
                    if (done || at % 16 != 0) continue;
                    check(job());  // what is left is in nobody's way
                    if (HasFatalFailure() || HasNonfatalFailure()) return;
                }
            }
        }
        EXPECT_GT(struck, operations / step);
    }

    fs::path disk_ = temporary_.path() / "disk";
    WriteCounts* counts_;
};

TEST_F(SnapshotFaults, ACopyIsWholeOrAbsent) {
    const MemoryState state = test::snapshot_state(270, 8, 50);
    const StoredBlock block = test::block_of(state);
    folder_ = disk_ / "snapshot";
    const auto job = [&] {
        test::MemoryRows rows(state);
        return snapshot::create_snapshot(rows, block, folder_, {3, 2, 8192}).has_value();
    };
    strike_everywhere(
        job, 60,
        [&](bool done) {
            std::error_code ignored;
            const bool there = fs::exists(folder_) && !fs::is_empty(folder_, ignored);
            ASSERT_TRUE(there || !done) << "a snapshot that was acknowledged is gone";
            if (!there) return;
            ASSERT_TRUE(verify().sound());
            expect_state(state, "after the fault");
        },
        [&] {
            fs::remove_all(disk_);
            fs::create_directory(disk_);
        });
}

TEST_F(SnapshotFaults, ARestoredStoreIsWholeOrAbsent) {
    const MemoryState state = test::snapshot_state(271, 4, 50);
    create(state, folder_, {3, 2, 8192});
    const fs::path store = disk_ / "store";
    strike_everywhere(
        [&] {
            return snapshot::restore_snapshot(folder_, store,
                                              {.store_shards = 1, .chunk_rows = 100})
                .has_value();
        },
        12,
        [&](bool done) {
            std::error_code ignored;
            const bool there = fs::exists(store) && !fs::is_empty(store, ignored);
            ASSERT_TRUE(there || !done) << "a store that was acknowledged is gone";
            if (there) expect_store(store, state, test::block_of(state));
        },
        [&] {
            fs::remove_all(disk_);
            fs::create_directory(disk_);
        });
}

TEST_F(SnapshotFaults, RepairLosesNothing) {
    const MemoryState state = test::snapshot_state(272, 8, 50);
    create(state, good_, {3, 2, 8192});
    folder_ = disk_ / "snapshot";
    strike_everywhere([&] { return snapshot::repair_snapshot(folder_).has_value(); }, 40,
                      [&](bool done) {
                          ASSERT_TRUE(verify().restorable());
                          if (done) {
                              EXPECT_TRUE(verify().sound());
                          }
                          expect_state(state, "after the fault");
                      },
                      [&] {
                          fs::remove_all(disk_);
                          fs::create_directory(disk_);
                          again();
                          fs::remove(shard(0));
                          flip(shard(4), 300);
                      });
}

}  // namespace
}  // namespace switchyard
