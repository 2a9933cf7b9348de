// SPDX-License-Identifier: Apache-2.0
// The receiver takes its memory when it is made, and none afterwards.
#include <gtest/gtest.h>

#include <memory>

#include "dataplane/receive/receiver.hpp"
#include "tests/support/allocation_counter.hpp"
#include "tests/support/test_data.hpp"
#include "tests/unit/dataplane/workload.hpp"

namespace switchyard::dataplane {
namespace {

using ::switchyard::test::allocations_of_this_thread;
using ::switchyard::test::test_generator;

TEST(Allocation, ReceivingTakesNoMemory) {
    auto random = test_generator(170);
    auto transactions = test::random_transactions(random, 20'000, 90, 400);
    for (size_t i = 0; i < transactions.size(); i += 500)
        transactions[i] = test::random_bytes(random, 20'000);
    const auto frames =
        encode_all({.group = {16, 4}, .link_headers = false}, test::views(transactions));
    ASSERT_TRUE(frames);
    std::vector<BytesView> datagrams = frames->views();
    // Lost, doubled, damaged: all roads are taken.
    std::vector<Bytes> damaged;
    damaged.reserve(datagrams.size());
    for (size_t i = 0; i < datagrams.size(); i += 9) {
        damaged.push_back(to_bytes(datagrams[i]));
        damaged.back().back() ^= 1;
        datagrams[i] = damaged.back();
    }

    SpscRing<RawTransaction> ring(8'192);
    const auto counters = std::make_unique<ReceiveCounters>();
    ReceiverConfig config;
    config.sources = SourcePolicy::Trust;
    Receiver receiver(config, {{1, 2}}, ring, *counters);
    std::array<RawTransaction, 512> batch;
    uint64_t now = 0;
    const uint64_t before = allocations_of_this_thread();
    for (uint32_t i = 0; i < datagrams.size(); ++i) {
        now += 10'000;
        (void)receiver.handle(
            {.source = {1, 2}, .payload = datagrams[i], .frame = i, .frame_bytes = 1}, now);
        receiver.clear_unheld();
        const size_t count = ring.pop(batch);
        for (size_t j = 0; j < count; ++j)
            (void)receiver.settle({.owner = batch[j].owner,
                                   .source_id = batch[j].source_id,
                                   .sequence = batch[j].sequence,
                                   .verdict = Verdict::Accepted},
                                  now);
        receiver.tick(now);
    }
    EXPECT_EQ(allocations_of_this_thread(), before);
    EXPECT_GT(counters->transactions_rebuilt.value(), 1'000u);
    EXPECT_GT(counters->transactions_reassembled.value(), 20u);
    EXPECT_GT(counters->errors[static_cast<size_t>(FrameError::BadChecksum)].frames.value(), 100u);
    // The counter counts: the encoder takes memory.
    (void)encode_all({}, test::views(transactions));
    EXPECT_GT(allocations_of_this_thread(), before);
}

}  // namespace
}  // namespace switchyard::dataplane
