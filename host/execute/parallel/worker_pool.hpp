// SPDX-License-Identifier: Apache-2.0
// Threads that run one job together, again and again.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace switchyard::execute {

/// `size` workers: the calling thread and `size - 1` threads that sleep between jobs, but not at
/// once: another job mostly follows within some tens of microseconds, and to wake a thread takes as
/// long. One job at a time, from one thread.
class WorkerPool {
  public:
    /// Returns when all threads have come up.
    explicit WorkerPool(uint32_t size);
    ~WorkerPool();
    WorkerPool(const WorkerPool&) = delete;
    WorkerPool& operator=(const WorkerPool&) = delete;

    [[nodiscard]] uint32_t size() const { return static_cast<uint32_t>(threads_.size()) + 1; }

    /// Calls `job(worker)` once for each worker, 0 to size() - 1, in parallel, and returns when all
    /// have returned. `job` must not throw.
    void run(const std::function<void(uint32_t)>& job);

    /// Calls `job(1)` on worker 1 beside the caller, who comes back for it with `end`; false: there
    /// is no such worker. In between no other job may begin. `job` is borrowed until `end` returns.
    [[nodiscard]] bool begin(const std::function<void(uint32_t)>& job);
    /// Returns when the job that began has ended. A worker that has not come to it yet is spared
    /// it.
    void end();

  private:
    using Job = std::function<void(uint32_t)>;
    struct Thread {
        std::condition_variable woken;
        /// What to do; null: nothing. Set under the mutex, so that a sleeper misses nothing.
        std::atomic<const Job*> job{nullptr};
        std::thread thread;
    };
    void serve(uint32_t worker);
    [[nodiscard]] const Job* next_job(Thread& own);
    void wait_for_all();

    const uint32_t awake_rounds_;  ///< that a thread without a job looks for one before it sleeps
    std::mutex mutex_;
    std::condition_variable finished_;
    std::atomic<uint32_t> running_{0};  ///< jobs given and not done; falls under the mutex
    bool stopping_ = false;
    std::vector<std::unique_ptr<Thread>> threads_;  ///< of workers 1, 2, ...
};

}  // namespace switchyard::execute
