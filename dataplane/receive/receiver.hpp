// SPDX-License-Identifier: Apache-2.0
// The server's side of the protocol: a state machine without input or output. Datagrams, releases
// and the time go in; transactions come out on a ring, and replies in a queue that the caller
// sends.
//
// It owns no frame. Transactions of whole datagrams point into the payload that the caller passed,
// and the caller keeps that alive for as long as `Handled` and `unheld_frames` say.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "dataplane/protocol/cookie.hpp"
#include "dataplane/protocol/parse.hpp"
#include "dataplane/receive/group_holds.hpp"
#include "dataplane/receive/live_counters.hpp"
#include "dataplane/receive/overload.hpp"
#include "dataplane/receive/reassembly.hpp"
#include "dataplane/receive/sessions.hpp"
#include "dataplane/receive/source_table.hpp"
#include "dataplane/receive/spsc_ring.hpp"
#include "host/core/transaction_source.hpp"

namespace switchyard::dataplane {

enum class SourcePolicy : uint8_t {
    Validate,  ///< for a wire: sessions by Hello and cookie, credit enforced, replies sent
    Trust,  ///< for captures and loopbacks of one's own: a session opens with its first datagram,
            ///< whatever the cookie; credit is not enforced and nothing is answered
};

struct MeterConfig {
    /// Transactions of one source address; a Fragment counts as one.
    BucketConfig transactions{};
    /// What one with the verdict Malformed or InvalidSignature costs on top: work that was wasted.
    uint32_t bad_transaction_cost = 8;
    /// Transactions of all strangers together: sources that have not shown yet that theirs are
    /// worth the work. A source stands at 0 when it comes, gains 1 by each transaction that was not
    /// bad, up to twice `standing`, and loses `bad_transaction_cost` by each that was; it is a
    /// stranger below `standing`. Strangers that sent a bad one share an eighth of this apart, so
    /// that those who come while thousands of addresses flood find the rest free.
    BucketConfig strangers{};
    uint32_t standing = 64;
    /// When no session is free, the one of a stranger that was open for longer than this ends.
    uint64_t stranger_grace_ns = 1'000'000'000;
    uint32_t sources = 4'096;           ///< addresses with sessions; a power of two, 8 or more
    uint32_t sessions_per_source = 64;  ///< open at a time

    /// Limits for a server on which one source may have `per_second` transactions verified: a burst
    /// of a tenth of a second, and as much for all strangers together as for one source. 0: none.
    [[nodiscard]] static MeterConfig of(double per_second) {
        MeterConfig out;
        out.transactions = out.strangers = {.per_second = per_second, .burst = per_second / 10};
        return out;
    }
};

struct ReceiverConfig {
    SourcePolicy sources = SourcePolicy::Validate;
    OverloadPolicy overload = OverloadPolicy::Drop;
    uint32_t sessions = 1'024;  ///< remembered at a time; a power of two, 8 or more
    uint32_t window = 4'096;    ///< transactions under way in a session; a power of two from 256
    /// On the ring or with the consumer, of all sessions. One source may have as many as are still
    /// free (the dynamic threshold of A. Choudhury and E. Hahne, 1998), where sources are validated
    /// and overload drops: who floods waits behind itself and not in front of others.
    uint32_t transactions_in_flight = 8'192;
    uint64_t session_idle_ns = 300'000'000'000;   ///< then it may be forgotten
    uint64_t cookie_epoch_ns = 60'000'000'000;    ///< a cookie holds for one to two of these
    BucketConfig unknown_sources{50'000, 1'000};  ///< replies to those without a valid cookie
    MeterConfig meter{};
    uint64_t report_delay_ns = 1'000'000;  ///< from a verdict until it is told
    uint32_t report_batch = 256;           ///< verdicts that are told at once
    GroupConfig groups{};
    ReassemblyConfig reassembly{};
};

/// A datagram with what the outer headers said.
struct Arrival {
    SourceAddress source;
    uint64_t route = 0;  ///< handed back with replies: the way to the source on the link
    BytesView payload;
    uint32_t frame = kNoFrame;  ///< names the payload's memory; kNoFrame: it must not be kept
    size_t frame_bytes = 0;     ///< for the counters
};

struct Handled {
    bool blocked = false;  ///< Wait, and there is no room: nothing happened, pass it again later
    uint32_t transactions = 0;  ///< in the payload's memory, each to come back by `settle`
    bool held = false;          ///< the payload stays until `unheld_frames` names it
};

/// A transaction that the consumer is done with.
struct ReleasedTransaction {
    uint64_t owner = 0;  ///< as it came in `RawTransaction`
    uint64_t source_id = 0;
    uint64_t sequence = 0;
    Verdict verdict{};
};

/// A datagram for a client.
struct Reply {
    SourceAddress to;
    uint64_t route = 0;
    uint16_t size = 0;
    std::array<uint8_t, kReportBytesMax> bytes;

    [[nodiscard]] BytesView payload() const { return BytesView{bytes}.first(size); }
};

/// One thread. Allocates only in its constructor. The ring and the counters must outlive it.
class Receiver {
  public:
    /// `secret` is the master key of cookies. Preconditions: the bounds stated with the
    /// configuration's fields.
    Receiver(const ReceiverConfig& config, const SipKey& secret, SpscRing<RawTransaction>& out,
             ReceiveCounters& counters);

    /// Handles one datagram, counts its fate, and puts its transactions on the ring.
    [[nodiscard]] Handled handle(const Arrival& arrival, uint64_t now_ns);

