// SPDX-License-Identifier: Apache-2.0
// Damaged journals: recovered in full, cut behind the last durable record, or refused; never a
// record that was not written.
#include "host/state/journal/recovery.hpp"

#include <gtest/gtest.h>

#include "tests/support/test_data.hpp"
#include "tests/unit/state/journal/journal_process.hpp"

namespace switchyard::test {
namespace {

using Files = std::map<std::string, Bytes>;

struct Outcome {
    Result<void> opened;
    std::vector<Entry> replayed;
    journal::RecoveryReport report;
    Files files;
};

class JournalRecoveryTest : public testing::Test {
  protected:
    /// A journal of `records` records, each synced and marked; the last `unsynced` are neither.
    void SetUp() override { make(11, 0); }
    void make(int records, int unsynced) {
        SimulatedDisk disk(1);
        auto random = test_generator(72);
        JournalProcess process;
        ASSERT_TRUE(process.open(disk, {.store = kStore}));
        log_.clear();
        for (int i = 0; i < records; ++i) {
            log_.push_back(process.append(random_payload(random)));
            ASSERT_TRUE(process.write());
            if (i >= records - unsynced) continue;
            ASSERT_TRUE(process.sync());
            ASSERT_TRUE(process.mark());
        }
        durable_ = static_cast<size_t>(records - unsynced);
        files_ = disk.contents();
        ASSERT_GE(files_.size(), 3u);
    }
    static Outcome recover(const Files& files, const journal::RecoveryOptions& options) {
        SimulatedDisk disk(1);
        for (const auto& [name, content] : files)
            disk.put(name, content);
        JournalProcess process;
        Outcome out{process.open(disk, options), {}, {}, {}};
        out.replayed = process.replayed;
        out.report = process.report;
        out.files = disk.contents();
        return out;
    }
    static Outcome recover(const Files& files) { return recover(files, {.store = kStore}); }
    /// What a damaged journal may give: `Corrupt`, or at least everything durable.
    void expect_honest(const Files& files, const std::string& where) {
        const Outcome out = recover(files);
        ASSERT_LE(out.replayed.size(), log_.size()) << where;
        for (size_t i = 0; i < out.replayed.size(); ++i)
            ASSERT_EQ(out.replayed[i], log_[i]) << where;
        if (out.opened) {
            ASSERT_GE(out.replayed.size(), durable_) << where;
        } else {
            ASSERT_EQ(out.opened.error().code, ErrorCode::Corrupt) << where;
        }
        // An operator who cuts gets a prefix, whatever the damage.
        const Outcome cut = recover(files, {.store = kStore, .cut_damage = true});
        ASSERT_TRUE(cut.opened) << where << cut.opened.error().message;
        ASSERT_LE(cut.replayed.size(), log_.size()) << where;
        for (size_t i = 0; i < cut.replayed.size(); ++i)
            ASSERT_EQ(cut.replayed[i], log_[i]) << where;
    }
    void expect_corrupt(const Files& files, const std::string& segment, const std::string& text) {
        const Outcome out = recover(files);
        ASSERT_FALSE(out.opened);
        EXPECT_EQ(out.opened.error().code, ErrorCode::Corrupt);
        const std::string& message = out.opened.error().message;
        EXPECT_NE(message.find(segment + ", offset "), std::string::npos) << message;
        EXPECT_NE(message.find(text), std::string::npos) << message;
        EXPECT_NE(message.find("restore a snapshot"), std::string::npos) << message;
    }
    [[nodiscard]] std::string name(size_t index) const {
        return std::next(files_.begin(), static_cast<std::ptrdiff_t>(index))->first;
    }
    [[nodiscard]] std::string last_name() const { return files_.rbegin()->first; }

