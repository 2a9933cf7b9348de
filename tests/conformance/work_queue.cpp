// SPDX-License-Identifier: Apache-2.0
#include "tests/conformance/work_queue.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <thread>

namespace switchyard::test {
namespace fs = std::filesystem;
namespace {

constexpr size_t kThreadsMax = 64;

size_t thread_count() {
    const char* text = std::getenv("SWITCHYARD_CONFORMANCE_THREADS");
    const size_t count = text != nullptr ? std::strtoull(text, nullptr, 10) : 2;
    return std::clamp<size_t>(count, 1, kThreadsMax);
}

}  // namespace

void WorkQueue::add(Task task) {
    const std::lock_guard lock(mutex_);
    waiting_.push_front(std::move(task));
    changed_.notify_one();
}

void WorkQueue::run() {
    std::vector<std::jthread> threads;
    for (size_t i = 1; i < thread_count(); ++i)
        threads.emplace_back([this] { work(); });
    work();
}

void WorkQueue::work() {
    std::unique_lock lock(mutex_);
    for (;;) {
        // A running task may still add others.
        changed_.wait(lock, [this] { return !waiting_.empty() || running_ == 0; });
        if (waiting_.empty()) return;
        const Task task = std::move(waiting_.front());
        waiting_.pop_front();
        ++running_;
        lock.unlock();
        task();
        lock.lock();
        if (--running_ == 0) changed_.notify_all();
    }
}

void for_each_file(WorkQueue& queue, const std::vector<fs::path>& files,
                   const std::function<void(const fs::path&)>& run) {
    const bool times = std::getenv("SWITCHYARD_CONFORMANCE_TIMES") != nullptr;
    for (const fs::path& file : files)
        queue.add([&run, &file, times] {
            const std::clock_t start = std::clock();
            run(file);
            if (times)
                std::fprintf(stderr, "%8.3f s %s\n",
                             static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC,
                             file.c_str());
        });
    queue.run();
}

}  // namespace switchyard::test
