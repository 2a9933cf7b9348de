// SPDX-License-Identifier: Apache-2.0
#include "dataplane/client/client_session.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

#include "dataplane/protocol/big_endian.hpp"
#include "dataplane/protocol/datagram.hpp"
#include "host/core/assert.hpp"

namespace switchyard::dataplane {
namespace {

constexpr size_t kSentRemembered = 4'096;
/// Datagrams by which one may overtake another before that counts as lost (RFC 9002, section
/// 6.1.1, says 3; software paths reorder more).
constexpr uint64_t kReordering = 8;
constexpr uint64_t kTimeoutMin = 5'000'000;
constexpr uint64_t kTimeoutMax = 1'000'000'000;
/// Queries that go unanswered follow each other at most this far apart, so that many fit into the
/// client's patience.
constexpr uint64_t kBackoffTimeoutMax = 250'000'000;
constexpr unsigned kBackoffMax = 8;
/// Each time that a large transaction is sent again, its pieces start this much further on.
constexpr size_t kPieceTurn = 61;
constexpr uint64_t kHelloWaitMax = 1'000'000'000;

Error invalid(const std::string& what) {
    return {ErrorCode::InvalidInput, "client: " + what};
}

/// Any address of the session's family: the encoder only counts its headers.
Endpoint family_of(const ClientConfig& config) {
    return {.ip = config.ipv6 ? IpAddress{} : IpAddress::v4(0)};
}

}  // namespace

Result<ClientSession> ClientSession::create(const ClientConfig& config, uint64_t now_ns) {
    if (!std::has_single_bit(config.window) || config.window < kWindowMin ||
        config.window > kWindowMax)
        return invalid("window takes a power of two from 256 to 65,536");
    if (config.bytes_in_flight == 0) return invalid("bytes_in_flight takes 1 or more");
    if (config.first_timeout_ns == 0 || config.patience_ns == 0)
        return invalid("first_timeout_ns and patience_ns take 1 or more");
    // The encoder is made when the server has said what it takes; its bounds are checked at once.
    const auto encoder = FrameEncoder::create({.destination = family_of(config),
                                               .session = config.session,
                                               .group = config.group,
                                               .frame_bytes = config.frame_bytes,
                                               .link_headers = false});
    if (!encoder) return encoder.error();
    return ClientSession{config, now_ns};
}

ClientSession::ClientSession(const ClientConfig& config, uint64_t now_ns)
    : config_(config),
      heard_ns_(now_ns),
      hello_ns_(now_ns),
      hello_wait_ns_(config.first_timeout_ns),
      entries_(config.window),
      sent_(kSentRemembered) {
    lost_.reserve(config.window);
}

Result<std::optional<uint64_t>> ClientSession::submit(BytesView transaction,
                                                      BytesView sender_hint) {
    if (auto checked = check_transaction(transaction, sender_hint); !checked)
        return invalid(checked.error().message);
    if (next_ - base_ == config_.window) return std::optional<uint64_t>{};
    Entry& out = entry(next_);
    out.bytes.assign(transaction.begin(), transaction.end());
    out.has_hint = !sender_hint.empty();
    std::ranges::copy(sender_hint, out.hint.begin());
    out.times_sent = 0;
    out.progress = Progress::Waiting;
    return std::optional<uint64_t>{next_++};
}

void ClientSession::fail(ErrorCode code, const std::string& what) {
    state_ = ClientState::Failed;
    failure_ = {code, "client: " + what};
}

void ClientSession::receive(BytesView datagram, uint64_t now_ns) {
    if (state_ == ClientState::Failed) return;
    const FrameError error = parse_datagram(datagram, header_, body_);
    // Only who saw our datagrams knows the session's number.
    if (error != FrameError::None || header_.session != config_.session) {
        ++counters_.datagrams_refused;
        return;
    }
    ++counters_.datagrams_received;
    const bool connecting = state_ == ClientState::Connecting;
    switch (header_.kind) {
        case FrameKind::Challenge:
            if (!connecting) return;
            heard_ns_ = now_ns;
            cookie_ = header_.cookie;
            hello_ns_ = now_ns;
            return;
        case FrameKind::Welcome:
            if (connecting && header_.cookie == cookie_) open(body_, now_ns);
            return;
        case FrameKind::Report:
            if (!connecting) take_report(now_ns);
            return;
        case FrameKind::Reset:
            // A server without room may have some later; the Hello is repeated.
            if (body_.reason == ResetReason::NoRoom && connecting) return;
            if (!connecting)
                fail(ErrorCode::Unavailable,
                     "the server does not know the session any more (it was idle for too long, or "
                     "the server started again); open another and submit what has no result");
            return;
        case FrameKind::Versions:
            // A server that speaks ours answered a Hello that was damaged on its way.
            if (connecting && (kProtocolVersion < body_.version_min ||
                               kProtocolVersion > body_.version_max))
                fail(ErrorCode::Unsupported,
                     "the server speaks versions " + std::to_string(body_.version_min) + " to " +
                         std::to_string(body_.version_max) + " of the protocol, not " +
                         std::to_string(kProtocolVersion));
            return;
        default:
            ++counters_.datagrams_refused;
            return;
    }
}

void ClientSession::open(const ParsedBody& welcome, uint64_t now_ns) {
    const Endpoint family = family_of(config_);
    const size_t frame_bytes = std::min<size_t>(
        config_.frame_bytes, welcome.datagram_bytes + link_headers_bytes(family.ip));
    auto encoder = FrameEncoder::create({.destination = family,
                                         .session = config_.session,
                                         .cookie = cookie_,
                                         .group = config_.group,
                                         .frame_bytes = frame_bytes,
                                         .link_headers = false});
    if (!encoder) {
        fail(ErrorCode::Unsupported, "the server takes datagrams of " +
                                         std::to_string(welcome.datagram_bytes) +
                                         " bytes at most, which is too few");
        return;
    }
    encoder_.emplace(std::move(*encoder));
    window_ = std::min<uint64_t>(welcome.window, config_.window);
    limit_ = window_;
    state_ = ClientState::Open;
    heard_ns_ = now_ns;
    probe_ns_ = now_ns + timeout_ns();
}

uint64_t ClientSession::timeout_ns() const {
    if (smoothed_ns_ == 0) return config_.first_timeout_ns;
    const double wanted = smoothed_ns_ + 4 * variation_ns_;
    return std::clamp(static_cast<uint64_t>(wanted), kTimeoutMin, kTimeoutMax);
}

/// RFC 6298, section 2, from a datagram that the server names as the highest it has.
void ClientSession::measure(uint64_t sequence, uint64_t now_ns) {
    const SentDatagram& sent = sent_[sequence % kSentRemembered];
    if (sent.sequence != sequence || now_ns < sent.sent_ns) return;
    const auto sample = static_cast<double>(now_ns - sent.sent_ns);
    if (smoothed_ns_ == 0) {
        smoothed_ns_ = std::max(sample, 1.0);
        variation_ns_ = sample / 2;
    } else {
        variation_ns_ = 0.75 * variation_ns_ + 0.25 * std::abs(smoothed_ns_ - sample);
        smoothed_ns_ = 0.875 * smoothed_ns_ + 0.125 * sample;
    }
    counters_.round_trip_ns = static_cast<uint64_t>(smoothed_ns_);
}

void ClientSession::take_report(uint64_t now_ns) {
    // No server reports a datagram that was not sent.
    if (body_.highest_sequence >= encoder_->next_sequence()) {
        ++counters_.datagrams_refused;
        return;
    }
    ++counters_.reports;
    heard_ns_ = now_ns;
    if (body_.highest_sequence > highest_heard_) {
        highest_heard_ = body_.highest_sequence;
        measure(highest_heard_, now_ns);
    }
    limit_ = std::max(limit_, std::min(body_.limit, kTransactionNumbers));
    // Parity comes after all data of its group; what it may still rebuild is not lost yet.
    const uint64_t reordering =
        kReordering +
        (config_.group.parity == 0 ? 0u : unsigned{config_.group.data} + config_.group.parity);
    bool progress = false;
    for (size_t i = 0; i < body_.count; ++i) {
        const uint64_t number = body_.first + i;
        if (number < base_ || number >= send_next_) continue;
        Entry& one = entry(number);
        const uint8_t state = body_.states[i];
        if (one.progress == Progress::Done) continue;
        const bool in_flight = one.progress == Progress::Sent;
        if (state < kStateUnderWay) {
            one.progress = Progress::Done;
            one.verdict = static_cast<Verdict>(state);
            progress = true;
        } else if (state == kStateUnderWay) {
            if (one.progress != Progress::Received) progress = true;
            one.progress = Progress::Received;
        } else if (in_flight && body_.highest_sequence > one.sequence &&
                   (body_.highest_sequence >= one.sequence + reordering ||
                    now_ns >= one.sent_ns + timeout_ns())) {
            one.progress = Progress::Lost;
            lost_.push_back(number);
        } else {
            continue;
        }
        if (in_flight) in_flight_bytes_ -= one.bytes.size();
    }
    if (progress) backoff_ = 0;
    probe_ns_ =
        now_ns + std::min(timeout_ns() << backoff_, std::max(timeout_ns(), kBackoffTimeoutMax));
}

size_t ClientSession::take_results(std::span<TransactionResult> out) {
    size_t count = 0;
    for (; count < out.size() && base_ < send_next_; ++count, ++base_) {
        const Entry& one = entry(base_);
        if (one.progress != Progress::Done) break;
        out[count] = {.number = base_, .verdict = one.verdict};
    }
    return count;
}

void ClientSession::poll(uint64_t now_ns, FrameBatch& out) {
    if (state_ == ClientState::Failed) return;
    const bool waiting = state_ == ClientState::Connecting || base_ != send_next_;
    if (!waiting) heard_ns_ = std::max(heard_ns_, now_ns);
    if (waiting && now_ns >= heard_ns_ + config_.patience_ns) {
        fail(ErrorCode::Timeout, state_ == ClientState::Connecting
                                     ? "no answer from the server; is it listening at this address "
                                       "and port?"
                                     : "the server fell silent");
        return;
    }
    const size_t before = out.size();
    if (state_ == ClientState::Connecting) {
        hello(now_ns, out);
    } else {
        send_transactions(now_ns, out);
        probe(now_ns, out);
    }
    counters_.datagrams_sent += out.size() - before;
}

void ClientSession::hello(uint64_t now_ns, FrameBatch& out) {
    if (now_ns < hello_ns_) return;
    hello_ns_ = now_ns + hello_wait_ns_;
    hello_wait_ns_ = std::min(2 * hello_wait_ns_, kHelloWaitMax);
    uint8_t body[kHelloBodyBytes] = {kProtocolVersion, kProtocolVersion};
    store_be32(body + 4, config_.window);
    const BytesView parts[] = {body};
    write_datagram({.kind = FrameKind::Hello, .session = config_.session, .cookie = cookie_}, parts,
                   out.append(kDatagramHeaderBytes + kHelloBodyBytes));
}

/// Puts one transaction into a datagram in the making, or into fragments.
void ClientSession::send(uint64_t number, uint64_t now_ns, FrameBatch& out) {
    Entry& one = entry(number);
    const BytesView hint = one.has_hint ? BytesView{one.hint} : BytesView{};
    const auto added =
        encoder_->add_numbered(number, one.bytes, out, hint, size_t{one.times_sent} * kPieceTurn);
    SWITCHYARD_ASSERT(added.has_value());  // `submit` checked the bounds
    one.sequence = encoder_->pending() ? encoder_->next_sequence() : encoder_->next_sequence() - 1;
    one.sent_ns = now_ns;
    one.progress = Progress::Sent;
    in_flight_bytes_ += one.bytes.size();
    ++counters_.transactions_sent;
    if (one.times_sent++ != 0) ++counters_.transactions_again;
}

void ClientSession::send_transactions(uint64_t now_ns, FrameBatch& out) {
    const uint64_t first_sequence = encoder_->next_sequence();
    const bool was_idle = base_ == send_next_;
    bool added = false;
    for (; lost_taken_ < lost_.size() && may_send(); ++lost_taken_) {
        const uint64_t number = lost_[lost_taken_];
        // A late Report may have found it meanwhile.
        if (number < base_ || entry(number).progress != Progress::Lost) continue;
        send(number, now_ns, out);
        added = true;
    }
    if (lost_taken_ == lost_.size()) {
        lost_.clear();
        lost_taken_ = 0;
    }
    // Whoever sends number n has the result of n - window.
    const uint64_t end = std::min({next_, limit_, base_ + window_});
    while (send_next_ < end && may_send()) {
        send(send_next_++, now_ns, out);
        added = true;
    }
    if (added && linger_from_ns_ == UINT64_MAX) linger_from_ns_ = now_ns;
    if (added && was_idle) probe_ns_ = now_ns + timeout_ns();
    // Waiting for more is of no use when no more may be sent.
    const bool stalled =
        !may_send() || (send_next_ == end && send_next_ < next_) || next_ - base_ == config_.window;
    if (linger_from_ns_ != UINT64_MAX &&
        (stalled || now_ns >= linger_from_ns_ + config_.linger_ns)) {
        encoder_->flush(out);
        linger_from_ns_ = UINT64_MAX;
    }
    for (uint64_t sequence = first_sequence; sequence < encoder_->next_sequence(); ++sequence)
        sent_[sequence % kSentRemembered] = {sequence, now_ns};
}

/// Asks for the states of what nothing was heard of for too long.
void ClientSession::probe(uint64_t now_ns, FrameBatch& out) {
    if (base_ == send_next_ || now_ns < probe_ns_) return;
    uint64_t first = base_;
    while (first < send_next_ && entry(first).progress == Progress::Done)
        ++first;
    if (first == send_next_) return;
    encoder_->flush(out);
    linger_from_ns_ = UINT64_MAX;
    while (first < send_next_) {
        const auto count =
            static_cast<uint16_t>(std::min<uint64_t>(kReportStatesMax, send_next_ - first));
        uint8_t body[kQueryBodyBytes] = {};
        store_be64(body, first);
        store_be16(body + 8, count);
        const uint64_t sequence = encoder_->next_sequence();
        encoder_->add_control(FrameKind::Query, body, out);
        sent_[sequence % kSentRemembered] = {sequence, now_ns};
        ++counters_.queries;
        first += count;
    }
    if (backoff_ < kBackoffMax) ++backoff_;
    probe_ns_ =
        now_ns + std::min(timeout_ns() << backoff_, std::max(timeout_ns(), kBackoffTimeoutMax));
}

uint64_t ClientSession::deadline_ns() const {
    if (state_ == ClientState::Failed) return UINT64_MAX;
    if (state_ == ClientState::Connecting) return hello_ns_;
    uint64_t out = UINT64_MAX;
    if (linger_from_ns_ != UINT64_MAX) out = linger_from_ns_ + config_.linger_ns;
    if (base_ != send_next_) out = std::min(out, probe_ns_);
    return out;
}

void ClientSession::close(FrameBatch& out) {
    if (state_ != ClientState::Open) return;
    encoder_->flush(out);
    encoder_->add_control(FrameKind::Close, {}, out);
}

}  // namespace switchyard::dataplane
