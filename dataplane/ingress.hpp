// SPDX-License-Identifier: Apache-2.0
// The receive loop: frames from a port become raw transactions, in place, for one consumer, and
// their verdicts become replies.
//
//   port ─ burst ─▶ headers ─▶ Receiver ─▶ SPSC ring ─ RawTransaction ─▶ consumer (poll)
//     ▲                           ▲  │ replies                              │ release
//     └── free_buffers, transmit ─┼──┘                                      │
//                                 └───────── SPSC ring ◀── with verdicts ───┘
//
// Two threads: the receive thread calls `receive_once`, the consumer calls `poll`, `release` and
// `exhausted`; both may be the same thread. Neither ever blocks, locks or allocates.
#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "dataplane/port.hpp"
#include "dataplane/protocol/link.hpp"
#include "dataplane/receive/ingress_counters.hpp"
#include "dataplane/receive/receiver.hpp"
#include "host/core/result.hpp"
#include "host/core/transaction_source.hpp"

namespace switchyard::dataplane {

struct IngressConfig {
    /// Where it listens. Replies need its own address: `link.ipv4`, `link.ipv6` or both with
    /// SourcePolicy::Validate.
    LinkConfig link{};
    ReceiverConfig receiver{};
    uint16_t queue = 0;                  ///< the port's receive queue, and transmit queue
    uint32_t burst = 32;                 ///< frames taken from the port at once, 1 to 256
    uint32_t ring_transactions = 8'192;  ///< room between the threads; a power of two, 256 or more
    uint32_t frames_in_flight = 4'096;   ///< frames whose transactions are not all released
};

/// For a wire that is the operator's own: a capture, a loopback. Nothing is answered, and a full
/// pipeline makes the frames wait where they are.
[[nodiscard]] inline IngressConfig trusted_wire(OverloadPolicy overload = OverloadPolicy::Wait) {
    IngressConfig out;
    out.receiver.sources = SourcePolicy::Trust;
    out.receiver.overload = overload;
    return out;
}

class QueueExchange;

/// Receives from one queue of a port. The port must outlive it, and the consumer must have released
/// everything before it is destroyed.
class Ingress final : public TransactionSource {
  public:
    /// InvalidInput for a configuration outside its bounds, LimitExceeded when the port has too few
    /// buffers for `frames_in_flight` and a burst, Unavailable when the system has no random bytes
    /// for the secret of the cookies.
    /// `exchange` is that of an `IngressGroup`, which makes one for each queue.
    [[nodiscard]] static Result<std::unique_ptr<Ingress>> create(
        Port& port, const IngressConfig& config, std::shared_ptr<QueueExchange> exchange = nullptr);
    ~Ingress() override;

    // The receive thread.

    /// Takes back what was released, then receives and handles one burst and sends replies. Returns
    /// the number of frames handled; 0 means that there was nothing to do or no room (a good moment
    /// to yield).
    size_t receive_once();

    /// Frames whose buffers are with the consumer, with a group or wait for room, and transactions
    /// in memory of the receiver's own that are with the consumer.
    [[nodiscard]] size_t frames_held() const;
    /// For a report now and then: it walks the table of sources.
    [[nodiscard]] IngressUse use() const;

    // Any thread.

    /// Says that the sender sends no more: once the port is empty, `exhausted` becomes true. A port
    /// that reads a capture file needs no such call.
    void finish_input();
    /// True when the input has ended and all of it was handed to the consumer's ring.
    [[nodiscard]] bool input_ended() const;
    [[nodiscard]] IngressCounters counters() const;

    // The consumer.

    /// `source_id` numbers sessions in the order of their first datagram, from 1; `sequence` is the
    /// transaction's number within its session.
    [[nodiscard]] size_t poll(std::span<RawTransaction> out) override;
    void release(std::span<const RawTransaction> transactions,
                 std::span<const Verdict> verdicts) override;
    [[nodiscard]] bool exhausted() const override;

  private:
    struct Impl;
    explicit Ingress(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

/// A plain thread that runs `receive_once` until it is stopped or the input has ended. When there
/// is nothing to do it yields, then sleeps for 20 microseconds at a time.
class IngressThread {
  public:
    /// `cpu` pins the thread; negative leaves it to the scheduler.
    explicit IngressThread(Ingress& ingress, int cpu = -1);
    /// Stops and joins.
    ~IngressThread();
    IngressThread(const IngressThread&) = delete;
    IngressThread& operator=(const IngressThread&) = delete;

    void stop();

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace switchyard::dataplane
