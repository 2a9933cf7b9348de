// SPDX-License-Identifier: Apache-2.0
// Spreads the files of a suite over threads, and the cases of a file where they are slow.
#pragma once

#include <condition_variable>
#include <deque>
#include <filesystem>
#include <functional>
#include <mutex>
#include <vector>

namespace switchyard::test {

/// Tasks that may add tasks. `add` is safe from any thread.
class WorkQueue {
  public:
    using Task = std::function<void()>;

    /// Added tasks run before those that wait already, so that what is slow does not come last.
    void add(Task task);
    /// Runs everything, from SWITCHYARD_CONFORMANCE_THREADS threads (2 when that is not set), and
    /// returns when nothing is left.
    void run();

  private:
    void work();

    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<Task> waiting_;
    size_t running_ = 0;
};

/// Calls `run` for each file, each once. SWITCHYARD_CONFORMANCE_TIMES=1 prints the processor time
/// of each, which means something with one thread.
void for_each_file(WorkQueue& queue, const std::vector<std::filesystem::path>& files,
                   const std::function<void(const std::filesystem::path&)>& run);

}  // namespace switchyard::test
