// SPDX-License-Identifier: Apache-2.0
// The state trie on a thread of its own.
#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <future>
#include <thread>

#include "host/state/commitment/state_commitment.hpp"

namespace switchyard {

/// Runs one job after another on the state trie, so that a block's root is hashed while the next
/// block executes. Jobs come from any thread; the caller bounds how many wait.
class RootThread {
  public:
    explicit RootThread(commitment::StateCommitment trie);
    /// Ends after the jobs that wait.
    ~RootThread();
    RootThread(const RootThread&) = delete;
    RootThread& operator=(const RootThread&) = delete;

    /// Runs `job(StateCommitment&)` after all jobs before; gives its result.
    template <typename Job>
    [[nodiscard]] auto run(Job job) {
        using Outcome = decltype(job(std::declval<commitment::StateCommitment&>()));
        auto task =
            std::make_shared<std::packaged_task<Outcome()>>([this, job = std::move(job)]() mutable {
                Outcome outcome = job(trie_);
                dirty_bytes_.store(trie_.dirty_bytes(), std::memory_order_relaxed);
                return outcome;
            });
        std::future<Outcome> outcome = task->get_future();
        push([task] { (*task)(); });
        return outcome;
    }

    /// Bytes of the trie that no checkpoint has taken, as of the last job.
    [[nodiscard]] size_t dirty_bytes() const {
        return dirty_bytes_.load(std::memory_order_relaxed);
    }

  private:
    void push(std::function<void()> job);
    void work();

    commitment::StateCommitment trie_;
    std::atomic<size_t> dirty_bytes_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<std::function<void()>> jobs_;
    bool stop_ = false;
    std::thread thread_;  ///< last: it uses everything above
};

}  // namespace switchyard
