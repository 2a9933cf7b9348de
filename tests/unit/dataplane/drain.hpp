// SPDX-License-Identifier: Apache-2.0
// A consumer that compares what an ingress gives with what was sent.
#pragma once

#include <gtest/gtest.h>

#include <array>
#include <memory>
#include <stdexcept>
#include <thread>
#include <vector>

#include "dataplane/ingress.hpp"
#include "host/core/limits.hpp"

namespace switchyard::dataplane::test {

/// The bounds that tests set, of a wire whose sender is trusted.
struct Trusted {
    OverloadPolicy overload = OverloadPolicy::Drop;
    uint32_t ring_transactions = 16'384;
    uint32_t frames_in_flight = 4'096;
    uint32_t reassembly_slots = 64;
    uint32_t reassembly_slots_per_session = 16;
};

inline std::unique_ptr<Ingress> make_ingress(Port& port, const Trusted& wanted) {
    IngressConfig config = trusted_wire(wanted.overload);
    config.ring_transactions = wanted.ring_transactions;
    config.frames_in_flight = wanted.frames_in_flight;
    config.receiver.reassembly.slots = wanted.reassembly_slots;
    config.receiver.reassembly.slots_per_session = wanted.reassembly_slots_per_session;
    auto made = Ingress::create(port, config);
    if (!made) throw std::runtime_error(made.error().message);
    return std::move(*made);
}

/// received == delivered + fragments + parity + control + errors + drops, in frames and in bytes,
/// and every transaction handed over was given back.
inline void expect_counters_add_up(const IngressCounters& counters) {
    const FrameTally errors = counters.all_errors();
    const FrameTally drops = counters.all_drops();
    EXPECT_EQ(counters.received.frames, counters.delivered.frames + counters.fragments.frames +
                                            counters.parity.frames + counters.control.frames +
                                            errors.frames + drops.frames);
    EXPECT_EQ(counters.received.bytes, counters.delivered.bytes + counters.fragments.bytes +
                                           counters.parity.bytes + counters.control.bytes +
                                           errors.bytes + drops.bytes);
    EXPECT_EQ(counters.transactions, counters.transactions_released);
    uint64_t verdicts = 0;
    for (const uint64_t verdict : counters.verdicts)
        verdicts += verdict;
    EXPECT_EQ(verdicts, counters.transactions_released);
    EXPECT_EQ(counters.latency.count(), counters.transactions_released);
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
