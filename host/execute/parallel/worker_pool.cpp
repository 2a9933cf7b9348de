// SPDX-License-Identifier: Apache-2.0
#include "host/execute/parallel/worker_pool.hpp"

namespace switchyard::execute {

WorkerPool::WorkerPool(uint32_t size) {
    for (uint32_t worker = 1; worker < size; ++worker)
        threads_.emplace_back([this, worker] { serve(worker); });
}

WorkerPool::~WorkerPool() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    start_.notify_all();
    for (auto& thread : threads_)
        thread.join();
}

void WorkerPool::run(const std::function<void(uint32_t)>& job) {
    if (!threads_.empty()) {
        const std::lock_guard lock(mutex_);
        job_ = &job;
        running_ = static_cast<uint32_t>(threads_.size());
        ++generation_;
    }
    start_.notify_all();
    job(0);
    std::unique_lock lock(mutex_);
    finished_.wait(lock, [this] { return running_ == 0; });
    job_ = nullptr;
}

void WorkerPool::serve(uint32_t worker) {
    uint64_t seen = 0;
    for (;;) {
        const std::function<void(uint32_t)>* job = nullptr;
        {
            std::unique_lock lock(mutex_);
            start_.wait(lock, [&] { return stopping_ || generation_ != seen; });
            if (stopping_) return;
            seen = generation_;
            job = job_;
        }
        (*job)(worker);
        {
            const std::lock_guard lock(mutex_);
            --running_;
        }
        finished_.notify_one();
    }
}

}  // namespace switchyard::execute
