// SPDX-License-Identifier: Apache-2.0
// The counters of a running ingress, as its two threads write them.
#pragma once

#include <array>

#include "dataplane/counter.hpp"
#include "dataplane/ingress_counters.hpp"

namespace switchyard::dataplane {

/// Written by the receive thread; the fields are those of `IngressCounters`.
struct ReceiveCounters {
    FrameCounter received, delivered, fragments;
    std::array<FrameCounter, kFrameErrors> errors;
    std::array<FrameCounter, kDropReasons> drops;
    Counter transactions, transaction_bytes, transactions_reassembled, transactions_dropped;
    Counter reassemblies_abandoned, sessions_opened, sessions_evicted;
    Counter sequence_gaps, sequence_late, waits;
};

/// Written by the consumer.
struct ConsumerCounters {
    Counter released;
    std::array<Counter, 16> verdicts;
};

/// A copy. What the consumer counts is read first, so that it never exceeds what was handed over.
[[nodiscard]] IngressCounters snapshot(const ReceiveCounters& from,
                                       const ConsumerCounters& consumed);

}  // namespace switchyard::dataplane
