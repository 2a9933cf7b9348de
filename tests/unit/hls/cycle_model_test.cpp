// SPDX-License-Identifier: Apache-2.0
// The cycle model against the kernel's own steps, and against traces whose clocks can be counted by
// hand.
#include "hls/conflict_detector/cycle_model.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <deque>
#include <memory>

#include "hls/conflict_detector/in_turn.hpp"
#include "tests/support/access_batches.hpp"
#include "tests/support/kernel_run.hpp"
#include "tests/support/test_data.hpp"

namespace switchyard {
namespace {

constexpr uint64_t kSeed = 77;

/// A key of bank `bank`, another one for each `index` below the number of buckets in a bank.
uint64_t key_in_bank(uint32_t bank, uint32_t index) {
    return test::colliding_keys(bank + index * hls::kBanks, 1, kSeed)[0];
}

hls::CycleReport model_of(const AccessBatch& batch, uint32_t lanes,
                          uint32_t interval = hls::kPlacingInterval) {
    hls::CycleModel model(lanes, kSeed, interval);
    for (uint32_t i = 0; i < batch.transaction_count(); ++i)
        model.add(test::model_accesses(batch, i), batch.gas(i));
    return model.report();
}

double clocks_per_transaction(const hls::CycleReport& report) {
    return static_cast<double>(report.cycles - report.fill_cycles) /
           static_cast<double>(report.transactions);
}

struct Counts {
    uint64_t descriptors = 0, rounds = 0, bypassed = 0, keys = 0;
};

/// Lets the kernel's own processes run up to the lookup and counts what comes out.
Counts counts_of_kernel(const AccessBatch& batch) {
    offload::PackedBlock block;
    block.pack(batch, 1 << 20, 1 << 20);
    const offload::BlockPart part = block.parts()[0];
    const abi::BatchHeader header = test::kernel_header(part, 0, 8, kSeed);
    const auto input = test::kernel_input(header, block.descriptors(part));
    const auto state = std::make_unique<hls::DetectorState>();
    hls::HeadStream heads;
    hls::BeginStream begins[4];
    hls::BeatWordStream words;
    hls::BeatStream beats;
    hls::KeyStream keys;
    hls::EntryStream entries;
    hls::Registers& registers = state->registers;
    hls::fetch_begin(input.data(), static_cast<uint32_t>(input.size()), 1 << 20, heads);
    Counts counts;
    counts.descriptors =
        hls::frame_begin(registers.frame, heads, begins[0], begins[1], begins[2], begins[3]);
    hls::lookup_begin(state->memories.tags, registers.lookup, begins[0]);
    for (int i = 1; i < 4; ++i)
        begins[i].read();
    std::deque<uint16_t> recent[hls::kBanks];
    bool more = true;
    for (uint32_t d = 0; more;) {
        if (!registers.spread.busy && d < counts.descriptors) {
            hls::fetch_step(input.data(), d++, words);
            hls::frame_step(registers.frame, words, beats);
        } else if (!registers.spread.busy) {
            hls::frame_end(registers.frame, beats);
        }
        more = hls::spread_step(registers.spread, beats, keys);
        hls::lookup_step(state->memories.tags, registers.lookup, keys, entries);
        const hls::EntryRound round = entries.read();
        counts.rounds += more ? 1 : 0;
        for (uint32_t b = 0; b < hls::kBanks; ++b) {
            if (!round.access[b].valid) continue;
            ++counts.keys;
            counts.bypassed += std::ranges::count(recent[b], round.access[b].entry) > 0 ? 1 : 0;
            recent[b].push_back(round.access[b].entry);
            if (recent[b].size() > hls::kEntryBypass) recent[b].pop_front();
        }
    }
    return counts;
}

TEST(CycleModel, CountsTheRoundsThatTheKernelMakes) {
    auto random = test::test_generator(320);
    std::vector<test::NamedBatch> batches = test::adversarial_batches(kSeed, random);
    for (int i = 0; i < 100; ++i)
        batches.push_back({"random " + std::to_string(i),
                           test::random_batch({.transactions = 100,
                                               .keys_max = static_cast<uint32_t>(1 + i % 30),
                                               .distinct_keys = 1 + random() % 5000,
                                               .hot_percent = static_cast<uint32_t>(i % 50)},
                                              random)});
    for (const auto& [name, batch] : batches) {
        SCOPED_TRACE(name);
        const Counts expected = counts_of_kernel(batch);
        const hls::CycleReport report = model_of(batch, 8);
        EXPECT_EQ(report.descriptors, expected.descriptors);
        EXPECT_EQ(report.rounds, expected.rounds);
        EXPECT_EQ(report.bypassed, expected.bypassed);
        EXPECT_EQ(report.keys, expected.keys);
        EXPECT_EQ(report.transactions, batch.transaction_count());
        EXPECT_EQ(report.bank_stalls, expected.rounds - expected.descriptors);
        EXPECT_GE(report.cycles, report.fill_cycles + report.rounds);
    }
}

AccessBatch regular(uint32_t transactions, uint32_t keys, bool one_bank) {
    AccessBatch batch;
    for (uint32_t i = 0; i < transactions; ++i) {
        batch.begin_transaction(21'000);
        for (uint32_t k = 0; k < keys; ++k)
            batch.add(
                key_in_bank(one_bank ? 3 : k % hls::kBanks, (i * keys + k) % hls::kBucketsPerBank),
                AccessKind::Write);
    }
    return batch;
}

TEST(CycleModel, TakesAClockForFourKeysInFourBanksIfMemoryDoes) {
    const hls::CycleReport report = model_of(regular(3000, 4, false), 8);
    EXPECT_EQ(report.rounds, 3000u);  // one clock each
    EXPECT_EQ(report.bank_stalls, 0u);
    // A port that moves 12 beats in 16 clocks is what keeps it from one transaction per clock.
    EXPECT_NEAR(clocks_per_transaction(report), 16.0 / hls::kBeatsPer16Clocks, 0.01);
    EXPECT_NEAR(static_cast<double>(report.memory_stalls), 1000.0, 10.0);
}

TEST(CycleModel, LetsKeysOfOneBankTakeTurns) {
    const hls::CycleReport report = model_of(regular(2000, 7, true), 8);
    EXPECT_EQ(report.bank_stalls, 2000u * 6);
    EXPECT_NEAR(clocks_per_transaction(report), 7.0, 0.01);
    EXPECT_LE(report.memory_stalls, 2u);
}

TEST(CycleModel, WritesThreeWordsForSixtyFourLanes) {
    const hls::CycleReport report = model_of(regular(2000, 4, false), 64);
    EXPECT_EQ(report.words, 3u * 2000);
    EXPECT_NEAR(clocks_per_transaction(report), 3 * 16.0 / hls::kBeatsPer16Clocks, 0.05);
}

TEST(CycleModel, ForwardsAHotKeyWithoutAStall) {
    AccessBatch batch;
    for (int i = 0; i < 2000; ++i) {
        batch.begin_transaction(21'000);
        batch.add(1, AccessKind::Write);
    }
    const hls::CycleReport one = model_of(batch, 8);
    EXPECT_EQ(one.forwarded, 1999u);
    EXPECT_EQ(one.bypassed, 1999u);
    EXPECT_EQ(one.dependence_stalls, 0u);
    const hls::CycleReport two = model_of(batch, 8, 2);
    EXPECT_NEAR(clocks_per_transaction(two), 2.0, 0.01);
    EXPECT_GT(two.dependence_stalls, 1000u);
}

TEST(CycleModel, PassesTheFloorAtEightKeysWithAHotOneAndWithASlowLaneChoice) {
    auto random = test::test_generator(321);
    for (const uint32_t hot : {0u, 30u})
        for (const uint32_t interval : {1u, 2u}) {
            AccessBatch batch;
            for (int i = 0; i < 10'000; ++i) {
                batch.begin_transaction(21'000);
                for (int k = 0; k < 8; ++k)
                    batch.add(random() % 100 < hot ? 7 : random(),
                              static_cast<AccessKind>(random() % 3));
            }
            EXPECT_GE(model_of(batch, 64, interval).keys_per_second(), 200e6)
                << hot << "% hot, interval " << interval;
        }
}

TEST(CycleModel, CountsAnEmptyPart) {
    const hls::CycleReport report = hls::CycleModel(8, 1).report();
    EXPECT_EQ(report.cycles, report.fill_cycles);
    EXPECT_EQ(report.keys_per_second(), 0);
}

TEST(ResourceUse, FitsTheCardsAndAddsUp) {
    const auto parts = hls::resource_use();
    uint32_t uram = 0;
    for (size_t i = 0; i + 1 < parts.size(); ++i)
        uram += parts[i].uram;
    const hls::ResourceUse& sum = parts.back();
    EXPECT_EQ(sum.uram, uram);
    for (const hls::ResourceUse& card : {hls::kAlveoU50, hls::kAlveoU55C}) {
        EXPECT_LE(sum.uram, card.uram) << card.how;
        EXPECT_LE(sum.bram36, card.bram36) << card.how;
        EXPECT_LE(sum.dsp, card.dsp) << card.how;
        EXPECT_LE(sum.lut, card.lut / 2) << card.how;
        EXPECT_LE(sum.ff, card.ff / 2) << card.how;
    }
}

}  // namespace
}  // namespace switchyard
