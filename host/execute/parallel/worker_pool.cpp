// SPDX-License-Identifier: Apache-2.0
#include "host/execute/parallel/worker_pool.hpp"

#include "host/execute/parallel/idle_wait.hpp"

namespace switchyard::execute {

// To stay awake on a core that another worker waits for would keep that one from its work.
WorkerPool::WorkerPool(uint32_t size)
    : awake_rounds_(size <= std::thread::hardware_concurrency() ? IdleWait::kAwakeRounds : 0) {
    for (uint32_t worker = 1; worker < size; ++worker)
        threads_.push_back(std::make_unique<Thread>());
    for (uint32_t worker = 1; worker < size; ++worker)
        threads_[worker - 1]->thread = std::thread([this, worker] { serve(worker); });
    // A thread that comes up later takes the time of the first block for it.
    run([](uint32_t) {});
}

WorkerPool::~WorkerPool() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    for (auto& thread : threads_) {
        thread->woken.notify_one();
        thread->thread.join();
    }
}

void WorkerPool::run(const Job& job) {
    if (!threads_.empty()) {
        {
            const std::lock_guard lock(mutex_);
            running_.store(size() - 1, std::memory_order_relaxed);
            for (auto& thread : threads_)
                thread->job.store(&job, std::memory_order_release);
        }
        for (auto& thread : threads_)
            thread->woken.notify_one();
    }
    job(0);
    wait_for_all();
}

void WorkerPool::wait_for_all() {
    for (uint32_t round = 0; round < awake_rounds_; ++round) {
        if (running_.load(std::memory_order_acquire) == 0) return;
        IdleWait::pause();
    }
    std::unique_lock lock(mutex_);
    finished_.wait(lock, [this] { return running_.load(std::memory_order_relaxed) == 0; });
}

bool WorkerPool::begin(const Job& job) {
    if (threads_.empty()) return false;
    {
        const std::lock_guard lock(mutex_);
        running_.store(1, std::memory_order_relaxed);
        threads_[0]->job.store(&job, std::memory_order_release);
    }
    threads_[0]->woken.notify_one();
    return true;
}

void WorkerPool::end() {
    // Whoever takes the job away from its place has it.
    if (threads_[0]->job.exchange(nullptr, std::memory_order_acq_rel) != nullptr) {
        running_.store(0, std::memory_order_relaxed);
        return;
    }
    wait_for_all();
}

/// Null: the pool comes to its end.
const WorkerPool::Job* WorkerPool::next_job(Thread& own) {
    for (uint32_t round = 0; round < awake_rounds_; ++round) {
        if (own.job.load(std::memory_order_relaxed) != nullptr)
            if (const Job* job = own.job.exchange(nullptr, std::memory_order_acq_rel)) return job;
        IdleWait::pause();
    }
    std::unique_lock lock(mutex_);
    for (;;) {
        if (const Job* job = own.job.exchange(nullptr, std::memory_order_acq_rel)) return job;
        if (stopping_) return nullptr;
        own.woken.wait(lock);
    }
}

void WorkerPool::serve(uint32_t worker) {
    Thread& own = *threads_[worker - 1];
    while (const Job* const job = next_job(own)) {
        (*job)(worker);
        const std::lock_guard lock(mutex_);
        if (running_.fetch_sub(1, std::memory_order_release) == 1) finished_.notify_one();
    }
}

}  // namespace switchyard::execute
