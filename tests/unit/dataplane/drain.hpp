// SPDX-License-Identifier: Apache-2.0
// A consumer that compares what an ingress gives with what was sent.
#pragma once

#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <thread>
#include <vector>

#include "dataplane/ingress.hpp"
#include "host/core/limits.hpp"

namespace switchyard::dataplane::test {

/// received == delivered + fragments + errors + drops, in frames and in bytes, and every
/// transaction handed over was given back.
inline void expect_counters_add_up(const IngressCounters& counters) {
    const FrameTally errors = counters.all_errors();
    const FrameTally drops = counters.all_drops();
    EXPECT_EQ(counters.received.frames,
              counters.delivered.frames + counters.fragments.frames + errors.frames + drops.frames);
    EXPECT_EQ(counters.received.bytes,
              counters.delivered.bytes + counters.fragments.bytes + errors.bytes + drops.bytes);
    EXPECT_EQ(counters.transactions, counters.transactions_released);
    uint64_t verdicts = 0;
    for (const uint64_t verdict : counters.verdicts)
        verdicts += verdict;
    EXPECT_EQ(verdicts, counters.transactions_released);
}

/// Polls until the source is exhausted; expects `expected` in order, each once and unchanged.
inline void expect_all_in_order(Ingress& ingress, const std::vector<Bytes>& expected) {
    std::array<RawTransaction, 512> batch;
    std::array<Verdict, 512> verdicts{};
    size_t next = 0;
    while (!ingress.exhausted()) {
        const size_t count = ingress.poll(batch);
        for (size_t i = 0; i < count; ++i, ++next) {
            ASSERT_LT(next, expected.size());
            ASSERT_TRUE(equal(batch[i].bytes, expected[next])) << next;
            ASSERT_EQ(batch[i].sequence, next);
            ASSERT_EQ(batch[i].source_id, 1u);
        }
        ingress.release(std::span{batch}.first(count), std::span{verdicts}.first(count));
        if (count == 0) std::this_thread::yield();
    }
    EXPECT_EQ(next, expected.size());
}

}  // namespace switchyard::dataplane::test
