// SPDX-License-Identifier: Apache-2.0
#include "tools/conformance/work_queue.hpp"

#include <thread>
#include <utility>
#include <vector>

namespace switchyard::conformance {

void WorkQueue::add_last(Task task) {
    const std::lock_guard lock(mutex_);
    waiting_.push_back(std::move(task));
    changed_.notify_one();
}

void WorkQueue::add_first(Task task) {
    const std::lock_guard lock(mutex_);
    waiting_.push_front(std::move(task));
    changed_.notify_one();
}

void WorkQueue::run(uint32_t threads) {
    std::vector<std::jthread> others;
    for (uint32_t i = 1; i < threads; ++i)
        others.emplace_back([this, i] { work(i); });
    work(0);
}

void WorkQueue::work(uint32_t thread) {
    std::unique_lock lock(mutex_);
    for (;;) {
        // A running task may still add others.
        changed_.wait(lock, [this] { return !waiting_.empty() || running_ == 0; });
        if (waiting_.empty()) return;
        const Task task = std::move(waiting_.front());
        waiting_.pop_front();
        ++running_;
        lock.unlock();
        task(thread);
        lock.lock();
        if (--running_ == 0) changed_.notify_all();
    }
}

}  // namespace switchyard::conformance
