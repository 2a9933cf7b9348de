// SPDX-License-Identifier: Apache-2.0
#include "dataplane/receive/group_holds.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "tests/support/test_data.hpp"
#include "tests/unit/dataplane/workload.hpp"

namespace switchyard::dataplane {
namespace {

using ::switchyard::test::test_generator;

/// Datagrams of one session in groups, and a receiver of groups that takes them by number: frame i
/// is datagram i.
class GroupHoldsFixture : public ::testing::Test {
  protected:
    void make(GroupShape shape, size_t transactions, uint64_t salt, size_t largest = 300) {
        auto random = test_generator(salt);
        transactions_ = test::random_transactions(random, transactions, 90, largest);
        const auto frames =
            encode_all({.group = shape, .link_headers = false}, test::views(transactions_));
        ASSERT_TRUE(frames);
        for (size_t i = 0; i < frames->size(); ++i)
            datagrams_.push_back(to_bytes((*frames)[i]));
    }

    GroupOutcome add(size_t datagram, uint64_t now_ns = 0, bool keep = true) {
        EXPECT_EQ(parse_datagram(datagrams_[datagram], header_, body_), FrameError::None);
        const bool parity = header_.kind == FrameKind::Parity;
        const GroupOutcome out =
            holds_.add(groups_, 77, header_, parity ? &body_ : nullptr,
                       keep ? static_cast<uint32_t>(datagram) : kNoFrame, now_ns);
        if (out == GroupOutcome::Held) {
            EXPECT_TRUE(held_.insert(datagram).second);
        }
        take_unheld();
        return out;
    }
    void take_unheld() {
        for (const uint32_t frame : holds_.unheld())
            EXPECT_EQ(held_.erase(frame), 1u) << frame;
        holds_.clear_unheld();
    }
    /// Bodies of rebuilt datagrams, which must be those of these datagrams.
    void expect_rebuilt(const std::vector<size_t>& expected) {
        RebuiltDatagram rebuilt;
        for (const size_t datagram : expected) {
            ASSERT_TRUE(holds_.next_rebuilt(rebuilt));
            EXPECT_EQ(rebuilt.owner, 77u);
            const BytesView body = BytesView{datagrams_[datagram]}.subspan(kDatagramHeaderBytes);
            EXPECT_TRUE(equal(rebuilt.body, body)) << datagram;
            EXPECT_EQ(static_cast<uint8_t>(rebuilt.kind), datagrams_[datagram][offset::kKind]);
            holds_.pop_rebuilt();
            holds_.release_rebuilt(rebuilt.slot);
        }
        EXPECT_FALSE(holds_.next_rebuilt(rebuilt));
    }

