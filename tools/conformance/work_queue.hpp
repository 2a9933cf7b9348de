// SPDX-License-Identifier: Apache-2.0
// Spreads work over threads; work that turns out to be long can be divided while it runs.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>

namespace switchyard::conformance {

/// Tasks that may add tasks. `add` is safe from any thread.
class WorkQueue {
  public:
    /// A task is told which of the threads runs it, in [0, threads).
    using Task = std::function<void(uint32_t thread)>;

    /// For what is there from the start: runs in the order of the calls.
    void add_last(Task task);
    /// For what a task leaves behind: runs before everything that waits, so that what is slow does
    /// not come last.
    void add_first(Task task);
    /// Runs everything on `threads` threads, of which the caller is one, and returns when nothing
    /// is left. Tasks must not throw.
    void run(uint32_t threads);

  private:
    void work(uint32_t thread);

    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<Task> waiting_;
    size_t running_ = 0;
};

}  // namespace switchyard::conformance
