// SPDX-License-Identifier: Apache-2.0
// A journal on a machine that fails at every operation in turn: nothing acknowledged may be
// missing, and nothing that was never written may be there.
#include <gtest/gtest.h>

#include "tests/support/test_data.hpp"
#include "tests/unit/state/journal/journal_process.hpp"

namespace switchyard::test {
namespace {

using Kind = Fault::Kind;

/// One machine with one journal.
class Machine {
  public:
    Machine(uint64_t seed, bool replay_from_released)
        : disk(seed), random_(seed), replay_from_released_(replay_from_released) {}

    /// Opens the journal and checks what it gives.
    Result<void> open() {
        journal::RecoveryOptions options{.store = kStore};
        if (replay_from_released_) options.replay_from = model.released + 1;
        if (Result<void> opened = process_.open(disk, options); !opened) return opened;
        EXPECT_TRUE(model.take(process_.replayed));
        return {};
    }
    Result<void> commit_batch() {
        for (uint64_t records = 1 + random_() % 3; records > 0; --records)
            model.log.push_back(
                process_.append(random_payload(random_, random_() % 8 == 0 ? 9000 : 1500)));
        if (Result<void> done = process_.write(); !done) return done;
        if (Result<void> done = process_.sync(); !done) return done;
        model.acknowledged = model.log.size();
        return process_.mark();
    }
    /// Twelve batches of one to three records, some larger than a segment, with releases and
    /// restarts between them; ends at the first error.
    Result<void> work() {
        if (Result<void> opened = open(); !opened) return opened;
        for (int batch = 0; batch < 12; ++batch) {
            if (Result<void> done = commit_batch(); !done) return done;
            if (random_() % 4 == 0) {
                model.released =
                    std::max(model.released, model.log[random_() % model.log.size()].number);
                if (Result<void> done = process_.release(model.released); !done) return done;
            }
            if (random_() % 6 == 0)
                if (Result<void> opened = open(); !opened) return opened;
        }
        return {};
    }
    /// Recovers, goes on writing, recovers again.
    testing::AssertionResult survives() {
        if (Result<void> opened = open(); !opened)
            return testing::AssertionFailure() << opened.error().message;
        cuts += process_.report.cut.has_value();
        whole_records_cut += process_.report.cut ? process_.report.cut->whole_records : 0;
        if (Result<void> done = commit_batch(); !done)
            return testing::AssertionFailure() << done.error().message;
        if (Result<void> opened = open(); !opened)
            return testing::AssertionFailure() << "again: " << opened.error().message;
        if (process_.report.cut)
            return testing::AssertionFailure() << "again: " << to_string(*process_.report.cut);
        return testing::AssertionSuccess();
    }

    SimulatedDisk disk;
    JournalModel model;
    uint64_t cuts = 0;
    uint64_t whole_records_cut = 0;

