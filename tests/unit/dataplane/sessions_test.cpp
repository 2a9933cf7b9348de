// SPDX-License-Identifier: Apache-2.0
#include "dataplane/receive/sessions.hpp"

#include <gtest/gtest.h>

#include <array>
#include <map>
#include <set>

#include "dataplane/receive/source_table.hpp"
#include "dataplane/receive/token_bucket.hpp"
#include "dataplane/receive/verdict_window.hpp"
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

SessionKey key_of(uint64_t session, uint32_t ipv4 = 1, uint16_t port = 2) {
    return {.session = session, .source = {ipv4, port}};
}

TEST(SessionTable, FindsASessionAgainAndTellsAddressesApart) {
    SessionTable table(64, 256);
    const SessionKey keys[] = {key_of(5), key_of(5, 2), key_of(5, 1, 3), key_of(6)};
    uint64_t id = 0;
    for (const SessionKey& key : keys) {
        EXPECT_EQ(table.find(key), nullptr);
        Session& place = table.place_for(key);
        ASSERT_EQ(place.id, 0u);
        table.open(place, key, 256);
        EXPECT_EQ(place.id, ++id);
        EXPECT_EQ(table.find(key), &place);
        EXPECT_EQ(&table.at(table.index_of(place)), &place);
    }
    table.close(*table.find(keys[1]));
    EXPECT_EQ(table.find(keys[1]), nullptr);
    EXPECT_EQ(table.find(keys[2])->id, 3u);
    EXPECT_EQ(table.opened(), 4u);
}

TEST(SessionTable, OffersThePlaceThatWasUsedLongestAgo) {
    SessionTable table(8, 256);  // one set
    for (uint64_t session = 1; session <= 8; ++session) {
        Session& place = table.place_for(key_of(session));
        ASSERT_EQ(place.id, 0u);
        table.open(place, key_of(session), 256);
        place.last_used_ns = session;
    }
    table.find(key_of(1))->last_used_ns = 9;
    EXPECT_EQ(&table.place_for(key_of(9)), table.find(key_of(2)));
}

TEST(SourceTable, KeepsSourcesThatOwnSessions) {
    SourceTable table(8);  // one set
    for (uint32_t ipv4 = 1; ipv4 <= 8; ++ipv4) {
        MeteredSource* source = table.find_or_add(IpAddress::v4(ipv4), ipv4);
        ASSERT_NE(source, nullptr);
        if (ipv4 != 5) source->sessions = 1;
    }
    EXPECT_EQ(table.find_or_add(IpAddress::v4(3), 20)->sessions, 1u);
    ASSERT_NE(table.find_or_add(IpAddress::v4(9), 21), nullptr) << "in the place of 5";
    table.find_or_add(IpAddress::v4(9), 22)->sessions = 1;
    EXPECT_EQ(table.find_or_add(IpAddress::v4(5), 23), nullptr);
}

TEST(SourceTable, TakesAnIpv6NetworkOf64BitsForOneSource) {
    SourceTable table(8);
    const auto find = [&](uint64_t high, uint64_t low, uint64_t now) {
        return table.find_or_add({.high = high, .low = low}, now);
    };
    MeteredSource* const source = find(0x2001'0DB8'0000'0001, 5, 1);
    ASSERT_NE(source, nullptr);
    source->sessions = 1;
    for (uint64_t low = 0; low < 1'000; ++low)
        EXPECT_EQ(find(0x2001'0DB8'0000'0001, low * 0x9E37'79B9'7F4A'7C15, 2 + low), source);
    EXPECT_NE(find(0x2001'0DB8'0000'0002, 5, 2'000), source);
    EXPECT_NE(table.find_or_add(IpAddress::v4(5), 2'001), source);
}

TEST(TokenBucket, GivesItsRateAndItsBurst) {
    const BucketConfig config{.per_second = 1'000, .burst = 50};
    TokenBucket bucket;
    // Ten seconds of asking 100 times a millisecond.
    uint64_t passed = 0;
    for (uint64_t now = 0; now < 10'000'000'000; now += 10'000) {
        if (!bucket.ready(config, now)) continue;
        bucket.take(config, 1);
        ++passed;
    }
    EXPECT_GE(passed, 10'000u);
    EXPECT_LE(passed, 10'051u);
    bucket.take(config, 1e9);
    EXPECT_FALSE(bucket.ready(config, 10'050'000'000)) << "in debt, by one burst at most";
    EXPECT_TRUE(bucket.ready(config, 10'102'000'000));
    TokenBucket unlimited;
    unlimited.take({}, 1e9);
    EXPECT_TRUE(unlimited.ready({}, 0));
}

// Against a map of every number.
TEST(VerdictWindow, AgreesWithAMapOfAllNumbers) {
    auto random = test_generator(41);
    constexpr size_t kSize = 256;
    std::array<uint8_t, kSize> states{};
    VerdictWindow window(states);
    std::map<uint64_t, uint8_t> taken;
    uint64_t low = 0;
    uint64_t next = 0;
    for (int i = 0; i < 200'000; ++i) {
        const uint64_t number = low + random() % 400 - std::min<uint64_t>(low, random() % 300);
        NumberPlace expected = NumberPlace::New;
        const auto found = taken.find(number);
        if (number >= low + kSize)
            expected = NumberPlace::BeyondCredit;
        else if (number < next && next - number > kSize)
            expected = NumberPlace::Settled;
        else if (found != taken.end())
            expected = found->second == kStateUnderWay ? NumberPlace::UnderWay : NumberPlace::Known;
        ASSERT_EQ(window.place(number), expected) << number << ' ' << low << ' ' << next;
        ASSERT_EQ(window.limit(), low + kSize);
        if (expected == NumberPlace::New) {
            window.take(number);
            taken[number] = kStateUnderWay;
            next = std::max(next, number + 1);
        } else if (expected == NumberPlace::UnderWay) {
            const auto verdict = static_cast<uint8_t>(random() % 13);
            ASSERT_TRUE(window.settle(number, verdict));
            taken[number] = verdict;
        } else {
            ASSERT_FALSE(window.settle(number, 1));
        }
        while (taken.contains(low) && taken[low] != kStateUnderWay)
            ++low;
        const uint64_t probe = next - std::min<uint64_t>(next, random() % kSize);
        const auto known = taken.find(probe);
        ASSERT_EQ(window.state(probe), known == taken.end() ? kStateAbsent : known->second);
    }
    EXPECT_GT(low, 10'000u);
}

// A wire without replies: credit is not enforced, and what is far below is forgotten.
TEST(VerdictWindow, MovesUpWithoutCredit) {
    std::array<uint8_t, 256> states{};
    VerdictWindow window(states);
    window.take(1'000'000);
    EXPECT_EQ(window.place(1'000'000), NumberPlace::UnderWay);
    EXPECT_EQ(window.place(999'745), NumberPlace::New);
    EXPECT_EQ(window.place(999'744), NumberPlace::Settled);
    window.take(1'000'100);
    EXPECT_EQ(window.place(1'000'000), NumberPlace::UnderWay);
    EXPECT_EQ(window.place(1'000'099), NumberPlace::New);
    window.take(1'000'300);
    EXPECT_EQ(window.place(1'000'000), NumberPlace::Settled);
    EXPECT_FALSE(window.settle(1'000'000, 0));
    EXPECT_TRUE(window.settle(1'000'100, 0));
}

}  // namespace
}  // namespace switchyard::dataplane
