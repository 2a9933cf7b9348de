// SPDX-License-Identifier: Apache-2.0
// What the receive loop counts: every frame has exactly one fate, and the fates add up.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "dataplane/protocol/wire.hpp"

namespace switchyard::dataplane {

/// Why a frame that parsed went no further.
enum class DropReason : uint8_t {
    RingFull,           ///< the consumer is behind: no room for the frame's transactions
    NoFrameSlot,        ///< as many frames as allowed are still held by the consumer
    DuplicateSequence,  ///< a datagram of this session and sequence was taken before
    StaleSequence,      ///< older than the session's window, so that nobody knows whether it was
    FragmentDuplicate,  ///< this piece was there already
    FragmentMismatch,   ///< disagrees with the first piece about size or count
    FragmentLimit,      ///< the session has as many unfinished transactions as it may
    NoReassemblySlot,   ///< every reassembly slot is in use
};
inline constexpr size_t kDropReasons = 8;
[[nodiscard]] std::string_view to_string(DropReason reason);

struct FrameTally {
    uint64_t frames = 0;
    uint64_t bytes = 0;
    bool operator==(const FrameTally&) const = default;
};

/// A copy of the counters at one moment. When the loop stands still and holds no frame back,
/// received == delivered + fragments + all of errors + all of drops, in frames and in bytes.
struct IngressCounters {
    FrameTally received;   ///< taken from the port
    FrameTally delivered;  ///< frames whose transactions went to the consumer in place
    FrameTally fragments;  ///< frames whose piece was copied into a reassembly slot
    std::array<FrameTally, kFrameErrors> errors{};  ///< by FrameError
    std::array<FrameTally, kDropReasons> drops{};   ///< by DropReason

    uint64_t transactions = 0;              ///< handed to the consumer
    uint64_t transaction_bytes = 0;         ///< of those
    uint64_t transactions_reassembled = 0;  ///< of those, the ones that came in fragments
    uint64_t transactions_dropped = 0;      ///< complete transactions within `drops`
    uint64_t reassemblies_abandoned = 0;  ///< unfinished transactions given up: too old, or the end
    uint64_t transactions_released = 0;   ///< given back by the consumer
    std::array<uint64_t, 16> verdicts{};  ///< of those, by Verdict

    uint64_t sessions_opened = 0;
    uint64_t sessions_evicted = 0;  ///< forgotten to make room
    uint64_t sequence_gaps = 0;     ///< numbers that were skipped when a higher one came
    uint64_t sequence_late = 0;     ///< datagrams that came after one with a higher number
    uint64_t waits = 0;             ///< Wait: bursts that stopped for want of room

    [[nodiscard]] FrameTally all_errors() const;
    [[nodiscard]] FrameTally all_drops() const;
};

}  // namespace switchyard::dataplane
