// SPDX-License-Identifier: Apache-2.0
#include "host/node/http/worker_pool.hpp"

namespace switchyard::http {

WorkerPool::WorkerPool(unsigned threads, size_t queue_max) : queue_max_(queue_max) {
    threads_.reserve(threads);
    for (unsigned i = 0; i < threads; ++i)
        threads_.emplace_back([this] { run(); });
}

WorkerPool::~WorkerPool() {
    stop();
}

bool WorkerPool::submit(Work work) {
    {
        const std::lock_guard lock(mutex_);
        if (stopped_ || queue_.size() >= queue_max_) return false;
        queue_.push_back(std::move(work));
    }
    wake_.notify_one();
    return true;
}

void WorkerPool::stop() {
    std::deque<Work> dropped;
    {
        const std::lock_guard lock(mutex_);
        stopped_ = true;
        dropped.swap(queue_);
    }
    wake_.notify_all();
    for (std::thread& thread : threads_)
        if (thread.joinable()) thread.join();
}

size_t WorkerPool::queued() const {
    const std::lock_guard lock(mutex_);
    return queue_.size();
}

void WorkerPool::run() {
    rpc::DispatchScratch scratch;
    for (;;) {
        Work work;
        {
            std::unique_lock lock(mutex_);
            wake_.wait(lock, [this] { return stopped_ || !queue_.empty(); });
            if (stopped_) return;
            work = std::move(queue_.front());
            queue_.pop_front();
        }
        work(scratch);
    }
}

}  // namespace switchyard::http
