// SPDX-License-Identifier: Apache-2.0
// What a handler may know of the request that it serves.
#pragma once

#include <atomic>
#include <chrono>
#include <memory>

namespace switchyard::rpc {

class Subscriber;

/// Of one request, one batch. A handler that runs for long asks `expired` now and then and gives up
/// with `code::kTimeout`.
struct Context {
    using Clock = std::chrono::steady_clock;

    Clock::time_point deadline = Clock::time_point::max();
    /// Set when nobody waits for the answer any more: the connection has gone, the server stops.
    const std::atomic<bool>* cancelled = nullptr;
    /// Whom notifications of a subscription go to; null where the transport has none (HTTP).
    std::shared_ptr<Subscriber> subscriber;

    [[nodiscard]] bool expired() const {
        return (cancelled != nullptr && cancelled->load(std::memory_order_relaxed)) ||
               (deadline != Clock::time_point::max() && Clock::now() >= deadline);
    }
};

}  // namespace switchyard::rpc
