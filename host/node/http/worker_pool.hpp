// SPDX-License-Identifier: Apache-2.0
// Threads that run methods, behind one bounded queue.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "host/node/rpc/dispatcher.hpp"

namespace switchyard::http {

/// Work in the order in which it came, each piece on whichever thread is free, with that thread's
/// scratch. Thread-safe.
class WorkerPool {
  public:
    using Work = std::function<void(rpc::DispatchScratch& scratch)>;

    WorkerPool(unsigned threads, size_t queue_max);
    /// Drops what waits and ends after what runs.
    ~WorkerPool();
    WorkerPool(const WorkerPool&) = delete;
    WorkerPool& operator=(const WorkerPool&) = delete;

    /// False when the queue is full or the pool has stopped; `work` is then not run.
    [[nodiscard]] bool submit(Work work);
    /// No more work is taken; what waits is dropped. Returns when what runs has ended.
    void stop();

    [[nodiscard]] size_t queued() const;

  private:
    void run();

    const size_t queue_max_;
    mutable std::mutex mutex_;
    std::condition_variable wake_;
    std::deque<Work> queue_;
    bool stopped_ = false;
    std::vector<std::thread> threads_;
};

}  // namespace switchyard::http
