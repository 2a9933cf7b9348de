// SPDX-License-Identifier: Apache-2.0
// The counters of a running ingress, as its two threads write them.
#pragma once

#include <array>

#include "dataplane/receive/counter.hpp"
#include "dataplane/receive/ingress_counters.hpp"
#include "dataplane/receive/latency_histogram.hpp"

namespace switchyard::dataplane {

/// Written by the receive thread; the fields are those of `IngressCounters`.
struct ReceiveCounters {
    FrameCounter received, delivered, fragments, parity, control;
    FrameCounter handed_over, taken_over;
    std::array<FrameCounter, kFrameErrors> errors;
    std::array<FrameCounter, kDropReasons> drops;
    Counter transactions, transaction_bytes, transactions_reassembled, transactions_rebuilt;
    Counter transactions_dropped, transactions_repeated, reassemblies_abandoned;
    Counter datagrams_rebuilt, rebuilt_refused;
    Counter groups_completed, groups_given_up, groups_unprotected;
    Counter sessions_opened, sessions_evicted, sequence_gaps, sequence_late, waits;
    FrameCounter replies;
    Counter replies_dropped, challenges, reports;
};

/// Written by the consumer.
struct ConsumerCounters {
    Counter released;
    std::array<Counter, kVerdictCount> verdicts;
    LatencyHistogram latency;
};

/// A copy. What the consumer counts is read first, so that it never exceeds what was handed over.
[[nodiscard]] IngressCounters snapshot(const ReceiveCounters& from,
                                       const ConsumerCounters& consumed);

}  // namespace switchyard::dataplane
