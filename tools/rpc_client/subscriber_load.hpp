// SPDX-License-Identifier: Apache-2.0
// Many WebSocket subscribers on loopback, one of which does not read.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "host/core/result.hpp"

namespace switchyard::tool {

struct SubscriberRun {
    size_t subscribers = 0;  ///< that read
    size_t events = 0;
    /// Of each event: from before it was published until the last reader had it, milliseconds of
    /// wall time. One thread reads all connections, one after another.
    std::vector<double> delivery_ms;
    /// Of each event: the call that publishes it, milliseconds.
    std::vector<double> publish_ms;
    size_t dropped_after = 0;  ///< events after which the one that does not read was dropped
    uint16_t close_code = 0;   ///< what it heard when it read again
    std::string close_reason;
    uint64_t dropped = 0;  ///< connections that the server dropped in all
};

/// Starts a server, subscribes `subscribers` connections and one that does not read to new heads,
/// publishes `events` events of `event_bytes` bytes each, and checks that every reader got every
/// one in order. `Unavailable` when the process may not have that many descriptors, `Mismatch` when
/// a reader misses an event or the one that does not read is not dropped with a notice.
[[nodiscard]] Result<SubscriberRun> run_subscribers(size_t subscribers, size_t events,
                                                    size_t event_bytes);

}  // namespace switchyard::tool
