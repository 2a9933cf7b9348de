// SPDX-License-Identifier: Apache-2.0
// What the receiver says: cookies to strangers, Reports to clients.
#include <algorithm>

#include "dataplane/protocol/big_endian.hpp"
#include "dataplane/protocol/datagram.hpp"
#include "dataplane/receive/receiver.hpp"
#include "host/core/assert.hpp"

namespace switchyard::dataplane {
namespace {

/// Reports of one session in one go; what is left goes with the next.
constexpr size_t kReportsAtOnce = 4;

}  // namespace

void Receiver::reply(const SourceAddress& to, uint64_t route, const DatagramFields& fields,
                     std::span<const BytesView> parts) {
    if (reply_count_ == replies_.size()) {
        counters_.replies_dropped.add(1);
        return;
    }
    size_t size = kDatagramHeaderBytes;
    for (const BytesView part : parts)
        size += part.size();
    Reply& out = replies_[reply_count_++];
    SWITCHYARD_ASSERT(size <= out.bytes.size());
    out.to = to;
    out.route = route;
    out.size = static_cast<uint16_t>(size);
    write_datagram(fields, parts, std::span{out.bytes}.first(size));
    counters_.replies.add(size);
}

/// The one way to answer somebody whose address may be forged: never with more bytes than came, and
/// never more often than configured.
void Receiver::reply_unvalidated(const Arrival& arrival, const DatagramFields& fields,
                                 BytesView body, uint64_t now_ns) {
    if (kDatagramHeaderBytes + body.size() > arrival.payload.size()) return;
    if (!unknown_bucket_.ready(config_.unknown_sources, now_ns)) return;
    unknown_bucket_.take(config_.unknown_sources, 1);
    const BytesView parts[] = {body};
    reply(arrival.source, arrival.route, fields, parts);
}

/// A version that this server does not speak. Magic, version, kind, session and the length of the
/// header stand at the same places in all versions.
void Receiver::answer_other_version(const Arrival& arrival, uint64_t now_ns) {
    if (config_.sources == SourcePolicy::Trust || header_.kind != FrameKind::Hello ||
        header_.session == 0)
        return;
    const uint8_t body[kVersionsBodyBytes] = {kProtocolVersion, kProtocolVersion};
    reply_unvalidated(arrival, {.kind = FrameKind::Versions, .session = header_.session}, body,
                      now_ns);
}

/// A source without a session. Only the checksum and the cookie of what it sent are looked at.
void Receiver::handle_stranger(const Arrival& arrival, uint64_t now_ns) {
    if (!mint_.holds(header_.cookie, arrival.source, header_.session, now_ns)) {
        drop(arrival, DropReason::BadCookie);
        return;
    }
    drop(arrival, DropReason::UnknownSession);
    if (header_.kind == FrameKind::Close) return;
    const uint8_t body[kResetBodyBytes] = {static_cast<uint8_t>(ResetReason::UnknownSession)};
    reply_unvalidated(arrival, {.kind = FrameKind::Reset, .session = header_.session}, body,
                      now_ns);
}

void Receiver::handle_hello(const Arrival& arrival, uint64_t now_ns) {
    if (!checksum_holds(arrival.payload)) {
        fail(arrival, FrameError::BadChecksum);
        return;
    }
    if (const FrameError error = parse_body(header_.kind, header_.body, body_);
        error != FrameError::None) {
        fail(arrival, error);
        return;
    }
    if (kProtocolVersion < body_.version_min || kProtocolVersion > body_.version_max) {
        fail(arrival, FrameError::BadVersion);
        return;
    }
    if (header_.cookie == 0 ||
        !mint_.holds(header_.cookie, arrival.source, header_.session, now_ns)) {
        if (!unknown_bucket_.ready(config_.unknown_sources, now_ns)) {
            drop(arrival, DropReason::HelloLimit);
            return;
        }
        counters_.control.add(arrival.frame_bytes);
        counters_.challenges.add(1);
        const uint64_t cookie = mint_.mint(arrival.source, header_.session, now_ns);
        reply_unvalidated(
            arrival, {.kind = FrameKind::Challenge, .session = header_.session, .cookie = cookie},
            {}, now_ns);
        return;
    }
    const SessionKey key{header_.session, arrival.source};
    Session* session = sessions_.find(key);
    if (session == nullptr) session = welcome(key, now_ns);
    if (session == nullptr) {
        drop(arrival, DropReason::NoSession);
        const uint8_t body[kResetBodyBytes] = {static_cast<uint8_t>(ResetReason::NoRoom)};
        reply_unvalidated(arrival, {.kind = FrameKind::Reset, .session = header_.session}, body,
                          now_ns);
        return;
    }
    counters_.control.add(arrival.frame_bytes);
    session->cookie = header_.cookie;
    session->route = arrival.route;
    session->last_used_ns = now_ns;
    uint8_t body[kWelcomeBodyBytes] = {};
    store_be32(body, static_cast<uint32_t>(session->verdicts.size()));
    store_be16(body + 4, static_cast<uint16_t>(kDatagramBytesMax));
    const BytesView parts[] = {body};
    reply(arrival.source, arrival.route,
          {.kind = FrameKind::Welcome, .session = header_.session, .cookie = header_.cookie},
          parts);
}

/// Remembers that the client should hear of these transactions.
void Receiver::note_for_report(Session& session, uint64_t begin, uint64_t end, bool fresh,
                               uint64_t now_ns) {
    if (config_.sources == SourcePolicy::Trust) return;
    if (!session.report_due) {
        session.report_due = true;
        session.report_fresh = 0;
        session.report_since_ns = now_ns;
        session.report_begin = begin;
        session.report_end = end;
        due_.push_back(static_cast<uint32_t>(sessions_.index_of(session)));
    } else {
        session.report_begin = std::min(session.report_begin, begin);
        session.report_end = std::max(session.report_end, end);
    }
    if (fresh) ++session.report_fresh;
}

void Receiver::flush_reports(uint64_t now_ns) {
    for (size_t i = 0; i < due_.size();) {
        Session& session = sessions_.at(due_[i]);
        const bool now = session.report_fresh >= config_.report_batch ||
                         now_ns >= session.report_since_ns + config_.report_delay_ns;
        if (!now || reply_count_ + kReportsAtOnce > replies_.size()) {
            ++i;
            continue;
        }
        // Numbers that left the window meanwhile are known to the client.
        const uint64_t next = session.verdicts.next();
        const uint64_t window = session.verdicts.size();
        uint64_t at = std::max(session.report_begin, next > window ? next - window : 0);
        const uint64_t fresh_begin = at;
        // What the last Report told is told again where one datagram holds both.
        if (session.report_previous < at && session.report_end <= at + kReportStatesMax) {
            const uint64_t room = kReportStatesMax - (session.report_end - at);
            at -= std::min(at - session.report_previous, room);
        }
        session.report_previous = fresh_begin;
        for (size_t n = 0; n < kReportsAtOnce && at < session.report_end; ++n) {
            const auto count =
                static_cast<size_t>(std::min<uint64_t>(kReportStatesMax, session.report_end - at));
            report(session, at, count);
            at += count;
        }
        if (at < session.report_end) {
            session.report_begin = at;
            ++i;
            continue;
        }
        session.report_due = false;
        due_[i] = due_.back();
        due_.pop_back();
    }
}

void Receiver::report(Session& session, uint64_t first, size_t count) {
    SWITCHYARD_ASSERT(count <= kReportStatesMax);
    std::array<uint8_t, kReportHeaderBytes> header{};
    store_be64(header.data(), session.verdicts.limit());
    store_be64(header.data() + 8, session.sequences.highest());
    store_be64(header.data() + 16, first);
    store_be16(header.data() + 24, static_cast<uint16_t>(count));
    std::array<uint8_t, kReportStatesMax> states;
    for (size_t i = 0; i < count; ++i)
        states[i] = session.verdicts.state(first + i);
    const BytesView parts[] = {header, BytesView{states}.first(count)};
    counters_.reports.add(1);
    reply(session.key.source, session.route,
          {.kind = FrameKind::Report,
           .session = session.key.session,
           .sequence = session.report_sequence++},
          parts);
}

}  // namespace switchyard::dataplane