    GroupHolds holds_{{.groups = 4, .frames_held = 100, .rebuilt_slots = 16, .timeout_ns = 1'000}};
    SessionGroups groups_{};
    std::vector<Bytes> transactions_;
    std::vector<Bytes> datagrams_;
    std::set<size_t> held_;
    DatagramHeader header_;
    ParsedBody body_;
};

TEST_F(GroupHoldsFixture, LetsGoWhenAllDataCame) {
    make({.data = 4, .parity = 2}, 300, 80);
    for (size_t i = 0; i < 3; ++i)
        EXPECT_EQ(add(i), GroupOutcome::Held);
    EXPECT_EQ(add(3), GroupOutcome::Completed);
    EXPECT_TRUE(held_.empty());
    EXPECT_EQ(add(4), GroupOutcome::NotHeld) << "parity that nobody needs";
    EXPECT_EQ(add(5), GroupOutcome::NotHeld);
    EXPECT_EQ(holds_.open_groups(), 0u);
    EXPECT_EQ(add(6), GroupOutcome::Held) << "the next group";
}

TEST_F(GroupHoldsFixture, RebuildsWhatIsLostInAnyOrderOfArrival) {
    make({.data = 5, .parity = 3}, 400, 81);
    auto random = test_generator(82);
    // Every way to lose up to three of the eight datagrams of the first group.
    for (unsigned lost = 0; lost < 256; ++lost) {
        if (std::popcount(lost) > 3) continue;
        groups_ = {};
        std::vector<size_t> arriving;
        std::vector<size_t> expected;
        for (size_t i = 0; i < 8; ++i) {
            if ((lost >> i & 1) == 0)
                arriving.push_back(i);
            else if (i < 5)
                expected.push_back(i);
        }
        std::shuffle(arriving.begin(), arriving.end(), random);
        size_t came = 0;
        std::vector<size_t> missing = {0, 1, 2, 3, 4};
        for (const size_t datagram : arriving) {
            const GroupOutcome outcome = add(datagram);
            std::erase(missing, datagram);
            // With the fifth shard the group can be computed, and with all data it is there. When
            // the last data shard and all parity come late, k is known only then.
            if (++came < 5) {
                ASSERT_EQ(outcome, GroupOutcome::Held);
            } else if (came == 5) {
                ASSERT_EQ(outcome,
                          missing.empty() ? GroupOutcome::Completed : GroupOutcome::Rebuilt);
                expect_rebuilt(missing);
            } else {
                ASSERT_EQ(outcome, GroupOutcome::NotHeld);
            }
        }
        ASSERT_TRUE(held_.empty());
        ASSERT_EQ(holds_.open_groups(), 0u);
        ASSERT_EQ(holds_.rebuilt_in_use(), 0u);
    }
}

TEST_F(GroupHoldsFixture, RebuildsAShortLastGroup) {
    make({.data = 32, .parity = 1}, 30, 83);
    ASSERT_LT(datagrams_.size(), 10u);
    for (size_t i = 0; i < datagrams_.size(); ++i) {
        if (i == 1) continue;
        const GroupOutcome expected =
            i + 1 == datagrams_.size() ? GroupOutcome::Rebuilt : GroupOutcome::Held;
        EXPECT_EQ(add(i), expected) << i;
    }
    expect_rebuilt({1});
}

TEST_F(GroupHoldsFixture, GivesUpWhatIsOldOrOvertaken) {
    make({.data = 4, .parity = 1}, 900, 84);
    EXPECT_EQ(add(0, 10), GroupOutcome::Held);
    EXPECT_EQ(add(5, 500), GroupOutcome::Held) << "the second group";
    for (int i = 0; i < 10; ++i)
        holds_.expire_some(1'009);
    take_unheld();
    EXPECT_EQ(held_.size(), 2u);
    for (int i = 0; i < 10; ++i)
        holds_.expire_some(1'010);
    take_unheld();
    EXPECT_EQ(held_, (std::set<size_t>{5}));
    EXPECT_EQ(holds_.given_up(), 1u);
    EXPECT_EQ(add(1, 1'011), GroupOutcome::NotHeld) << "of the group that was given up";
    EXPECT_EQ(add(5 + 4 * 5, 1'011), GroupOutcome::Held) << "four groups on, in the same place";
    EXPECT_EQ(held_, (std::set<size_t>{25}));
    EXPECT_EQ(holds_.given_up(), 2u);
    EXPECT_EQ(add(6, 1'011), GroupOutcome::NotHeld) << "of the group that was overtaken";
    holds_.close_all(groups_);
    take_unheld();
    EXPECT_TRUE(held_.empty());
    EXPECT_EQ(holds_.frames_held(), 0u);
}

TEST_F(GroupHoldsFixture, StaysWithinItsBounds) {
    make({.data = 4, .parity = 1}, 900, 85);
    EXPECT_EQ(add(0, 0, false), GroupOutcome::NotHeld) << "nobody can keep its frame";
    EXPECT_EQ(holds_.unprotected(), 1u);
    GroupHolds small({.groups = 1, .frames_held = 2, .rebuilt_slots = 1, .timeout_ns = 1'000});
    SessionGroups groups{};
    const auto add_small = [&](size_t datagram) {
        EXPECT_EQ(parse_datagram(datagrams_[datagram], header_, body_), FrameError::None);
        return small.add(groups, 1, header_, header_.kind == FrameKind::Parity ? &body_ : nullptr,
                         static_cast<uint32_t>(datagram), 0);
    };
    EXPECT_EQ(add_small(0), GroupOutcome::Held);
    EXPECT_EQ(add_small(5), GroupOutcome::NotHeld) << "one group at a time";
    EXPECT_EQ(add_small(1), GroupOutcome::Held);
    EXPECT_EQ(add_small(2), GroupOutcome::NotHeld) << "two frames at a time";
    EXPECT_EQ(add_small(4), GroupOutcome::NotHeld);
    EXPECT_EQ(small.frames_held(), 2u);
    small.close_all(groups);
    EXPECT_EQ(small.unheld().size(), 2u);
}

// Shards of senders that do not follow the rules.
TEST_F(GroupHoldsFixture, RefusesShardsThatMakeNoGroup) {
    make({.data = 4, .parity = 2}, 300, 86);
    EXPECT_EQ(add(4), GroupOutcome::Held);
    const Bytes original = datagrams_[5];
    const auto change = [&](size_t position, uint8_t value) {
        datagrams_[5] = original;
        datagrams_[5][kDatagramHeaderBytes + position] = value;
        test::refresh_crc(datagrams_[5]);
    };
    change(0, 3);
    EXPECT_EQ(add(5), GroupOutcome::Mismatch) << "another k";
    change(1, 1);
    EXPECT_EQ(add(5), GroupOutcome::Mismatch) << "position 33 of one parity shard";
    datagrams_[5] = original;
    EXPECT_EQ(add(5), GroupOutcome::Held);
    EXPECT_EQ(add(5), GroupOutcome::NotHeld) << "twice";
    // A position beyond k, and a last shard that contradicts it.
    for (const auto& [position, last] : {std::pair<uint8_t, uint8_t>{4, 0}, {2, 1}}) {
        Bytes datagram = datagrams_[0];
        datagram[offset::kPosition] = position;
        datagram[offset::kFlags] = last;
        test::refresh_crc(datagram);
        datagrams_.push_back(std::move(datagram));
        EXPECT_EQ(add(datagrams_.size() - 1), GroupOutcome::Mismatch);
    }
}

}  // namespace
}  // namespace switchyard::dataplane
