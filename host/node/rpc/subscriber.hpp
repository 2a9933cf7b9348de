// SPDX-License-Identifier: Apache-2.0
// Somebody who hears events: one WebSocket connection.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace switchyard::rpc {

/// One event for one subscription, in the three parts that its text is sent as, so that an event
/// that a thousand connections hear is written once.
struct Notification {
    static constexpr std::string_view kTail = "}}";

    std::shared_ptr<const std::string> head;   ///< of the subscription: all up to the event
    std::shared_ptr<const std::string> event;  ///< the event's JSON text, shared by all who hear it

    [[nodiscard]] size_t size() const { return head->size() + event->size() + kTail.size(); }
};

class Subscriber {
  public:
    virtual ~Subscriber() = default;

    /// Puts a notification into the connection's queue. Never blocks and never waits for the
    /// client; safe from any thread. False when the connection is closed, or is dropped because its
    /// queue is full: its subscriptions are void then.
    [[nodiscard]] virtual bool notify(const Notification& notification) = 0;
};

}  // namespace switchyard::rpc
