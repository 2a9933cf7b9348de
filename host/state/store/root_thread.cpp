// SPDX-License-Identifier: Apache-2.0
#include "host/state/store/root_thread.hpp"

namespace switchyard {

RootThread::RootThread(commitment::StateCommitment trie)
    : trie_(std::move(trie)), dirty_bytes_(trie_.dirty_bytes()), thread_([this] { work(); }) {}

RootThread::~RootThread() {
    {
        const std::lock_guard guard(mutex_);
        stop_ = true;
    }
    changed_.notify_one();
    thread_.join();
}

void RootThread::push(std::function<void()> job) {
    {
        const std::lock_guard guard(mutex_);
        jobs_.push_back(std::move(job));
    }
    changed_.notify_one();
}

void RootThread::work() {
    std::unique_lock guard(mutex_);
    for (;;) {
        changed_.wait(guard, [&] { return stop_ || !jobs_.empty(); });
        if (jobs_.empty()) return;
        const std::function<void()> job = std::move(jobs_.front());
        jobs_.pop_front();
        guard.unlock();
        job();
        guard.lock();
    }
}

}  // namespace switchyard
