// SPDX-License-Identifier: Apache-2.0
// The whole store (journal, flat state, state trie) in processes that die, on a disk that fails:
// nothing acknowledged is ever missing, and what is there is a whole state of the chain.
//
// Blocks, budgets, steps and the operation at which something goes wrong follow from the seed. What
// does not: journal, checkpoints, shards and trie are written by threads of their own, so that
// which of their writes is the n-th, and how far each of them got, differs from run to run.
#include <gtest/gtest.h>
#include <sys/mman.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>

#include "tests/support/child_process.hpp"
#include "tests/support/test_data.hpp"
#include "tests/support/write_faults/write_faults.hpp"
#include "tests/unit/state/crash/store_worker.hpp"
#include "tests/unit/state/sqlite/temporary_folder.hpp"

namespace switchyard::test {
namespace {

namespace fs = std::filesystem;

uint64_t wanted_runs() {
    const char* text = std::getenv("SWITCHYARD_CRASH_RUNS");
    const uint64_t runs = text == nullptr ? 0 : std::strtoull(text, nullptr, 10);
#ifdef SWITCHYARD_SANITIZED
    return runs == 0 ? 40 : runs;
#else
    return runs == 0 ? 200 : runs;
#endif
}

/// What a child and its parent share.
struct Shared {
    WriteCounts counts;
    WorkerNote note;
};

/// A run's misfortune.
struct Plan {
    std::vector<WriteFault> faults;
    journal::SyncPolicy policy = journal::SyncPolicy::Block;
    /// Without syncs an acknowledged block survives the process, not the disk.
    bool may_lose = false;
};

Plan plan_of(uint64_t run, std::mt19937_64& random) {
    Plan out;
    const auto kind = static_cast<FaultKind>(run % kFaultKinds);
    // Opening a store, and recovering it, are some dozens of operations; a life is some hundreds.
    const uint64_t operation = random() % (random() % 3 == 0 ? 60 : 600);
    WriteFault fault{kind, operation};
    const bool is_full = kind == FaultKind::DiskFull || kind == FaultKind::NoSpace;
    if (is_full && random() % 3 != 0) fault.operations = 1 + random() % 100;
    // Most writes are the databases'.
    constexpr const char* kPaths[] = {"", "", "journal-", "flat/main", "flat/state", "trie.db"};
    fault.path = kPaths[random() % std::size(kPaths)];
    out.faults.push_back(fault);
    const bool ends = kind <= FaultKind::PowerLoss;
    // What only fails is followed by an end at times.
    if (!ends && random() % 2 == 0)
        out.faults.push_back({random() % 2 == 0 ? FaultKind::PowerLoss : FaultKind::KillBefore,
                              operation + 1 + random() % 100});
    const uint64_t policy = random() % 8;
    if (policy == 0) out.policy = journal::SyncPolicy::Interval;
    if (policy == 1) out.policy = journal::SyncPolicy::Off;
    out.may_lose = out.policy == journal::SyncPolicy::Off &&
                   std::any_of(out.faults.begin(), out.faults.end(), [](const WriteFault& f) {
                       return f.kind == FaultKind::PowerLoss || f.kind == FaultKind::SyncKeeps ||
                              f.kind == FaultKind::SyncReverts;
                   });
    return out;
}

struct Totals {
    uint64_t runs = 0;
    uint64_t killed = 0;
    uint64_t gave_up = 0;
    uint64_t finished = 0;
    uint64_t stores = 0;
    uint64_t torn_tails = 0;
    uint64_t replayed = 0;  ///< blocks
    uint64_t replays = 0;   ///< recoveries with such
    uint64_t caught_up = 0;
    uint64_t cut_rewinds = 0;
    std::array<uint64_t, kFaultKinds> struck{};
    WriteCounts counts;
    WorkerNote notes;

    void add(const Shared& shared);
    void print() const;
};

void Totals::add(const Shared& shared) {
    for (size_t i = 0; i < kFaultKinds; ++i)
        struck[i] += shared.counts.struck[i];
    counts.operations += shared.counts.operations;
    counts.sectors_lost += shared.counts.sectors_lost;
    counts.names_lost += shared.counts.names_lost;
    counts.failed += shared.counts.failed;
    notes.blocks_sealed += shared.note.blocks_sealed;
    notes.rewinds += shared.note.rewinds;
    notes.errors += shared.note.errors;
    notes.reopened += shared.note.reopened;
    notes.checkpoints += shared.note.checkpoints;
    notes.views += shared.note.views;
}

unsigned long long count(uint64_t n) {
    return n;
}

void Totals::print() const {
    std::printf("%llu runs on %llu stores: %llu killed, %llu gave up, %llu finished\n", count(runs),
                count(stores), count(killed), count(gave_up), count(finished));
    for (size_t i = 0; i < kFaultKinds; ++i)
        std::printf("  %-16s %llu\n", to_string(static_cast<FaultKind>(i)), count(struck[i]));
    std::printf("%llu operations, %llu failed calls; lost to power: %llu sectors, %llu names\n",
                count(counts.operations), count(counts.failed), count(counts.sectors_lost),
                count(counts.names_lost));
    std::printf("%llu blocks sealed, %llu rewinds, %llu checkpoints on demand, %llu views read\n",
                count(notes.blocks_sealed), count(notes.rewinds), count(notes.checkpoints),
                count(notes.views));
    std::printf("%llu errors, after %llu of which the store was opened anew at once\n",
                count(notes.errors), count(notes.reopened));
    std::printf(
        "recoveries: %llu torn tails, %llu replayed %llu blocks, %llu caught the trie up, "
        "%llu after a rewind that was cut off\n",
        count(torn_tails), count(replays), count(replayed), count(caught_up), count(cut_rewinds));
}

class StoreCrash : public testing::Test {
  protected:
    StoreCrash()
        : shared_(static_cast<Shared*>(::mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE,
                                              MAP_SHARED | MAP_ANONYMOUS, -1, 0))) {}
    ~StoreCrash() override { ::munmap(shared_, sizeof *shared_); }

