// SPDX-License-Identifier: Apache-2.0
// The journal with its thread: group commit, policies, what happens after a failure.
#include "host/state/journal/journal.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <atomic>

#include "tests/support/test_data.hpp"
#include "tests/unit/state/journal/journal_process.hpp"

namespace switchyard::test {
namespace {

using journal::Journal;
using journal::JournalOptions;
using journal::RecordKind;
using journal::SyncPolicy;

constexpr SyncPolicy kPolicies[] = {SyncPolicy::Block, SyncPolicy::Interval, SyncPolicy::Off};

JournalOptions options_of(SyncPolicy policy) {
    JournalOptions out;
    out.recovery.store = kStore;
    out.policy = policy;
    out.interval = std::chrono::milliseconds{1};
    out.segment_bytes = kSmallSegment;
    return out;
}

std::unique_ptr<Journal> open_journal(SimulatedDisk& disk, const JournalOptions& options,
                                      std::vector<Entry>& replayed) {
    replayed.clear();
    auto out = Journal::open(disk.open_folder(), options, collect(replayed));
    EXPECT_TRUE(out) << out.error().message;
    return out ? std::move(*out) : nullptr;
}

class JournalPolicyTest : public testing::TestWithParam<SyncPolicy> {};

TEST_P(JournalPolicyTest, GivesBackWhatWasAppended) {
    SimulatedDisk disk(1);
    auto random = test_generator(90);
    std::vector<Entry> log;
    std::vector<Entry> replayed;
    for (int round = 0; round < 5; ++round) {
        const auto journal = open_journal(disk, options_of(GetParam()), replayed);
        ASSERT_EQ(replayed, log);
        EXPECT_FALSE(journal->recovery().cut);
        EXPECT_FALSE(journal->recovery().rewritten) << "a closed journal needs no recovery";
        for (int i = 0; i < 20; ++i) {
            const Bytes payload = random_payload(random, i == 7 ? 20'000 : 800);
            const auto number = journal->append(RecordKind::Block, payload);
            ASSERT_TRUE(number);
            log.push_back({*number, payload});
            if (i % 3 == 0) {
                ASSERT_TRUE(journal->wait_durable(*number));
                EXPECT_GE(journal->status().durable, *number);
            }
        }
        ASSERT_TRUE(journal->close());
        EXPECT_EQ(journal->status().durable, log.back().number);
        EXPECT_EQ(journal->append(RecordKind::Block, {}).error().code, ErrorCode::Unavailable);
        disk.lose_power();
        disk.restart();
    }
}

TEST_P(JournalPolicyTest, ManyThreadsShareIt) {
    SimulatedDisk disk(1);
    std::vector<Entry> replayed;
    constexpr uint64_t kThreads = 4;
    constexpr uint64_t kRecords = 100;
    std::array<std::vector<uint64_t>, kThreads> numbers;
    {
        const auto journal = open_journal(disk, options_of(GetParam()), replayed);
        std::vector<std::thread> threads;
        std::atomic<uint64_t> failures = 0;
        for (uint64_t thread = 0; thread < kThreads; ++thread)
            threads.emplace_back([&, thread] {
                std::mt19937_64 random(thread);
                for (uint64_t i = 0; i < kRecords; ++i) {
                    Bytes payload = random_payload(random, 300);
                    payload.push_back(static_cast<uint8_t>(thread));
                    const auto number = journal->append(RecordKind::Block, payload);
                    if (!number || (i % 4 == 0 && !journal->wait_durable(*number))) {
                        ++failures;
                        return;
                    }
                    numbers[thread].push_back(*number);
                }
            });
        // Checkpoints and metrics meanwhile. Released up to 0: nothing goes.
        for (int i = 0; i < 50; ++i) {
            failures += !journal->release(0);
            const auto status = journal->status();
            failures += status.durable > status.appended;
        }
        for (std::thread& thread : threads)
            thread.join();
        ASSERT_EQ(failures, 0u);
        ASSERT_TRUE(journal->close());
    }
    const auto journal = open_journal(disk, options_of(GetParam()), replayed);
    ASSERT_EQ(replayed.size(), kThreads * kRecords);
    std::array<size_t, kThreads> seen{};
    std::array<std::mt19937_64, kThreads> random;
    for (uint64_t thread = 0; thread < kThreads; ++thread)
        random[thread].seed(thread);
    for (const Entry& entry : replayed) {
        const uint64_t thread = entry.payload.back();
        ASSERT_LT(thread, kThreads);
        ASSERT_EQ(entry.number, numbers[thread][seen[thread]++]);
        Bytes expected = random_payload(random[thread], 300);
        expected.push_back(static_cast<uint8_t>(thread));
        ASSERT_EQ(entry.payload, expected);
    }
}

TEST_P(JournalPolicyTest, AppendWaitsForRoomAndGoesOn) {
    SimulatedDisk disk(1);
    std::vector<Entry> replayed;
    JournalOptions options = options_of(GetParam());
    options.pending_bytes_max = 1000;
    auto random = test_generator(91);
    uint64_t last = 0;
    {
        const auto journal = open_journal(disk, options, replayed);
        for (int i = 0; i < 200; ++i) {
            const auto number = journal->append(RecordKind::Block, random_payload(random, 3000));
            ASSERT_TRUE(number);
            last = *number;
        }
        ASSERT_TRUE(journal->wait_durable(last));
    }
    const auto journal = open_journal(disk, options, replayed);
    EXPECT_EQ(replayed.size(), 200u);
    EXPECT_EQ(replayed.back().number, last);
}

TEST_P(JournalPolicyTest, AFailurePoisonsUntilItIsOpenedAgain) {
    for (const Fault::Kind kind :
         {Fault::Kind::SyncFails, Fault::Kind::DiskFull, Fault::Kind::ShortWrite})
        for (uint64_t operation = 0; operation < 60; ++operation) {
            SimulatedDisk disk(operation);
            auto random = test_generator(92);
            std::vector<Entry> replayed;
            JournalModel model;
            auto journal = open_journal(disk, options_of(GetParam()), replayed);
            disk.take_operations();
            disk.set_fault({kind, operation});
            bool poisoned = false;
            for (int i = 0; i < 30 && !poisoned; ++i) {
                const Bytes payload = random_payload(random);
                const auto number = journal->append(RecordKind::Block, payload);
                if (number) model.log.push_back({*number, payload});
                if (number && journal->wait_durable(*number))
                    model.acknowledged = model.log.size();
                else
                    poisoned = true;
            }
            if (poisoned) {
                EXPECT_FALSE(journal->append(RecordKind::Block, {}));
                EXPECT_FALSE(journal->release(1));
                EXPECT_FALSE(journal->close());
                if (model.acknowledged != 0) {
                    EXPECT_TRUE(journal->wait_durable(model.log[0].number)) << "still durable";
                }
            }
            journal.reset();
            disk.restart();
            journal = open_journal(disk, options_of(GetParam()), replayed);
            ASSERT_TRUE(model.take(replayed));
            const auto number = journal->append(RecordKind::Block, {});
            ASSERT_TRUE(number);
            ASSERT_TRUE(journal->wait_durable(*number));
        }
}

TEST_P(JournalPolicyTest, ReleaseRemovesWholeSegments) {
    SimulatedDisk disk(1);
    std::vector<Entry> replayed;
    const Bytes payload(1000, 7);
    std::vector<uint64_t> numbers;
    {
        const auto journal = open_journal(disk, options_of(GetParam()), replayed);
        for (int i = 0; i < 40; ++i) {
            numbers.push_back(*journal->append(RecordKind::Block, payload));
            ASSERT_TRUE(journal->wait_durable(numbers.back()));
        }
        const uint64_t before = journal->status().segments;
        ASSERT_GT(before, 5u);
        ASSERT_TRUE(journal->release(numbers[19]));
        const auto status = journal->status();
        EXPECT_LT(status.segments, before);
        EXPECT_GT(status.segments, 2u);
        EXPECT_EQ(status.segment_bytes, status.segments * kSmallSegment);
        // The next segments take the spare that release has made.
        for (int i = 0; i < 20; ++i) {
            numbers.push_back(*journal->append(RecordKind::Block, payload));
            ASSERT_TRUE(journal->wait_durable(numbers.back()));
        }
        ASSERT_TRUE(journal->release(UINT64_MAX));
        EXPECT_EQ(journal->status().segments, 1u);
        numbers.push_back(*journal->append(RecordKind::Block, payload));
    }
    JournalOptions options = options_of(GetParam());
    options.recovery.replay_from = numbers.back();
    const auto journal = open_journal(disk, options, replayed);
    ASSERT_EQ(replayed.size(), 1u);
    EXPECT_EQ(replayed[0], (Entry{numbers.back(), payload}));
}

std::string policy_name(const testing::TestParamInfo<SyncPolicy>& policy) {
    constexpr std::array kNames{"Block", "Interval", "Off"};
    return kNames[static_cast<size_t>(policy.param)];
}
INSTANTIATE_TEST_SUITE_P(Policies, JournalPolicyTest, testing::ValuesIn(kPolicies), policy_name);

TEST(Journal, ThePolicyDecidesWhatALossOfPowerTakes) {
    for (const SyncPolicy policy : kPolicies) {
        uint64_t lost = 0;
        for (uint64_t seed = 0; seed < 20; ++seed) {
            SimulatedDisk disk(seed);
            std::vector<Entry> replayed;
            auto journal = open_journal(disk, options_of(policy), replayed);
            const auto number = journal->append(RecordKind::Block, Bytes(2000, 1));
            ASSERT_TRUE(journal->wait_durable(*number));
            disk.lose_power();
            journal.reset();
            disk.restart();
            journal = open_journal(disk, options_of(policy), replayed);
            lost += replayed.empty();
        }
        if (policy == SyncPolicy::Off)
            EXPECT_GT(lost, 0u);
        else
            EXPECT_EQ(lost, 0u);
    }
}

// Sectors of a later record may survive those of an earlier one, which was in the hands of the
// operating system and so acknowledged, and is no damage.
TEST(Journal, WithoutSyncsALossOfPowerLeavesATornTail) {
    auto random = test_generator(91);
    uint64_t cuts = 0;
    uint64_t whole_records_cut = 0;
    for (uint64_t seed = 0; seed < 60; ++seed) {
        SimulatedDisk disk(seed);
        std::vector<Entry> log;
        std::vector<Entry> replayed;
        auto journal = open_journal(disk, options_of(SyncPolicy::Off), replayed);
        for (int i = 0; i < 8; ++i) {
            const Bytes payload = random_payload(random, 400);
            const auto number = journal->append(RecordKind::Block, payload);
            ASSERT_TRUE(journal->wait_durable(*number));
            log.push_back({*number, payload});
        }
        disk.lose_power();
        journal.reset();
        disk.restart();
        const auto opened =
            Journal::open(disk.open_folder(), options_of(SyncPolicy::Off), collect(replayed));
        ASSERT_TRUE(opened) << opened.error().message;
        ASSERT_LE(replayed.size(), log.size());
        ASSERT_TRUE(std::equal(replayed.begin(), replayed.end(), log.begin()));
        const auto& cut = (*opened)->recovery().cut;
        cuts += cut.has_value();
        whole_records_cut += cut ? cut->whole_records : 0;
    }
    EXPECT_GT(cuts, 20u);
    EXPECT_GT(whole_records_cut, 20u);
}

TEST(Journal, SyncReachesTheDiskUnderEveryPolicy) {
    for (const SyncPolicy policy : kPolicies) {
        JournalOptions options = options_of(policy);
        options.interval = std::chrono::hours{1};  // nobody waits for the clock
        for (uint64_t seed = 0; seed < 20; ++seed) {
            SimulatedDisk disk(seed);
            std::vector<Entry> replayed;
            auto journal = open_journal(disk, options, replayed);
            uint64_t second = 0;
            for (int i = 0; i < 3; ++i) {
                const auto number = journal->append(RecordKind::Block, Bytes(700, 1));
                ASSERT_TRUE(number);
                if (i == 1) second = *number;
            }
            ASSERT_TRUE(journal->sync(second));
            EXPECT_EQ(journal->sync(second + 100).error().code, ErrorCode::InvalidInput);
            disk.lose_power();
            journal.reset();
            disk.restart();
            journal = open_journal(disk, options, replayed);
            EXPECT_GE(replayed.size(), 2u) << "seed " << seed;
        }
    }
}

// While the first sync runs, the records behind it gather and share the second.
TEST(Journal, RecordsAppendedDuringASyncShareTheNext) {
    SimulatedDisk disk(1);
    std::vector<Entry> replayed;
    const auto journal = open_journal(disk, options_of(SyncPolicy::Block), replayed);
    uint64_t last = 0;
    for (int i = 0; i < 500; ++i)
        last = *journal->append(RecordKind::Block, Bytes(10, 1));
    ASSERT_TRUE(journal->wait_durable(last));
    EXPECT_LT(journal->status().syncs, 500u);
}

TEST(Journal, RefusesWhatIsOutOfBounds) {
    SimulatedDisk disk(1);
    std::vector<Entry> replayed;
    JournalOptions options = options_of(SyncPolicy::Block);
    for (const uint64_t bytes : {journal::kSegmentBytesMin - 1, journal::kSegmentBytesMax + 1}) {
        options.segment_bytes = bytes;
        const auto out = Journal::open(disk.open_folder(), options, collect(replayed));
        ASSERT_FALSE(out);
        EXPECT_EQ(out.error().code, ErrorCode::InvalidInput);
    }
    const auto journal = open_journal(disk, options_of(SyncPolicy::Block), replayed);
    EXPECT_EQ(journal->wait_durable(1).error().code, ErrorCode::InvalidInput);
    const BytesView too_long{static_cast<const uint8_t*>(nullptr), journal::kPayloadBytesMax + 1};
    EXPECT_EQ(journal->append(RecordKind::Block, too_long).error().code, ErrorCode::LimitExceeded);
}

}  // namespace
}  // namespace switchyard::test
