// SPDX-License-Identifier: Apache-2.0
#include "dataplane/receive/ingress_counters.hpp"

#include <span>

#include "dataplane/receive/live_counters.hpp"

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

FrameTally tally(const FrameCounter& counter) {
    return {counter.frames.value(), counter.bytes.value()};
}

}  // namespace

std::string_view to_string(DropReason reason) {
    switch (reason) {
        case DropReason::RingFull:
            return "ring_full";
        case DropReason::SourceShare:
            return "source_share";
        case DropReason::NoFrameSlot:
            return "no_frame_slot";
        case DropReason::UnknownSession:
            return "unknown_session";
        case DropReason::BadCookie:
            return "bad_cookie";
        case DropReason::HelloLimit:
            return "hello_limit";
        case DropReason::NoSession:
            return "no_session";
        case DropReason::Metered:
            return "metered";
        case DropReason::DuplicateSequence:
            return "duplicate_sequence";
        case DropReason::StaleSequence:
            return "stale_sequence";
        case DropReason::DuplicateTransaction:
            return "duplicate_transaction";
        case DropReason::CreditExceeded:
            return "credit_exceeded";
        case DropReason::FragmentDuplicate:
            return "fragment_duplicate";
        case DropReason::FragmentMismatch:
            return "fragment_mismatch";
        case DropReason::FragmentLimit:
            return "fragment_limit";
        case DropReason::NoReassemblySlot:
            return "no_reassembly_slot";
        case DropReason::GroupMismatch:
            return "group_mismatch";
        case DropReason::OtherQueueFull:
            return "other_queue_full";
    }
    return "unknown";
}

FrameTally IngressCounters::all_errors() const {
    return sum(errors);
}

FrameTally IngressCounters::all_drops() const {
    return sum(drops);
}

IngressCounters& IngressCounters::operator+=(const IngressCounters& other) {
    using C = IngressCounters;
    const auto add = [](FrameTally& to, const FrameTally& from) {
        to.frames += from.frames;
        to.bytes += from.bytes;
    };
    for (const auto field : {&C::received, &C::delivered, &C::fragments, &C::parity, &C::control,
                             &C::handed_over, &C::taken_over, &C::replies})
        add(this->*field, other.*field);
    for (size_t i = 0; i < errors.size(); ++i)
        add(errors[i], other.errors[i]);
    for (size_t i = 0; i < drops.size(); ++i)
        add(drops[i], other.drops[i]);
    for (size_t i = 0; i < verdicts.size(); ++i)
        verdicts[i] += other.verdicts[i];
    for (size_t i = 0; i < latency.buckets.size(); ++i)
        latency.buckets[i] += other.latency.buckets[i];
    for (const auto field : {&C::transactions,
                             &C::transaction_bytes,
                             &C::transactions_reassembled,
                             &C::transactions_rebuilt,
                             &C::transactions_dropped,
                             &C::transactions_repeated,
                             &C::reassemblies_abandoned,
                             &C::transactions_released,
                             &C::datagrams_rebuilt,
                             &C::rebuilt_refused,
                             &C::groups_completed,
                             &C::groups_given_up,
                             &C::groups_unprotected,
                             &C::sessions_opened,
                             &C::sessions_evicted,
                             &C::sequence_gaps,
                             &C::sequence_late,
                             &C::waits,
                             &C::replies_dropped,
                             &C::challenges,
                             &C::reports})
        this->*field += other.*field;
    return *this;
}

IngressCounters snapshot(const ReceiveCounters& from, const ConsumerCounters& consumed) {
    IngressCounters out;
    out.transactions_released = consumed.released.value();
    for (size_t i = 0; i < out.verdicts.size(); ++i)
        out.verdicts[i] = consumed.verdicts[i].value();
    out.latency = consumed.latency.snapshot();
    out.received = tally(from.received);
    out.delivered = tally(from.delivered);
    out.fragments = tally(from.fragments);
    out.parity = tally(from.parity);
    out.control = tally(from.control);
    out.handed_over = tally(from.handed_over);
    out.taken_over = tally(from.taken_over);
    for (size_t i = 0; i < kFrameErrors; ++i)
        out.errors[i] = tally(from.errors[i]);
    for (size_t i = 0; i < kDropReasons; ++i)
        out.drops[i] = tally(from.drops[i]);
    out.transactions = from.transactions.value();
    out.transaction_bytes = from.transaction_bytes.value();
    out.transactions_reassembled = from.transactions_reassembled.value();
    out.transactions_rebuilt = from.transactions_rebuilt.value();
    out.transactions_dropped = from.transactions_dropped.value();
    out.transactions_repeated = from.transactions_repeated.value();
    out.reassemblies_abandoned = from.reassemblies_abandoned.value();
    out.datagrams_rebuilt = from.datagrams_rebuilt.value();
    out.rebuilt_refused = from.rebuilt_refused.value();
    out.groups_completed = from.groups_completed.value();
    out.groups_given_up = from.groups_given_up.value();
    out.groups_unprotected = from.groups_unprotected.value();
    out.sessions_opened = from.sessions_opened.value();
    out.sessions_evicted = from.sessions_evicted.value();
    out.sequence_gaps = from.sequence_gaps.value();
    out.sequence_late = from.sequence_late.value();
    out.waits = from.waits.value();
    out.replies = tally(from.replies);
    out.replies_dropped = from.replies_dropped.value();
    out.challenges = from.challenges.value();
    out.reports = from.reports.value();
    return out;
}

}  // namespace switchyard::dataplane
