// SPDX-License-Identifier: Apache-2.0
// How many requests each client address may make.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <vector>

#include "host/node/http/port_config.hpp"

namespace switchyard::http {

/// Token buckets, one for each client address; for IPv6 one for each /64, which is what a single
/// customer has. Bounded: of the addresses that meet in one set, the one that was heard longest ago
/// is forgotten, and begins with a full bucket when it comes back. Safe from any thread.
class RateLimit {
  public:
    using Clock = std::chrono::steady_clock;
    static constexpr size_t kSets = 512;
    static constexpr size_t kWays = 8;

    explicit RateLimit(const RequestRate& rate);

    /// Another rate from here on. What an address has left it keeps, up to the new burst.
    void configure(const RequestRate& rate);

    /// Takes one request of `source` (an IPv4 address, or the first half of an IPv6 one); false: it
    /// has none left. `now` is not before that of an earlier call.
    [[nodiscard]] bool take(uint64_t source, Clock::time_point now);

  private:
    struct Bucket {
        uint64_t source = 0;
        double tokens = 0;
        Clock::time_point heard{};  ///< the epoch: nobody's
    };
    std::atomic<bool> limits_{false};  ///< else nobody needs the lock
    std::mutex mutex_;                 ///< guards what follows
    RequestRate rate_;
    std::vector<std::array<Bucket, kWays>> sets_;  ///< empty: no limit
};

}  // namespace switchyard::http
