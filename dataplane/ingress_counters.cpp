// SPDX-License-Identifier: Apache-2.0
#include "dataplane/ingress_counters.hpp"

#include <span>

#include "dataplane/live_counters.hpp"

namespace switchyard::dataplane {
namespace {

FrameTally sum(std::span<const FrameTally> tallies) {
    FrameTally out;
    for (const FrameTally& tally : tallies) {
        out.frames += tally.frames;
        out.bytes += tally.bytes;
    }
    return out;
}

}  // namespace

std::string_view to_string(DropReason reason) {
    switch (reason) {
        case DropReason::RingFull:
            return "ring_full";
        case DropReason::NoFrameSlot:
            return "no_frame_slot";
        case DropReason::DuplicateSequence:
            return "duplicate_sequence";
        case DropReason::StaleSequence:
            return "stale_sequence";
        case DropReason::FragmentDuplicate:
            return "fragment_duplicate";
        case DropReason::FragmentMismatch:
            return "fragment_mismatch";
        case DropReason::FragmentLimit:
            return "fragment_limit";
        case DropReason::NoReassemblySlot:
            return "no_reassembly_slot";
    }
    return "unknown";
}

FrameTally IngressCounters::all_errors() const {
    return sum(errors);
}

FrameTally IngressCounters::all_drops() const {
    return sum(drops);
}

IngressCounters snapshot(const ReceiveCounters& from, const ConsumerCounters& consumed) {
    IngressCounters out;
    out.transactions_released = consumed.released.value();
    for (size_t i = 0; i < out.verdicts.size(); ++i)
        out.verdicts[i] = consumed.verdicts[i].value();
    out.received = from.received.tally();
    out.delivered = from.delivered.tally();
    out.fragments = from.fragments.tally();
    for (size_t i = 0; i < kFrameErrors; ++i)
        out.errors[i] = from.errors[i].tally();
    for (size_t i = 0; i < kDropReasons; ++i)
        out.drops[i] = from.drops[i].tally();
    out.transactions = from.transactions.value();
    out.transaction_bytes = from.transaction_bytes.value();
    out.transactions_reassembled = from.transactions_reassembled.value();
    out.transactions_dropped = from.transactions_dropped.value();
    out.reassemblies_abandoned = from.reassemblies_abandoned.value();
    out.sessions_opened = from.sessions_opened.value();
    out.sessions_evicted = from.sessions_evicted.value();
    out.sequence_gaps = from.sequence_gaps.value();
    out.sequence_late = from.sequence_late.value();
    out.waits = from.waits.value();
    return out;
}

}  // namespace switchyard::dataplane
