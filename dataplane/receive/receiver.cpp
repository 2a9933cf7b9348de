// SPDX-License-Identifier: Apache-2.0
// Sessions and datagrams; `deliver.cpp` has what becomes of transactions, `answer.cpp` the replies.
#include "dataplane/receive/receiver.hpp"

#include <algorithm>
#include <bit>

#include "dataplane/protocol/big_endian.hpp"
#include "dataplane/protocol/datagram.hpp"
#include "host/core/assert.hpp"

namespace switchyard::dataplane {

Receiver::Receiver(const ReceiverConfig& config, const SipKey& secret,
                   SpscRing<RawTransaction>& out, ReceiveCounters& counters)
    : config_(config),
      out_(out),
      counters_(counters),
      mint_(secret, config.cookie_epoch_ns),
      sessions_(config.sessions, config.window),
      source_table_(config.meter.sources),
      reassembler_(config.reassembly),
      groups_(config.groups),
      rebuilt_uses_(config.groups.rebuilt_slots),
      replies_(config.sources == SourcePolicy::Trust ? 0 : kRepliesMax) {
    due_.reserve(config.sessions);
}

Handled Receiver::handle(const Arrival& arrival, uint64_t now_ns) {
    const FrameError error = parse_header(arrival.payload, header_);
    if (error != FrameError::None) {
        if (error == FrameError::BadVersion) answer_other_version(arrival, now_ns);
        fail(arrival, error);
        return {};
    }
    if (header_.kind > FrameKind::Close) {
        fail(arrival, FrameError::BadKind);
        return {};
    }
    const SessionKey key{header_.session, arrival.source};
    Session* session = sessions_.find(key);
    if (config_.sources == SourcePolicy::Trust) {
        if (header_.kind == FrameKind::Hello) {
            pass_hello(arrival);
            return {};
        }
        // What strangers and damage could open must pass the checksum first.
        if (session == nullptr) {
            if (!checksum_holds(arrival.payload)) {
                fail(arrival, FrameError::BadChecksum);
                return {};
            }
            session = trust(key, now_ns);
        }
        return handle_in_session(arrival, *session, now_ns);
    }
    if (header_.kind == FrameKind::Hello) {
        handle_hello(arrival, now_ns);
        return {};
    }
    if (session == nullptr) {
        handle_stranger(arrival, now_ns);
        return {};
    }
    if (header_.cookie != session->cookie) {
        drop(arrival, DropReason::BadCookie);
        return {};
    }
    if (metered(*session, now_ns)) {
        drop(arrival, DropReason::Metered);
        return {};
    }
    return handle_in_session(arrival, *session, now_ns);
}

/// Trust: a Hello of a captured exchange. It says nothing, and its sequence is none of the
/// session's, whose datagrams begin at 0 again.
void Receiver::pass_hello(const Arrival& arrival) {
    FrameError error = FrameError::BadChecksum;
    if (checksum_holds(arrival.payload)) error = parse_body(header_.kind, header_.body, body_);
    if (error != FrameError::None) {
        fail(arrival, error);
    } else {
        counters_.control.add(arrival.frame_bytes);
    }
}

/// Whether the source of `session` has used up what it may send.
bool Receiver::metered(const Session& session, uint64_t now_ns) {
    MeteredSource* const source = session.source;
    if (source == nullptr) return false;
    if (!source->bucket.ready(config_.meter.transactions, now_ns)) return true;
    // Only what has to be verified: a Query is answered to anybody.
    const bool work =
        header_.kind == FrameKind::Transactions || header_.kind == FrameKind::Fragment;
    if (!work || !is_stranger(*source)) return false;
    return source->suspect ? !suspects_bucket_.ready(suspects(), now_ns)
                           : !strangers_bucket_.ready(config_.meter.strangers, now_ns);
}

void Receiver::charge(Session& session, double transactions) {
    MeteredSource* const source = session.source;
    if (source == nullptr) return;
    source->bucket.take(config_.meter.transactions, transactions);
    if (!is_stranger(*source)) return;
    if (source->suspect)
        suspects_bucket_.take(suspects(), transactions);
    else
        strangers_bucket_.take(config_.meter.strangers, transactions);
}

/// A datagram of an open session, from the right source.
Handled Receiver::handle_in_session(const Arrival& arrival, Session& session, uint64_t now_ns) {
    switch (session.sequences.check(header_.sequence)) {
        case SequenceState::Duplicate:
            drop(arrival, DropReason::DuplicateSequence);
            return {};
        case SequenceState::Stale:
            drop(arrival, DropReason::StaleSequence);
            return {};
        case SequenceState::New:
            break;
    }
    if (!checksum_holds(arrival.payload)) {
        fail(arrival, FrameError::BadChecksum);
        return {};
    }
    const FrameError error = parse_body(header_.kind, header_.body, body_);
    if (error != FrameError::None) {
        fail(arrival, error);
        return {};
    }
    Fate fate;
    const bool whole = header_.kind == FrameKind::Transactions;
    if (whole) {
        fate = deliver(session, Memory::Frame, arrival.frame, now_ns);
    } else if (header_.kind == FrameKind::Fragment) {
        fate = add_piece(session, now_ns);
    }
    if (fate.blocked) return {.blocked = true};

    session.last_used_ns = now_ns;
    session.route = arrival.route;
    // A datagram that found no room is not recorded as taken: where it comes again, it is welcome.
    const bool taken = !fate.dropped || (fate.reason != DropReason::RingFull &&
                                         fate.reason != DropReason::SourceShare &&
                                         fate.reason != DropReason::NoFrameSlot);
    if (taken) {
        const SequenceWindow::Step step = session.sequences.record(header_.sequence);
        counters_.sequence_gaps.add(step.skipped);
        if (step.late) counters_.sequence_late.add(1);
    }
    charge(session, whole ? body_.count : 1);

    Handled out{.transactions = whole ? fate.transactions : 0};
    const size_t bytes = arrival.frame_bytes;
    if (header_.kind == FrameKind::Parity) {
        out.held = add_to_group(arrival, session, now_ns);
    } else if (fate.dropped) {
        drop(arrival, fate.reason);
    } else if (whole) {
        counters_.delivered.add(bytes);
    } else if (header_.kind == FrameKind::Fragment) {
        counters_.fragments.add(bytes);
    } else {
        handle_control(arrival, session, now_ns);
        return {};
    }
    // What was dropped for want of room may still help to rebuild others; what was damaged may not.
    if (header_.kind != FrameKind::Parity && header_.in_group())
        out.held = add_to_group(arrival, session, now_ns);
    return out;
}

void Receiver::handle_control(const Arrival& arrival, Session& session, uint64_t now_ns) {
    counters_.control.add(arrival.frame_bytes);
    if (config_.sources == SourcePolicy::Trust) return;
    if (header_.kind == FrameKind::Query) {
        (void)now_ns;
        report(session, body_.first, body_.count);
    } else if (header_.kind == FrameKind::Close) {
        close_session(session);
    }
}

/// Trust: the session of a first datagram, in place of the one used longest ago.
Session* Receiver::trust(const SessionKey& key, uint64_t now_ns) {
    Session& place = sessions_.place_for(key);
    if (place.id != 0) {
        counters_.sessions_evicted.add(1);
        close_session(place);
    }
    sessions_.open(place, key, config_.window);
    place.last_used_ns = now_ns;
    counters_.sessions_opened.add(1);
    return &place;
}

/// A place for a session of `key`: free, idle for too long, or a stranger's that had its time. Null
/// when there is none.
Session* Receiver::make_room(const SessionKey& key, uint64_t now_ns) {
    Session& oldest = sessions_.place_for(key);
    if (oldest.id == 0 || now_ns >= oldest.last_used_ns + config_.session_idle_ns) return &oldest;
    if (config_.meter.strangers.per_second <= 0) return nullptr;
    Session* out = nullptr;
    for (Session& one : sessions_.places_of(key)) {
        const bool replaceable = one.source != nullptr && is_stranger(*one.source) &&
                                 now_ns >= one.opened_ns + config_.meter.stranger_grace_ns;
        if (replaceable && (out == nullptr || one.opened_ns < out->opened_ns)) out = &one;
    }
    return out;
}

/// Validate: opens the session of `key`, whose cookie holds, or returns null for want of room.
Session* Receiver::welcome(const SessionKey& key, uint64_t now_ns) {
    Session* const found = make_room(key, now_ns);
    if (found == nullptr) return nullptr;
    Session& place = *found;
    MeteredSource* const source = source_table_.find_or_add(key.source.ip, now_ns);
    if (source == nullptr || source->sessions >= config_.meter.sessions_per_source) return nullptr;
    if (place.id != 0) {
        counters_.sessions_evicted.add(1);
        close_session(place);
    }
    const uint32_t wanted = std::clamp(body_.window, kWindowMin, config_.window);
    sessions_.open(place, key, std::bit_floor(wanted));
    place.source = source;
    place.opened_ns = now_ns;
    ++source->sessions;
    counters_.sessions_opened.add(1);
    return &place;
}

void Receiver::close_session(Session& session) {
    groups_.close_all(session.groups);
    if (session.source != nullptr) {
        --session.source->sessions;
        // They are still with the consumer, and no longer anybody's.
        session.source->in_flight -= session.in_flight;
    }
    session.source = nullptr;
    if (session.report_due) std::erase(due_, static_cast<uint32_t>(sessions_.index_of(session)));
    session.report_due = false;
    sessions_.close(session);
}

void Receiver::tick(uint64_t now_ns) {
    deliver_rebuilt(now_ns);
    groups_.expire_some(now_ns);
    if (reassembler_.open_slots() != 0) {
        reassembler_.expire(now_ns);
        counters_.reassemblies_abandoned.set(reassembler_.abandoned());
    }
    flush_reports(now_ns);
    sweep(now_ns);
    counters_.groups_given_up.set(groups_.given_up());
    counters_.groups_unprotected.set(groups_.unprotected());
    counters_.datagrams_rebuilt.set(groups_.datagrams_rebuilt());
}

/// Forgets sessions that said nothing for long, a few places at a time.
void Receiver::sweep(uint64_t now_ns) {
    if (config_.sources == SourcePolicy::Trust) return;
    sweep_at_ = sweep_at_ + 1 < sessions_.capacity() ? sweep_at_ + 1 : 0;
    Session& session = sessions_.at(sweep_at_);
    if (session.id == 0 || now_ns < session.last_used_ns + config_.session_idle_ns) return;
    counters_.sessions_evicted.add(1);
    close_session(session);
}

void Receiver::end_input() {
    reassembler_.abandon_all();
    counters_.reassemblies_abandoned.set(reassembler_.abandoned());
    for (size_t i = 0; i < sessions_.capacity(); ++i)
        if (sessions_.at(i).id != 0) groups_.close_all(sessions_.at(i).groups);
    counters_.groups_given_up.set(groups_.given_up());
}

IngressUse Receiver::use() const {
    return {.sessions = static_cast<uint32_t>(sessions_.open_count()),
            .sources = source_table_.owners(),
            .transactions = in_flight_,
            .groups = groups_.open_groups(),
            .group_frames = groups_.frames_held(),
            .rebuilt = groups_.rebuilt_in_use(),
            .reassemblies = reassembler_.open_slots() + reassembler_.complete_slots(),
            .reports_waiting = static_cast<uint32_t>(due_.size())};
}

void Receiver::drop(const Arrival& arrival, DropReason reason) {
    counters_.drops[static_cast<size_t>(reason)].add(arrival.frame_bytes);
}

void Receiver::fail(const Arrival& arrival, FrameError error) {
    counters_.errors[static_cast<size_t>(error)].add(arrival.frame_bytes);
}

}  // namespace switchyard::dataplane
