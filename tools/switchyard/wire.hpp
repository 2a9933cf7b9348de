// SPDX-License-Identifier: Apache-2.0
// Transactions over a DPDK port: frames them, sends them into a virtual port and receives them
// there.
#pragma once

#include <memory>
#include <span>
#include <string>

#include "host/core/bytes.hpp"
#include "host/core/result.hpp"
#include "host/core/transaction_source.hpp"
#include "host/road/station.hpp"

namespace switchyard::tool {

/// What went over the wire.
struct WireCounters {
    uint64_t frames_sent = 0;
    uint64_t bytes_sent = 0;
    uint64_t frames_received = 0;
    uint64_t frames_refused = 0;  ///< not parsed, or dropped by the receive loop
    uint64_t transactions = 0;    ///< handed to the consumer
    StationCounters ingress;      ///< time inside the receive loop while there were frames
};

/// A virtual port looped back to itself, open for the life of the object. Needs neither a NIC nor
/// huge pages.
class Wire {
  public:
    /// Starts DPDK's environment (once per process) and opens the port. `Unavailable` in a build
    /// without the data plane.
    [[nodiscard]] static Result<std::unique_ptr<Wire>> open();
    virtual ~Wire() = default;

    /// Starts a sender thread for these transactions and a receive thread. `sender_hints` names the
    /// sender of each, or is empty: nobody is named. Both must outlive `finish`. Precondition:
    /// nothing is under way.
    [[nodiscard]] virtual Result<TransactionSource*> start(
        std::span<const Bytes> transactions, std::span<const Address> sender_hints) = 0;
    /// Call when the source is exhausted and everything was released, or to give up. Errors of the
    /// sender appear here.
    [[nodiscard]] virtual Result<WireCounters> finish() = 0;

    /// One line: DPDK's version, the device, whether huge pages are used.
    [[nodiscard]] virtual std::string description() const = 0;
};

}  // namespace switchyard::tool