  private:
    std::mt19937_64 random_;
    bool replay_from_released_;
    JournalProcess process_;
};

struct Runs {
    uint64_t runs = 0;
    uint64_t faults = 0;
    uint64_t cuts = 0;
    uint64_t whole_records_cut = 0;
};

/// Runs the work of each seed once for every operation, with the fault at that operation, then
/// `afterwards`, then looks whether the journal survives.
template <typename Afterwards>
Runs at_every_operation(Kind kind, uint64_t seeds, bool replay_from_released,
                        Afterwards afterwards) {
    Runs out;
    for (uint64_t seed = test_seed(); seed < test_seed() + seeds; ++seed) {
        Machine whole(seed, replay_from_released);
        EXPECT_TRUE(whole.work());
        const uint64_t operations = whole.disk.take_operations();
        for (uint64_t operation = 0; operation < operations; ++operation) {
            Machine machine(seed, replay_from_released);
            machine.disk.set_fault({kind, operation});
            static_cast<void>(machine.work());
            ++out.runs;
            out.faults += machine.disk.fault_happened();
            machine.disk.restart();
            const testing::AssertionResult survived =
                afterwards(machine) ? machine.survives() : testing::AssertionFailure();
            EXPECT_TRUE(survived) << "seed " << seed << ", operation " << operation;
            if (!survived) return out;
            out.cuts += machine.cuts;
            out.whole_records_cut += machine.whole_records_cut;
        }
    }
    return out;
}

void report(const Runs& runs) {
    testing::Test::RecordProperty("runs", std::to_string(runs.runs));
    testing::Test::RecordProperty("cuts", std::to_string(runs.cuts));
    EXPECT_GT(runs.runs, 1000u);
    EXPECT_GT(runs.faults, runs.runs / 2);
}

TEST(JournalPowerLoss, AtEveryOperationLosesNothingAcknowledged) {
    const Runs runs = at_every_operation(Kind::PowerLoss, 20, false, [](Machine&) { return true; });
    report(runs);
    // The runs reach what they are for: torn tails, and whole records behind a torn one.
    EXPECT_GT(runs.cuts, 50u);
    EXPECT_GT(runs.whole_records_cut, 10u);
}

TEST(JournalPowerLoss, DuringRecoveryLosesNothingEither) {
    auto random = test_generator(71);
    report(at_every_operation(Kind::PowerLoss, 10, true, [&](Machine& machine) {
        for (int again = 0; again < 3; ++again) {
            machine.disk.take_operations();
            machine.disk.set_fault({Kind::PowerLoss, random() % 12});
            static_cast<void>(machine.open());
            machine.disk.restart();
        }
        return true;
    }));
}

// What a recovery gave counts as acknowledged: the model says so, and the power goes right behind.
TEST(JournalFailedSync, AtEverySyncLosesNothingThatRecoveryGives) {
    report(at_every_operation(Kind::SyncFails, 20, true, [](Machine& machine) {
        const Result<void> opened = machine.open();
        EXPECT_TRUE(opened) << opened.error().message;
        machine.disk.lose_power();
        machine.disk.restart();
        return opened.has_value();
    }));
}

// Whoever follows the journal may make a record durable elsewhere as soon as it is given one, so
// the record has to be durable by then, and not only when the recovery has come to its end.
TEST(JournalFailedSync, ARecordThatRecoveryGivesOutlivesPowerAtOnce) {
    auto random = test_generator(72);
    uint64_t in_the_middle = 0;
    report(at_every_operation(Kind::SyncFails, 10, false, [&](Machine& machine) {
        const auto recover = [&](const journal::Replay& replay) {
            const auto folder = machine.disk.open_folder();
            return journal::recover(*folder, {.store = kStore}, replay).has_value();
        };
        uint64_t given = 0;
        uint64_t left = random() % 40;
        in_the_middle += !recover([&](const journal::RecordView& record) -> Result<void> {
            given = record.header.number;
            if (left-- == 0) return Error{ErrorCode::Unavailable, "enough"};
            return {};
        });
        machine.disk.lose_power();
        machine.disk.restart();
        uint64_t last = 0;
        EXPECT_TRUE(recover([&](const journal::RecordView& record) -> Result<void> {
            last = record.header.number;
            return {};
        }));
        EXPECT_GE(last, given);
        return last >= given;
    }));
    EXPECT_GT(in_the_middle, 100u);
}

TEST(JournalFailedSync, ThenLossOfPowerLosesNothingAcknowledged) {
    report(at_every_operation(Kind::SyncFails, 10, true, [](Machine& machine) {
        machine.disk.lose_power();
        machine.disk.restart();
        return true;
    }));
}

TEST(JournalFullDisk, AtEveryWriteLosesNothingAcknowledged) {
    report(at_every_operation(Kind::DiskFull, 15, false, [](Machine&) { return true; }));
}

TEST(JournalShortWrite, AtEveryWriteLosesNothingAcknowledged) {
    report(at_every_operation(Kind::ShortWrite, 15, false, [](Machine&) { return true; }));
}

TEST(JournalShortWrite, ThenLossOfPowerLosesNothingAcknowledged) {
    report(at_every_operation(Kind::ShortWrite, 10, false, [](Machine& machine) {
        machine.disk.lose_power();
        machine.disk.restart();
        return true;
    }));
}

}  // namespace
}  // namespace switchyard::test
