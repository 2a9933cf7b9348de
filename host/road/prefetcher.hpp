// SPDX-License-Identifier: Apache-2.0
// Brings what waiting transactions will read from the disk into memory, beside the road.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

#include "host/plan/predicted_reads.hpp"

namespace switchyard {

/// A thread that fetches the predicted reads of transactions while they wait in the pool, so that
/// the block which takes them finds them in the cache. A hint: what does not fit into its queue is
/// dropped and counted, and whoever needs it reads it then.
class Prefetcher {
  public:
    /// Reads of the store that lie in its cache afterwards. Called from the thread.
    using Fetch = std::function<void(const PredictedReads& reads)>;

    struct Counters {
        uint64_t fetched = 0;  ///< accounts and slots that were asked for
        uint64_t dropped = 0;  ///< those for which the queue had no room
    };

    /// `queue_max`: accounts and slots that may wait.
    explicit Prefetcher(Fetch fetch, size_t queue_max = size_t{1} << 16);
    /// Ends the fetch under way; what waits is left.
    ~Prefetcher();
    Prefetcher(const Prefetcher&) = delete;
    Prefetcher& operator=(const Prefetcher&) = delete;

    /// Takes all of `reads` or nothing. Never waits for the store. From any thread.
    void add(const PredictedReads& reads);
    /// Returns when nothing waits and no fetch is under way.
    void wait();
    [[nodiscard]] Counters counters() const;

  private:
    void run();

    const Fetch fetch_;
    const size_t queue_max_;
    mutable std::mutex mutex_;
    std::condition_variable changed_;
    PredictedReads queue_;
    Counters counters_;
    bool fetching_ = false;
    bool stop_ = false;
    std::thread thread_;  ///< last: it uses everything above
};

}  // namespace switchyard
