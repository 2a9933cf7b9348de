// SPDX-License-Identifier: Apache-2.0
// Threads that run one job together, again and again.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace switchyard::execute {

/// `size` workers: the calling thread and `size - 1` threads that sleep between jobs. One job at a
/// time, from one thread.
class WorkerPool {
  public:
    explicit WorkerPool(uint32_t size);
    ~WorkerPool();
    WorkerPool(const WorkerPool&) = delete;
    WorkerPool& operator=(const WorkerPool&) = delete;

    [[nodiscard]] uint32_t size() const { return static_cast<uint32_t>(threads_.size()) + 1; }

    /// Calls `job(worker)` once for each worker, 0 to size() - 1, in parallel, and returns when all
    /// have returned. `job` must not throw.
    void run(const std::function<void(uint32_t)>& job);

  private:
    void serve(uint32_t worker);

    std::mutex mutex_;
    std::condition_variable start_;
    std::condition_variable finished_;
    const std::function<void(uint32_t)>* job_ = nullptr;
    uint64_t generation_ = 0;
    uint32_t running_ = 0;
    bool stopping_ = false;
    std::vector<std::thread> threads_;
};

}  // namespace switchyard::execute