    std::vector<Entry> log_;
    size_t durable_ = 0;
    Files files_;
};

TEST_F(JournalRecoveryTest, GivesEveryRecordAndLeavesTheFilesAlone) {
    const Outcome out = recover(files_);
    ASSERT_TRUE(out.opened) << out.opened.error().message;
    EXPECT_EQ(out.replayed, log_);
    EXPECT_FALSE(out.report.cut);
    EXPECT_FALSE(out.report.rewritten);
    EXPECT_EQ(out.files, files_);
    EXPECT_EQ(out.report.first, 1u);
    EXPECT_EQ(out.report.next, log_.back().number + 2);  // behind the mark
}

TEST_F(JournalRecoveryTest, BeginsWhereTheCheckpointEnds) {
    for (const Entry& needed : log_) {
        const Outcome out = recover(files_, {.store = kStore, .replay_from = needed.number});
        ASSERT_TRUE(out.opened);
        ASSERT_EQ(out.replayed.front(), needed);
        ASSERT_EQ(out.replayed.back(), log_.back());
    }
    // Segments that a release had not yet removed do not matter, not even a gap between them.
    Files files = files_;
    files.erase(name(1));
    const Outcome out = recover(files, {.store = kStore, .replay_from = log_.back().number});
    ASSERT_TRUE(out.opened) << out.opened.error().message;
    EXPECT_EQ(out.replayed.size(), 1u);
}

TEST_F(JournalRecoveryTest, RefusesAJournalThatDoesNotMeetTheCheckpoint) {
    Files files = files_;
    files.erase(name(0));
    const Outcome late = recover(files, {.store = kStore, .replay_from = 1});
    ASSERT_FALSE(late.opened);
    EXPECT_NE(late.opened.error().message.find("record 1 is needed"), std::string::npos);
    const Outcome early = recover(files_, {.store = kStore, .replay_from = 1000});
    ASSERT_FALSE(early.opened);
    EXPECT_NE(early.opened.error().message.find("older copy"), std::string::npos);
    // The operator's way on: the checkpoint, and a new journal behind it.
    const Outcome anew =
        recover(files_, {.store = kStore, .replay_from = 1000, .cut_damage = true});
    ASSERT_TRUE(anew.opened) << anew.opened.error().message;
    EXPECT_EQ(anew.report.next, 1000u);
    EXPECT_EQ(anew.report.cut->segments_set_aside, files_.size());
    for (const auto& [file, content] : anew.files)
        EXPECT_TRUE(file.ends_with(".damaged")) << file;
}

TEST_F(JournalRecoveryTest, CreatesAJournalOnlyWhereItMay) {
    const Outcome refused = recover({}, {.store = kStore, .create = false});
    ASSERT_FALSE(refused.opened);
    EXPECT_EQ(refused.opened.error().code, ErrorCode::NotFound);
    const Outcome made = recover({}, {.store = kStore, .replay_from = 42});
    ASSERT_TRUE(made.opened);
    EXPECT_EQ(made.report.next, 42u);
}

TEST_F(JournalRecoveryTest, EveryTruncationIsFound) {
    for (const auto& [file, content] : files_)
        for (size_t size = 0; size < content.size(); ++size) {
            Files files = files_;
            files[file].resize(size);
            ASSERT_FALSE(recover(files).opened) << file << " " << size;
            ASSERT_NO_FATAL_FAILURE(expect_honest(files, file + " " + std::to_string(size)));
        }
}

TEST_F(JournalRecoveryTest, EveryFlippedByteIsFoundOrHarmless) {
    auto random = test_generator(73);
    for (const int unsynced : {0, 2}) {
        ASSERT_NO_FATAL_FAILURE(make(11, unsynced));
        for (const auto& [file, content] : files_)
            for (size_t at = 0; at < content.size(); ++at) {
                Files files = files_;
                files[file][at] ^= static_cast<uint8_t>(1 + random() % 255);
                ASSERT_NO_FATAL_FAILURE(expect_honest(files, file + " " + std::to_string(at)));
            }
    }
}

// A tail of zeros is what a loss of power makes of records that were not synced.
TEST_F(JournalRecoveryTest, ZerosFromAnyOffsetOnLeaveAPrefix) {
    for (size_t from = journal::kSegmentHeaderBytes; from < files_[last_name()].size(); ++from) {
        Files files = files_;
        Bytes& last = files[last_name()];
        std::fill(last.begin() + static_cast<std::ptrdiff_t>(from), last.end(), 0);
        const Outcome out = recover(files);
        ASSERT_TRUE(out.opened) << from << out.opened.error().message;
        for (size_t i = 0; i < out.replayed.size(); ++i)
            ASSERT_EQ(out.replayed[i], log_[i]);
        // The next start has nothing to cut.
        const Outcome again = recover(out.files);
        ASSERT_TRUE(again.opened);
        ASSERT_EQ(again.replayed, out.replayed);
        ASSERT_FALSE(again.report.cut);
        ASSERT_FALSE(again.report.rewritten);
    }
}

TEST_F(JournalRecoveryTest, ATornTailIsCutAndReported) {
    make(11, 2);
    Files files = files_;
    Bytes& last = files[last_name()];
    // The last byte that is not zero belongs to the last record, which was not synced.
    const auto end = std::find_if(last.rbegin(), last.rend(), [](uint8_t b) { return b != 0; });
    *end = 0;
    const Outcome out = recover(files);
    ASSERT_TRUE(out.opened) << out.opened.error().message;
    EXPECT_EQ(out.replayed.size(), log_.size() - 1);
    ASSERT_TRUE(out.report.cut);
    EXPECT_FALSE(out.report.cut->damage);
    EXPECT_EQ(out.report.cut->record, log_.back().number);
    const std::string line = to_string(*out.report.cut);
    EXPECT_NE(line.find(last_name()), std::string::npos) << line;
    EXPECT_NE(line.find("torn tail"), std::string::npos) << line;
    EXPECT_EQ(line.find('\n'), std::string::npos);
}

TEST_F(JournalRecoveryTest, AMissingSegmentIsCorrupt) {
    for (size_t index = 1; index + 1 < files_.size(); ++index) {
        Files files = files_;
        files.erase(name(index));
        expect_corrupt(files, name(index + 1), "missing or was replaced");
    }
}

TEST_F(JournalRecoveryTest, ASegmentUnderAnothersNameIsCorrupt) {
    Files files = files_;
    files[name(1)] = files_[name(0)];
    expect_corrupt(files, name(1), "name of another");
}

TEST_F(JournalRecoveryTest, AnotherStoresSegmentIsCorrupt) {
    journal::StoreId other = kStore;
    other[0] ^= 1;
    const Outcome out = recover(files_, {.store = other});
    ASSERT_FALSE(out.opened);
    EXPECT_EQ(out.opened.error().code, ErrorCode::Corrupt);
    EXPECT_NE(out.opened.error().message.find("belongs to the store"), std::string::npos);
}

// The same store wrote both journals, with records of the same sizes and numbers.
TEST_F(JournalRecoveryTest, AnOldRecordInPlaceOfANewOneIsCorrupt) {
    const auto two_records = [](uint8_t first, uint8_t second) {
        SimulatedDisk disk(1);
        JournalProcess process;
        EXPECT_TRUE(process.open(disk, {.store = kStore}));
        process.append(Bytes(100, first));
        process.append(Bytes(100, second));
        EXPECT_TRUE(process.write());
        return disk.contents();
    };
    const Files old = two_records(1, 2);
    Files files = two_records(3, 4);
    const auto second =
        static_cast<std::ptrdiff_t>(journal::kSegmentHeaderBytes + journal::record_bytes(100));
    Bytes& bytes = files.begin()->second;
    std::copy_n(old.begin()->second.begin() + second, journal::record_bytes(100),
                bytes.begin() + second);
    expect_corrupt(files, files.begin()->first, "does not continue the record before");
}

TEST_F(JournalRecoveryTest, AnOperatorsCutKeepsWhatItCutsOff) {
    Files files = files_;
    files[name(1)][journal::kSegmentHeaderBytes + 8] ^= 1;
    const Files damaged = files;
    expect_corrupt(files, name(1), "a later segment exists");
    const Outcome out = recover(files, {.store = kStore, .cut_damage = true});
    ASSERT_TRUE(out.opened) << out.opened.error().message;
    ASSERT_TRUE(out.report.cut && out.report.cut->damage);
    EXPECT_EQ(out.report.cut->segments_set_aside, files_.size() - 2);
    EXPECT_EQ(out.files.at(name(0)), damaged.at(name(0)));
    for (size_t index = 1; index < files_.size(); ++index)
        EXPECT_EQ(out.files.at(name(index) + ".damaged"), damaged.at(name(index)));
    const Outcome again = recover(out.files);
    ASSERT_TRUE(again.opened) << again.opened.error().message;
    EXPECT_EQ(again.replayed, out.replayed);
}

TEST_F(JournalRecoveryTest, TheCallersErrorEndsIt) {
    SimulatedDisk disk(1);
    for (const auto& [file, content] : files_)
        disk.put(file, content);
    const auto folder = disk.open_folder();
    const auto out = journal::recover(*folder, {.store = kStore}, [](const journal::RecordView&) {
        return Result<void>(Error{ErrorCode::Mismatch, "no"});
    });
    ASSERT_FALSE(out);
    EXPECT_EQ(out.error().code, ErrorCode::Mismatch);
}

TEST_F(JournalRecoveryTest, AnUnknownKindIsUnsupported) {
    SimulatedDisk disk(1);
    const auto folder = disk.open_folder();
    journal::RecordChain chain(kStore, {});
    Bytes records;
    chain.append(static_cast<journal::RecordKind>(77), {}, 0, 0, records);
    journal::SegmentWriter writer(*folder, kStore, kSmallSegment, {}, {});
    ASSERT_TRUE(writer.write(records));
    const Outcome out = recover(disk.contents());
    ASSERT_FALSE(out.opened);
    EXPECT_EQ(out.opened.error().code, ErrorCode::Unsupported);
}

}  // namespace
}  // namespace switchyard::test
