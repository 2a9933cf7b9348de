// SPDX-License-Identifier: Apache-2.0
// The receiver's transactions: from bodies to the ring, and back with their verdicts.
#include <algorithm>

#include "dataplane/receive/receiver.hpp"
#include "host/core/assert.hpp"

namespace switchyard::dataplane {
namespace {

// `RawTransaction::owner`: the session's place above, then whose memory it is, then where.
constexpr unsigned kSessionShift = 40;
constexpr unsigned kMemoryShift = 32;

}  // namespace

bool Receiver::has_room(size_t transactions) const {
    return in_flight_ + transactions <= config_.transactions_in_flight &&
           out_.has_room(transactions);
}

bool Receiver::within_share(const Session& session, size_t transactions) const {
    if (session.source == nullptr || config_.overload == OverloadPolicy::Wait) return true;
    return session.source->in_flight + transactions <= config_.transactions_in_flight - in_flight_;
}

/// Transactions of `session` are on their way to the consumer.
void Receiver::enter(Session& session, uint32_t transactions) {
    in_flight_ += transactions;
    session.in_flight += transactions;
    if (session.source != nullptr) session.source->in_flight += transactions;
}

/// One came back, of a session that is still open.
void Receiver::leave(Session& session, Verdict verdict) {
    SWITCHYARD_ASSERT(session.in_flight != 0);
    --session.in_flight;
    MeteredSource* const source = session.source;
    if (source == nullptr) return;
    --source->in_flight;
    const MeterConfig& meter = config_.meter;
    if (verdict != Verdict::Malformed && verdict != Verdict::InvalidSignature) {
        source->standing = std::min(source->standing + 1, 2 * meter.standing);
        if (!is_stranger(*source)) source->suspect = false;
        return;
    }
    source->standing -= std::min(source->standing, meter.bad_transaction_cost);
    if (is_stranger(*source)) source->suspect = true;
    charge(session, meter.bad_transaction_cost);
}

Receiver::Fate Receiver::no_room(DropReason reason, uint32_t transactions) {
    if (config_.overload == OverloadPolicy::Wait) {
        counters_.waits.add(1);
        return {.blocked = true};
    }
    counters_.transactions_dropped.add(transactions);
    return {.dropped = true, .reason = reason};
}

void Receiver::stage(size_t ahead, const Session& session, Memory memory, uint32_t index,
                     BytesView bytes, BytesView hint, uint64_t number, uint64_t now_ns) {
    out_.stage(ahead) = {.bytes = bytes,
                         .arrival_ns = now_ns,
                         .source_id = session.id,
                         .sequence = number,
                         .owner = uint64_t{sessions_.index_of(session)} << kSessionShift |
                                  static_cast<uint64_t>(memory) << kMemoryShift | index,
                         .sender_hint = hint};
}

/// Delivers what is new of `body_`, of kind Transactions, which stands in `memory`.
Receiver::Fate Receiver::deliver(Session& session, Memory memory, uint32_t index, uint64_t now_ns) {
    const bool enforce = config_.sources == SourcePolicy::Validate;
    const auto is_new = [&](uint64_t number) {
        const NumberPlace place = session.verdicts.place(number);
        return place == NumberPlace::New || (place == NumberPlace::BeyondCredit && !enforce);
    };
    uint32_t fresh = 0;
    uint32_t beyond = 0;
    uint64_t known_begin = UINT64_MAX;
    uint64_t known_end = 0;
    for (size_t i = 0; i < body_.count; ++i) {
        const uint64_t number = body_.number(i);
        const NumberPlace place = session.verdicts.place(number);
        if (place == NumberPlace::New) {
            ++fresh;
        } else if (place == NumberPlace::BeyondCredit) {
            ++(enforce ? beyond : fresh);
        } else if (place == NumberPlace::Known) {
            known_begin = std::min(known_begin, number);
            known_end = number + 1;
        }
    }
    if (fresh != 0) {
        if (memory == Memory::Frame && index == kNoFrame)
            return no_room(DropReason::NoFrameSlot, fresh);
        if (!has_room(fresh)) return no_room(DropReason::RingFull, fresh);
        if (!within_share(session, fresh)) return no_room(DropReason::SourceShare, fresh);
    }
    counters_.transactions_repeated.add(body_.count - fresh - beyond);
    counters_.transactions_dropped.add(beyond);
    // Who sends again what has its verdict has not heard of it.
    if (known_end != 0) note_for_report(session, known_begin, known_end, false, now_ns);
    if (fresh == 0)
        return {
            .dropped = true,
            .reason = beyond != 0 ? DropReason::CreditExceeded : DropReason::DuplicateTransaction};
    size_t ahead = 0;
    uint64_t bytes = 0;
    for (size_t i = 0; i < body_.count; ++i) {
        const uint64_t number = body_.number(i);
        if (fresh != body_.count && !is_new(number)) continue;
        session.verdicts.take(number);
        const BytesView transaction = body_.record(i);
        bytes += transaction.size();
        stage(ahead++, session, memory, index, transaction, body_.sender_hint(i), number, now_ns);
    }
    SWITCHYARD_ASSERT(ahead == fresh);
    enter(session, fresh);
    // Counted before they are visible, so that nobody sees more released than handed over.
    counters_.transactions.add(fresh);
    counters_.transaction_bytes.add(bytes);
    if (memory == Memory::Rebuilt) counters_.transactions_rebuilt.add(fresh);
    out_.publish(fresh);
    return {.transactions = fresh};
}

/// Adds the piece in `body_`, and delivers its transaction if that is complete.
Receiver::Fate Receiver::add_piece(Session& session, uint64_t now_ns) {
    const FragmentPiece& piece = body_.fragment;
    switch (session.verdicts.place(piece.transaction)) {
        case NumberPlace::New:
            break;
        case NumberPlace::BeyondCredit:
            if (config_.sources == SourcePolicy::Trust) break;
            return {.dropped = true, .reason = DropReason::CreditExceeded};
        case NumberPlace::Known:
            note_for_report(session, piece.transaction, piece.transaction + 1, false, now_ns);
            return {.dropped = true, .reason = DropReason::DuplicateTransaction};
        case NumberPlace::UnderWay:
        case NumberPlace::Settled:
            return {.dropped = true, .reason = DropReason::DuplicateTransaction};
    }
    if (!has_room(1)) return no_room(DropReason::RingFull, 0);
    if (!within_share(session, 1)) return no_room(DropReason::SourceShare, 0);
    const FragmentResult result = reassembler_.add(session.id, piece, now_ns);
    counters_.reassemblies_abandoned.set(reassembler_.abandoned());
    switch (result.outcome) {
        case FragmentOutcome::NoSlot:
            return no_room(DropReason::NoReassemblySlot, 0);
        case FragmentOutcome::Limit:
            return {.dropped = true, .reason = DropReason::FragmentLimit};
        case FragmentOutcome::Duplicate:
            return {.dropped = true, .reason = DropReason::FragmentDuplicate};
        case FragmentOutcome::Mismatch:
            return {.dropped = true, .reason = DropReason::FragmentMismatch};
        case FragmentOutcome::Stored:
            return {};
        case FragmentOutcome::Completed:
            break;
    }
    session.verdicts.take(piece.transaction);
    stage(0, session, Memory::Reassembly, result.slot, result.transaction, {}, piece.transaction,
          now_ns);
    enter(session, 1);
    counters_.transactions.add(1);
    counters_.transaction_bytes.add(result.transaction.size());
    counters_.transactions_reassembled.add(1);
    out_.publish(1);
    return {.transactions = 1};
}

/// Adds the datagram to its group; returns whether its frame is held.
bool Receiver::add_to_group(const Arrival& arrival, Session& session, uint64_t now_ns) {
    const bool parity = header_.kind == FrameKind::Parity;
    const uint64_t owner = session.id << 24 | sessions_.index_of(session);
    const GroupOutcome outcome = groups_.add(session.groups, owner, header_,
                                             parity ? &body_ : nullptr, arrival.frame, now_ns);
    if (parity) {
        if (outcome == GroupOutcome::Mismatch)
            drop(arrival, DropReason::GroupMismatch);
        else
            counters_.parity.add(arrival.frame_bytes);
    }
    if (outcome == GroupOutcome::Completed) counters_.groups_completed.add(1);
    if (outcome == GroupOutcome::Rebuilt) deliver_rebuilt(now_ns);
    return outcome == GroupOutcome::Held;
}

/// Handles the datagrams that parity gave back, as if they had arrived, while there is room.
void Receiver::deliver_rebuilt(uint64_t now_ns) {
    RebuiltDatagram datagram;
    while (groups_.next_rebuilt(datagram)) {
        Session& session = sessions_.at(datagram.owner & 0xFF'FFFF);
        Fate fate;
        if (session.id == datagram.owner >> 24) {
            const FrameError error = parse_body(datagram.kind, datagram.body, body_);
            if (error == FrameError::None && datagram.kind == FrameKind::Transactions)
                fate = deliver(session, Memory::Rebuilt, datagram.slot, now_ns);
            else if (error == FrameError::None && datagram.kind == FrameKind::Fragment)
                fate = add_piece(session, now_ns);
            else
                counters_.rebuilt_refused.add(1);
            if (fate.blocked) return;
        }
        groups_.pop_rebuilt();
        if (fate.transactions != 0 && datagram.kind == FrameKind::Transactions)
            rebuilt_uses_[datagram.slot] = static_cast<uint16_t>(fate.transactions);
        else
            groups_.release_rebuilt(datagram.slot);
    }
}

uint32_t Receiver::settle(const ReleasedTransaction& released, uint64_t now_ns) {
    SWITCHYARD_ASSERT(in_flight_ != 0);
    --in_flight_;
    Session& session = sessions_.at(released.owner >> kSessionShift);
    if (session.id == released.source_id) {
        const bool settled =
            session.verdicts.settle(released.sequence, static_cast<uint8_t>(released.verdict));
        if (settled && config_.sources == SourcePolicy::Validate)
            note_for_report(session, released.sequence, released.sequence + 1, true, now_ns);
        leave(session, released.verdict);
    }
    const auto index = static_cast<uint32_t>(released.owner);
    switch (static_cast<Memory>(released.owner >> kMemoryShift & 0xFF)) {
        case Memory::Frame:
            return index;
        case Memory::Reassembly:
            reassembler_.release(index);
            break;
        case Memory::Rebuilt:
            if (--rebuilt_uses_[index] == 0) groups_.release_rebuilt(index);
            break;
    }
    return kNoFrame;
}

}  // namespace switchyard::dataplane