    void TearDown() override {
        stop_watching();
        if (!HasFailure()) return;
        const fs::path kept = folder_.path().string() + "-failed";
        std::error_code ignored;
        fs::rename(folder_.path(), kept, ignored);
        std::printf("the store is kept in %s\n", kept.c_str());
    }
    void start_store() {
        std::error_code ignored;
        fs::remove_all(disk_, ignored);
        fs::create_directory(disk_);
        forget_unsynced(disk_);
        expectation_ = {};
        ++totals_.stores;
    }
    /// One process from start to end.
    void live(uint64_t run, std::mt19937_64& random) {
        *shared_ = {};
        const Plan plan = plan_of(run, random);
        const uint64_t seed = random();
        expectation_.allow_loss(plan.may_lose);
        ChildProcess child([&](int pipe) {
            watch_writes(disk_, plan.faults, seed, shared_->counts);
            const int status = StoreWorker(path_, expectation_, 1000 * (run + 1), seed, plan.policy,
                                           pipe, shared_->note)
                                   .run();
            stop_watching();
            return status;
        });
        ASSERT_TRUE(child.started());
        bool is_rewinding = false;
        for (Message message; child.read(message);) {
            expectation_.take(message);
            is_rewinding = message.kind == Message::Kind::Rewinding;
        }
        const int status = child.wait();
        totals_.add(*shared_);
        ++totals_.runs;
        totals_.cut_rewinds += is_rewinding;
        if (was_killed(status)) {
            ++totals_.killed;
            return;
        }
        ASSERT_TRUE(WIFEXITED(status)) << "signal " << WTERMSIG(status);
        ASSERT_NE(WEXITSTATUS(status), StoreWorker::Wrong) << shared_->note.text;
        ASSERT_LT(WEXITSTATUS(status), StoreWorker::Wrong) << "exit " << WEXITSTATUS(status);
        totals_.gave_up += WEXITSTATUS(status) == StoreWorker::GaveUp;
        totals_.finished += WEXITSTATUS(status) == StoreWorker::Finished;
    }
    /// What the next process finds. Watched without faults, so that no sync waits for a disk.
    void check(std::mt19937_64& random) {
        WriteCounts ignored;
        watch_writes(disk_, {}, 1, ignored);
        auto store = StateStore::open(path_, crash_options(random));
        ASSERT_TRUE(store) << to_string(store.error().code) << ": " << store.error().message;
        const StoreRecovery& recovery = (*store)->recovery();
        totals_.torn_tails += recovery.cut.has_value();
        totals_.replayed += recovery.replayed;
        totals_.replays += recovery.replayed != 0;
        totals_.caught_up += recovery.trie_caught_up_from.has_value();
        std::string why;
        const ModelBlockPointer block = expectation_.find((*store)->last_block(), why);
        ASSERT_NE(block, nullptr) << why;
        const std::string found = difference(**store, *block);
        ASSERT_EQ(found, "") << "at block " << block->number;
        store->reset();
        stop_watching();
    }

    TemporaryFolder folder_;
    const fs::path disk_ = folder_.path() / "disk";
    const fs::path path_ = disk_ / "store";
    Shared* shared_;
    Expectation expectation_;
    Totals totals_;
};

TEST_F(StoreCrash, NothingAcknowledgedIsMissing) {
    const uint64_t runs = wanted_runs();
    for (uint64_t run = 0; run < runs; ++run) {
        auto random = test_generator(5000 + run);
        if (run == 0 || random() % 12 == 0) start_store();
        live(run, random);
        if (!HasFatalFailure()) check(random);
        if (HasFatalFailure()) {
            const Plan plan = [&] {
                auto again = test_generator(5000 + run);
                if (run != 0) (void)again();
                return plan_of(run, again);
            }();
            for (const WriteFault& fault : plan.faults)
                std::printf("run %llu: %s at operation %llu for %llu operations, path \"%s\"\n",
                            count(run), to_string(fault.kind), count(fault.operation),
                            count(fault.operations), fault.path.c_str());
            std::printf("struck after %llu operations; note: %s\n",
                        count(shared_->counts.operations), shared_->note.text);
            break;
        }
    }
    totals_.print();
    EXPECT_GT(totals_.notes.blocks_sealed, 2 * runs);
    if (runs < 100 || HasFailure()) return;
    for (size_t kind = 0; kind < kFaultKinds; ++kind)
        EXPECT_GE(totals_.struck[kind], runs / 40) << to_string(static_cast<FaultKind>(kind));
    EXPECT_GE(totals_.torn_tails, runs / 100);
    EXPECT_GE(totals_.replays, runs / 5);
    EXPECT_GE(totals_.caught_up, runs / 50);
    EXPECT_GE(totals_.notes.rewinds, runs / 10);
    EXPECT_GE(totals_.notes.reopened, runs / 20);
}

}  // namespace
}  // namespace switchyard::test
