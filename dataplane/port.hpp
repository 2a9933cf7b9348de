// SPDX-License-Identifier: Apache-2.0
// What the receive loop and the sender know of a port: bursts of frames and buffers to give back.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "dataplane/protocol/link.hpp"
#include "host/core/bytes.hpp"

namespace switchyard::dataplane {

/// A received frame, in the port's own buffer.
struct Frame {
    BytesView bytes;       ///< from the Ethernet header on; valid until the buffer is given back
    uintptr_t buffer = 0;  ///< the port's handle on the buffer
};

/// What the port itself counted since it was opened.
struct PortCounters {
    uint64_t received_frames = 0;
    uint64_t received_bytes = 0;
    uint64_t transmitted_frames = 0;
    uint64_t transmitted_bytes = 0;
    uint64_t missed_frames = 0;      ///< lost by the device because nobody took them in time
    uint64_t no_buffer_frames = 0;   ///< lost by the driver because the buffer pool was empty
    uint64_t receive_errors = 0;     ///< refused by the device
    uint64_t transmit_errors = 0;    ///< the device could not send
    uint64_t segmented_dropped = 0;  ///< came in several buffers that do not fit in one
};

struct PortInfo {
    std::string name;    ///< as configured
    std::string driver;  ///< the driver's name, such as net_ring
    uint16_t receive_queues = 1;
    uint16_t transmit_queues = 1;
    uint16_t spread_entries = 0;  ///< of a card's table from the flow's hash to the queue; 0: none
    int numa_node = -1;           ///< that the device is at; -1: none, or not known
    MacAddress mac{};             ///< zero where the device has none
    uint32_t buffers = 0;         ///< in the pool
    uint32_t frame_bytes = 0;     ///< the largest frame that fits one buffer
};

/// A port that is up. Each receive queue and each transmit queue belongs to one thread at a time;
/// buffers may be given back by any thread. All calls return at once.
class Port {
  public:
    Port() = default;
    Port(const Port&) = delete;
    Port& operator=(const Port&) = delete;
    virtual ~Port() = default;

    /// Takes up to `out.size()` frames from `queue`; returns how many. The caller owns each buffer
    /// until it passes it to `free_buffers`.
    [[nodiscard]] virtual size_t receive(uint16_t queue, std::span<Frame> out) = 0;

    /// Gives buffers back, each exactly once.
    virtual void free_buffers(std::span<const uintptr_t> buffers) = 0;

    /// Copies frames into buffers and sends them, in order; returns how many were taken, which may
    /// be fewer (a full queue, no buffer). A frame above `PortInfo::frame_bytes` is never taken.
    [[nodiscard]] virtual size_t transmit(uint16_t queue, std::span<const BytesView> frames) = 0;

    /// True when `queue` will never give a frame again: the end of a capture file.
    [[nodiscard]] virtual bool input_ended(uint16_t queue) const = 0;

    [[nodiscard]] virtual const PortInfo& info() const = 0;
    /// Any thread. Values of different fields may be of slightly different moments.
    [[nodiscard]] virtual PortCounters counters() const = 0;
    /// Buffers that are not in the pool: held by the caller or queued in the device. Any thread.
    [[nodiscard]] virtual uint32_t buffers_in_use() const = 0;
};

}  // namespace switchyard::dataplane
