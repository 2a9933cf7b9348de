// SPDX-License-Identifier: Apache-2.0
#include "dataplane/protocol/sessions.hpp"

#include <gtest/gtest.h>

#include <set>

#include "tests/support/test_data.hpp"

namespace switchyard::dataplane {
namespace {

using ::switchyard::test::test_generator;

TEST(SequenceWindow, CountsGapsAndLateOnes) {
    SequenceWindow window;
    EXPECT_EQ(window.record(10).skipped, 0u);
    EXPECT_EQ(window.record(11).skipped, 0u);
    EXPECT_EQ(window.record(15).skipped, 3u);
    EXPECT_EQ(window.check(15), SequenceState::Duplicate);
    EXPECT_EQ(window.check(12), SequenceState::New);
    EXPECT_TRUE(window.record(12).late);
    EXPECT_EQ(window.check(12), SequenceState::Duplicate);
    EXPECT_EQ(window.check(9), SequenceState::New);
}

TEST(SequenceWindow, KnowsNothingBelowItsEdge) {
    SequenceWindow window;
    window.record(5'000);
    EXPECT_EQ(window.check(5'000 - SequenceWindow::kWindow), SequenceState::Stale);
    EXPECT_EQ(window.check(5'001 - SequenceWindow::kWindow), SequenceState::New);
    window.record(UINT64_MAX);
    EXPECT_EQ(window.check(UINT64_MAX), SequenceState::Duplicate);
    EXPECT_EQ(window.check(UINT64_MAX - 1), SequenceState::New);
    EXPECT_EQ(window.check(5'000), SequenceState::Stale);
}

// Against a set of every number ever taken.
TEST(SequenceWindow, AgreesWithASetUnderRandomArrivals) {
    auto random = test_generator(40);
    SequenceWindow window;
    std::set<uint64_t> taken;
    uint64_t highest = 1'000'000;
    window.record(highest);
    taken.insert(highest);
    for (int i = 0; i < 200'000; ++i) {
        const uint64_t jump = random() % 100 == 0 ? 5'000 : 40;
        const uint64_t sequence = highest + random() % jump - std::min(highest, random() % 1'400);
        SequenceState expected = SequenceState::New;
        if (highest >= sequence && highest - sequence >= SequenceWindow::kWindow)
            expected = SequenceState::Stale;
        else if (taken.contains(sequence))
            expected = SequenceState::Duplicate;
        ASSERT_EQ(window.check(sequence), expected) << sequence << ' ' << highest;
        if (expected != SequenceState::New) continue;
        window.record(sequence);
        taken.insert(sequence);
        highest = std::max(highest, sequence);
    }
}

TEST(SessionTable, FindsASessionAgainAndTellsAddressesApart) {
    SessionTable table(64);
    const SessionKey key{.session = 5, .ipv4 = 1, .port = 2};
    const uint64_t id = table.find_or_open(key).id;
    EXPECT_EQ(id, 1u);
    EXPECT_EQ(table.find_or_open(key).id, id);
    EXPECT_EQ(table.find_or_open({.session = 5, .ipv4 = 2, .port = 2}).id, 2u);
    EXPECT_EQ(table.find_or_open({.session = 5, .ipv4 = 1, .port = 3}).id, 3u);
    EXPECT_EQ(table.opened(), 3u);
    EXPECT_EQ(table.evicted(), 0u);
}

TEST(SessionTable, MakesRoomByForgettingTheLeastRecentlyUsed) {
    SessionTable table(8);  // one set
    for (uint64_t session = 1; session <= 8; ++session)
        (void)table.find_or_open({.session = session});
    (void)table.find_or_open({.session = 1});
    (void)table.find_or_open({.session = 9});
    EXPECT_EQ(table.evicted(), 1u);
    EXPECT_EQ(table.find_or_open({.session = 1}).id, 1u);
    EXPECT_EQ(table.find_or_open({.session = 9}).id, 9u);
    EXPECT_EQ(table.find_or_open({.session = 2}).id, 10u) << "2 was the oldest";
    EXPECT_EQ(table.evicted(), 2u);
}

}  // namespace
}  // namespace switchyard::dataplane
