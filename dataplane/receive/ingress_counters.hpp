// SPDX-License-Identifier: Apache-2.0
// What the receive loop counts: every frame has exactly one fate, and the fates add up.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "dataplane/protocol/wire.hpp"
#include "dataplane/receive/latency_histogram.hpp"
#include "host/core/transaction_source.hpp"

namespace switchyard::dataplane {

/// Why a frame that parsed went no further.
enum class DropReason : uint8_t {
    RingFull,              ///< the consumer is behind: no room for the frame's transactions
    SourceShare,           ///< its source has as many transactions under way as there is room left
    NoFrameSlot,           ///< as many frames as allowed are still held by the consumer
    UnknownSession,        ///< a valid cookie, but the session is not open; answered by Reset
    BadCookie,             ///< neither the session's cookie nor one that this server made
    HelloLimit,            ///< more unknown sources ask for cookies than are answered
    NoSession,             ///< no room for a session, of all or of this source
    Metered,               ///< the source has used up what it may send
    DuplicateSequence,     ///< a datagram of this session and sequence was taken before
    StaleSequence,         ///< older than the session's window, so that nobody knows whether it was
    DuplicateTransaction,  ///< all of its transactions were taken before
    CreditExceeded,        ///< its transactions are beyond what the session may have under way
    FragmentDuplicate,     ///< this piece was there already
    FragmentMismatch,      ///< disagrees with the first piece about size or count
    FragmentLimit,         ///< the session has as many unfinished transactions as it may
    NoReassemblySlot,      ///< every reassembly slot is in use
    GroupMismatch,         ///< disagrees with other shards about the shape of the group
    OtherQueueFull,        ///< came on another queue than that of its session, which is behind
};
inline constexpr size_t kDropReasons = 18;
[[nodiscard]] std::string_view to_string(DropReason reason);

struct FrameTally {
    uint64_t frames = 0;
    uint64_t bytes = 0;
    bool operator==(const FrameTally&) const = default;
};

/// A copy of the counters at one moment. When the loop stands still and holds no frame back,
/// received + taken_over == delivered + fragments + parity + control + handed_over + all of errors
/// + all of drops, in frames and in bytes.
struct IngressCounters {
    FrameTally received;   ///< taken from the port
    FrameTally delivered;  ///< frames whose transactions went to the consumer in place
    FrameTally fragments;  ///< frames whose piece was copied into a reassembly slot
    FrameTally parity;     ///< parity shards, needed or not
    FrameTally control;    ///< Hello, Query, Close, ARP
    /// Frames that came on another queue than that of their session: those that went to it from
    /// here, and those that came here from others. Both 0 on a port with one queue.
    FrameTally handed_over;
    FrameTally taken_over;
    std::array<FrameTally, kFrameErrors> errors{};  ///< by FrameError
    std::array<FrameTally, kDropReasons> drops{};   ///< by DropReason

    uint64_t transactions = 0;              ///< handed to the consumer
    uint64_t transaction_bytes = 0;         ///< of those
    uint64_t transactions_reassembled = 0;  ///< of those, the ones that came in fragments
    uint64_t transactions_rebuilt = 0;      ///< of those, the ones that parity gave back
    uint64_t transactions_dropped = 0;      ///< new ones that found no room or no credit
    uint64_t transactions_repeated = 0;     ///< came again, in whatever datagram
    uint64_t reassemblies_abandoned = 0;  ///< unfinished transactions given up: too old, or the end
    uint64_t transactions_released = 0;   ///< given back by the consumer
    std::array<uint64_t, kVerdictCount> verdicts{};  ///< of those, by Verdict
    LatencyHistogram::Snapshot latency{};            ///< of those, from arrival to release

    uint64_t datagrams_rebuilt = 0;   ///< lost, and computed from parity
    uint64_t rebuilt_refused = 0;     ///< of those, the ones that do not parse: a sender's mistake
    uint64_t groups_completed = 0;    ///< all data came
    uint64_t groups_given_up = 0;     ///< too much was lost, or too late
    uint64_t groups_unprotected = 0;  ///< no room to wait for their parity

    uint64_t sessions_opened = 0;
    uint64_t sessions_evicted = 0;  ///< forgotten to make room, or idle for too long
    uint64_t sequence_gaps = 0;     ///< numbers that were skipped when a higher one came
    uint64_t sequence_late = 0;     ///< datagrams that came after one with a higher number
    uint64_t waits = 0;             ///< Wait: times that the loop stopped for want of room

    FrameTally replies;            ///< datagrams to clients; bytes of UDP payload
    uint64_t replies_dropped = 0;  ///< no room in the queue or in the port
    uint64_t challenges = 0;       ///< of the replies
    uint64_t reports = 0;          ///< of the replies

    [[nodiscard]] FrameTally all_errors() const;
    [[nodiscard]] FrameTally all_drops() const;
    /// Of two queues together.
    IngressCounters& operator+=(const IngressCounters& other);
};

/// What is in use at one moment. All of it is 0 when every session ended and everything was
/// released.
struct IngressUse {
    uint32_t sessions = 0;         ///< open
    uint32_t sources = 0;          ///< addresses that own them
    uint32_t transactions = 0;     ///< on the ring or with the consumer
    uint32_t frames = 0;           ///< frame slots: frames with the consumer or with a group
    uint32_t groups = 0;           ///< open
    uint32_t group_frames = 0;     ///< of `frames`, those that groups hold
    uint32_t rebuilt = 0;          ///< slots of rebuilt datagrams
    uint32_t reassemblies = 0;     ///< slots of unfinished and of unreleased large transactions
    uint32_t reports_waiting = 0;  ///< sessions that a Report is due to
};

}  // namespace switchyard::dataplane
