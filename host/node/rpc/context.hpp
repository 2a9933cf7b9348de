// SPDX-License-Identifier: Apache-2.0
// What a handler may know of the request that it serves.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

namespace switchyard::rpc {

class Subscriber;

/// Of one request, one batch. A handler that runs for long asks `expired` now and then and gives up
/// with `code::kTimeout`.
struct Context {
    using Clock = std::chrono::steady_clock;

    Clock::time_point deadline = Clock::time_point::max();
    /// Set when nobody waits for the answer any more: the connection has gone, the server stops.
    const std::atomic<bool>* cancelled = nullptr;
    /// Tells the connections of one server apart, below 2^60; 0 for callers without one.
    uint64_t connection = 0;
    /// Whom notifications of a subscription go to; null where the transport has none (HTTP).
    std::shared_ptr<Subscriber> subscriber;
    /// What is to happen once the response is made, before anybody can read it: a subscription
    /// begins. The transport puts what it is notified of from then on behind the response.
    std::vector<std::function<void()>> after_response;

    [[nodiscard]] bool expired() const {
        return (cancelled != nullptr && cancelled->load(std::memory_order_relaxed)) ||
               (deadline != Clock::time_point::max() && Clock::now() >= deadline);
    }
};

}  // namespace switchyard::rpc