    /// Takes a transaction back with its verdict. Returns the frame whose memory it was in, or
    /// kNoFrame when it was in the receiver's own.
    uint32_t settle(const ReleasedTransaction& released, uint64_t now_ns);

    /// What has to happen in time: Reports, time-outs, rebuilt datagrams that waited for room. Call
    /// it all the time, about once for each burst.
    void tick(uint64_t now_ns);

    /// Gives up unfinished transactions and groups: the input has ended.
    void end_input();

    /// Replies to send, since `clear_replies`. At most kRepliesMax; more are dropped and counted.
    [[nodiscard]] std::span<const Reply> replies() const {
        return std::span{replies_}.first(reply_count_);
    }
    void clear_replies() { reply_count_ = 0; }

    /// Frames that are no longer held, since `clear_unheld`.
    [[nodiscard]] std::span<const uint32_t> unheld_frames() const { return groups_.unheld(); }
    void clear_unheld() { groups_.clear_unheld(); }

    /// Transactions on the ring or with the consumer.
    [[nodiscard]] uint32_t in_flight() const { return in_flight_; }
    /// Whether rebuilt transactions wait for room.
    [[nodiscard]] bool has_waiting() const { return groups_.has_rebuilt(); }
    /// Whether the receiver's own memory is in use by the consumer, or waits for room.
    [[nodiscard]] uint32_t own_buffers_in_use() const {
        return reassembler_.complete_slots() + groups_.rebuilt_in_use();
    }

    /// What is in use; `frames` is the caller's to fill in.
    [[nodiscard]] IngressUse use() const;

    static constexpr size_t kRepliesMax = 128;

  private:
    enum class Memory : uint8_t { Frame = 0, Reassembly = 1, Rebuilt = 2 };
    /// What became of a body.
    struct Fate {
        bool blocked = false;
        bool dropped = false;
        DropReason reason{};
        uint32_t transactions = 0;
    };

    [[nodiscard]] Handled handle_in_session(const Arrival& arrival, Session& session,
                                            uint64_t now_ns);
    void pass_hello(const Arrival& arrival);
    void handle_stranger(const Arrival& arrival, uint64_t now_ns);
    void handle_hello(const Arrival& arrival, uint64_t now_ns);
    [[nodiscard]] bool metered(const Session& session, uint64_t now_ns);
    void charge(Session& session, double transactions);
    [[nodiscard]] bool is_stranger(const MeteredSource& source) const {
        return source.standing < config_.meter.standing;
    }
    [[nodiscard]] BucketConfig suspects() const {
        const BucketConfig& all = config_.meter.strangers;
        return {.per_second = all.per_second / 8, .burst = all.burst / 8};
    }
    void handle_control(const Arrival& arrival, Session& session, uint64_t now_ns);
    void answer_other_version(const Arrival& arrival, uint64_t now_ns);
    [[nodiscard]] Session* trust(const SessionKey& key, uint64_t now_ns);
    [[nodiscard]] Session* make_room(const SessionKey& key, uint64_t now_ns);
    [[nodiscard]] Session* welcome(const SessionKey& key, uint64_t now_ns);
    void close_session(Session& session);

    [[nodiscard]] bool has_room(size_t transactions) const;
    [[nodiscard]] bool within_share(const Session& session, size_t transactions) const;
    void enter(Session& session, uint32_t transactions);
    void leave(Session& session, Verdict verdict);
    [[nodiscard]] Fate deliver(Session& session, Memory memory, uint32_t index, uint64_t now_ns);
    [[nodiscard]] Fate add_piece(Session& session, uint64_t now_ns);
    [[nodiscard]] Fate no_room(DropReason reason, uint32_t transactions);
    [[nodiscard]] bool add_to_group(const Arrival& arrival, Session& session, uint64_t now_ns);
    void deliver_rebuilt(uint64_t now_ns);
    void stage(size_t ahead, const Session& session, Memory memory, uint32_t index, BytesView bytes,
               BytesView hint, uint64_t number, uint64_t now_ns);

    void note_for_report(Session& session, uint64_t begin, uint64_t end, bool fresh,
                         uint64_t now_ns);
    void flush_reports(uint64_t now_ns);
    void report(Session& session, uint64_t first, size_t count);
    void reply(const SourceAddress& to, uint64_t route, const struct DatagramFields& fields,
               std::span<const BytesView> parts);
    void reply_unvalidated(const Arrival& arrival, const struct DatagramFields& fields,
                           BytesView body, uint64_t now_ns);
    void drop(const Arrival& arrival, DropReason reason);
    void fail(const Arrival& arrival, FrameError error);
    void sweep(uint64_t now_ns);

    const ReceiverConfig config_;
    SpscRing<RawTransaction>& out_;
    ReceiveCounters& counters_;
    CookieMint mint_;
    SessionTable sessions_;
    SourceTable source_table_;
    TokenBucket unknown_bucket_;
    TokenBucket strangers_bucket_;
    TokenBucket suspects_bucket_;  ///< of strangers that sent a bad transaction
    Reassembler reassembler_;
    GroupHolds groups_;
    DatagramHeader header_;
    ParsedBody body_;
    uint32_t in_flight_ = 0;
    std::vector<uint16_t> rebuilt_uses_;  ///< transactions of a rebuilt slot that are not back
    std::vector<uint32_t> due_;           ///< sessions with a Report due
    size_t sweep_at_ = 0;
    std::vector<Reply> replies_;
    size_t reply_count_ = 0;
};

}  // namespace switchyard::dataplane
