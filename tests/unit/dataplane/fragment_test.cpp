// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "dataplane/receive/reassembly.hpp"
#include "tests/support/test_data.hpp"
#include "tests/unit/dataplane/workload.hpp"

namespace switchyard::dataplane {
namespace {

using ::switchyard::test::test_generator;

constexpr uint64_t kSource = 1;

/// Frames of one transaction of `size` bytes, numbered `number`.
std::vector<Bytes> fragments_of(const Bytes& transaction, uint64_t number = 0,
                                size_t frame_bytes = 640) {
    const BytesView view[] = {transaction};
    const auto frames = encode_all({.first_transaction = number, .frame_bytes = frame_bytes}, view);
    std::vector<Bytes> out;
    for (size_t i = 0; i < frames->size(); ++i)
        out.push_back(to_bytes((*frames)[i]));
    return out;
}

FragmentResult add(Reassembler& reassembler, const Bytes& frame, uint64_t now_ns = 0,
                   uint64_t source = kSource) {
    test::ParsedFrame parsed;
    EXPECT_EQ(test::parse_frame(frame, {}, parsed), FrameError::None);
    EXPECT_EQ(parsed.header.kind, FrameKind::Fragment);
    return reassembler.add(source, parsed.body.fragment, now_ns);
}

TEST(Fragments, RoundTripAtEverySizeAroundTheEdges) {
    auto random = test_generator(30);
    Reassembler reassembler({});
    const size_t piece = 640 - 86 - kFragmentHeaderBytes;
    for (const size_t size : {piece + 13, 2 * piece - 1, 2 * piece, 2 * piece + 1, 50 * piece,
                              kTransactionBytesMax - 1, kTransactionBytesMax}) {
        const Bytes transaction = test::random_bytes(random, size);
        const auto frames = fragments_of(transaction);
        ASSERT_EQ(frames.size(), (size + piece - 1) / piece);
        for (size_t i = 0; i < frames.size(); ++i) {
            const FragmentResult result = add(reassembler, frames[i]);
            const bool last = i + 1 == frames.size();
            ASSERT_EQ(result.outcome, last ? FragmentOutcome::Completed : FragmentOutcome::Stored);
            if (!last) continue;
            EXPECT_TRUE(equal(result.transaction, transaction));
            reassembler.release(result.slot);
        }
    }
    EXPECT_EQ(reassembler.open_slots(), 0u);
    EXPECT_EQ(reassembler.complete_slots(), 0u);
}

TEST(Fragments, LargestTransactionFitsTheSmallestAndLargestFrames) {
    auto random = test_generator(31);
    const Bytes transaction = test::random_bytes(random, kTransactionBytesMax);
    EXPECT_EQ(fragments_of(transaction, 0, 640).size(), 246u);
    EXPECT_EQ(fragments_of(transaction, 0, kFrameBytesMax).size(), 15u);
}

TEST(Fragments, ManyTransactionsInRandomOrderWithDuplicates) {
    auto random = test_generator(32);
    std::map<uint64_t, Bytes> transactions;
    std::vector<Bytes> frames;
    for (uint64_t number = 0; number < 16; ++number) {
        transactions[number] = test::random_bytes(random, 1'000 + random() % 60'000);
        for (Bytes& frame : fragments_of(transactions[number], number)) {
            if (random() % 4 == 0) frames.push_back(frame);
            frames.push_back(std::move(frame));
        }
    }
    std::shuffle(frames.begin(), frames.end(), random);
    // Every transaction may be open twice: a duplicate of its last piece opens it anew.
    Reassembler reassembler({.slots = 64, .slots_per_session = 32});
    std::map<uint64_t, int> completed;
    size_t duplicates = 0;
    for (const Bytes& frame : frames) {
        const FragmentResult result = add(reassembler, frame);
        if (result.outcome == FragmentOutcome::Duplicate) ++duplicates;
        if (result.outcome != FragmentOutcome::Completed) continue;
        test::ParsedFrame parsed;
        ASSERT_EQ(test::parse_frame(frame, {}, parsed), FrameError::None);
        ++completed[parsed.body.fragment.transaction];
        ASSERT_TRUE(equal(result.transaction, transactions[parsed.body.fragment.transaction]));
        reassembler.release(result.slot);
    }
    EXPECT_EQ(completed.size(), 16u);
    EXPECT_GT(duplicates, 10u);
}

TEST(Fragments, SourcesDoNotMix) {
    auto random = test_generator(33);
    const Bytes first = test::random_bytes(random, 1'000);
    const Bytes second = test::random_bytes(random, 1'000);
    const auto frames_of_first = fragments_of(first);
    const auto frames_of_second = fragments_of(second);
    Reassembler reassembler({});
    (void)add(reassembler, frames_of_first[0], 0, 1);
    (void)add(reassembler, frames_of_second[0], 0, 2);
    const FragmentResult one = add(reassembler, frames_of_first[1], 0, 1);
    const FragmentResult two = add(reassembler, frames_of_second[1], 0, 2);
    ASSERT_EQ(one.outcome, FragmentOutcome::Completed);
    ASSERT_EQ(two.outcome, FragmentOutcome::Completed);
    EXPECT_TRUE(equal(one.transaction, first));
    EXPECT_TRUE(equal(two.transaction, second));
}

TEST(Fragments, RefusesPiecesOfAnotherShape) {
    auto random = test_generator(34);
    const Bytes transaction = test::random_bytes(random, 3'100);
    const auto narrow = fragments_of(transaction, 7, 640);
    const auto wide = fragments_of(transaction, 7, 1'000);
    const auto longer = fragments_of(test::random_bytes(random, 3'101), 7, 640);
    Reassembler reassembler({});
    EXPECT_EQ(add(reassembler, narrow[0]).outcome, FragmentOutcome::Stored);
    EXPECT_EQ(add(reassembler, wide[1]).outcome, FragmentOutcome::Mismatch) << "would overlap";
    EXPECT_EQ(add(reassembler, longer[1]).outcome, FragmentOutcome::Mismatch) << "other total";
    FragmentResult result{FragmentOutcome::NoSlot};
    for (size_t i = 1; i < narrow.size(); ++i)
        result = add(reassembler, narrow[i]);
    ASSERT_EQ(result.outcome, FragmentOutcome::Completed);
    EXPECT_TRUE(equal(result.transaction, transaction));
}

TEST(Fragments, SlotsAreBoundedAndTimeGivesThemBack) {
    auto random = test_generator(35);
    const Bytes transaction = test::random_bytes(random, 1'000);
    Reassembler reassembler({.slots = 4, .slots_per_session = 3, .timeout_ns = 100});
    const auto first_piece = [&](uint64_t number) { return fragments_of(transaction, number)[0]; };
    for (uint64_t number = 0; number < 3; ++number)
        EXPECT_EQ(add(reassembler, first_piece(number), number).outcome, FragmentOutcome::Stored);
    EXPECT_EQ(add(reassembler, first_piece(3), 50).outcome, FragmentOutcome::Limit);
    EXPECT_EQ(add(reassembler, first_piece(3), 50, 2).outcome, FragmentOutcome::Stored);
    EXPECT_EQ(add(reassembler, first_piece(4), 99, 2).outcome, FragmentOutcome::NoSlot);
    EXPECT_EQ(reassembler.abandoned(), 0u);
    EXPECT_EQ(add(reassembler, first_piece(4), 100, 2).outcome, FragmentOutcome::Stored)
        << "the oldest is 100 ns old";
    EXPECT_EQ(reassembler.abandoned(), 1u);
    reassembler.expire(1'000);
    EXPECT_EQ(reassembler.abandoned(), 5u);
    EXPECT_EQ(reassembler.open_slots(), 0u);
}

TEST(Fragments, CompleteOnesDoNotExpire) {
    auto random = test_generator(36);
    const Bytes transaction = test::random_bytes(random, 1'000);
    const auto frames = fragments_of(transaction);
    Reassembler reassembler({.slots = 1, .slots_per_session = 1, .timeout_ns = 100});
    (void)add(reassembler, frames[0]);
    const FragmentResult result = add(reassembler, frames[1]);
    ASSERT_EQ(result.outcome, FragmentOutcome::Completed);
    reassembler.expire(1'000'000);
    EXPECT_EQ(add(reassembler, frames[0], 1'000'000).outcome, FragmentOutcome::NoSlot);
    EXPECT_TRUE(equal(result.transaction, transaction));
    reassembler.release(result.slot);
    EXPECT_EQ(add(reassembler, frames[0], 1'000'000).outcome, FragmentOutcome::Stored);
    reassembler.abandon_all();
    EXPECT_EQ(reassembler.abandoned(), 1u);
}

}  // namespace
}  // namespace switchyard::dataplane
