// SPDX-License-Identifier: Apache-2.0
// Sends encoded frames on a port.
#pragma once

#include <chrono>
#include <cstdint>
#include <span>

#include "dataplane/port.hpp"
#include "dataplane/protocol/encode.hpp"
#include "dataplane/receive/overload.hpp"
#include "host/core/result.hpp"

namespace switchyard::dataplane {

struct SenderConfig {
    uint16_t queue = 0;
    OverloadPolicy overload = OverloadPolicy::Wait;
    /// Wait: how long the port may take nothing at all before `send` gives up with Timeout.
    std::chrono::milliseconds patience{10'000};
};

struct SenderCounters {
    uint64_t frames = 0;  ///< taken by the port
    uint64_t bytes = 0;
    uint64_t dropped = 0;  ///< Drop: not taken by the port
    uint64_t waits = 0;    ///< Wait: times that the port took none
};

/// Pushes frames into one transmit queue. One thread. The port must outlive it.
class FrameSender {
  public:
    FrameSender(Port& port, const SenderConfig& config) : port_(port), config_(config) {}

    /// Sends in order. InvalidInput when a frame is larger than the port takes (those before it
    /// were sent); Timeout when the port stopped taking frames.
    Result<void> send(std::span<const BytesView> frames);
    Result<void> send(const FrameBatch& frames);

    [[nodiscard]] const SenderCounters& counters() const { return counters_; }

  private:
    Port& port_;
    SenderConfig config_;
    SenderCounters counters_;
};

}  // namespace switchyard::dataplane
