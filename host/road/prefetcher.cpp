// SPDX-License-Identifier: Apache-2.0
#include "host/road/prefetcher.hpp"

#include <utility>

namespace switchyard {

Prefetcher::Prefetcher(Fetch fetch, size_t queue_max)
    : fetch_(std::move(fetch)), queue_max_(queue_max), thread_([this] { run(); }) {}

Prefetcher::~Prefetcher() {
    {
        const std::lock_guard guard(mutex_);
        stop_ = true;
    }
    changed_.notify_all();
    thread_.join();
}

void Prefetcher::add(const PredictedReads& reads) {
    if (reads.size() == 0) return;
    {
        const std::lock_guard guard(mutex_);
        if (queue_.size() + reads.size() > queue_max_) {
            counters_.dropped += reads.size();
            return;
        }
        queue_.append(reads);
    }
    changed_.notify_all();
}

void Prefetcher::wait() {
    std::unique_lock guard(mutex_);
    changed_.wait(guard, [this] { return queue_.size() == 0 && !fetching_; });
}

Prefetcher::Counters Prefetcher::counters() const {
    const std::lock_guard guard(mutex_);
    return counters_;
}

void Prefetcher::run() {
    PredictedReads taken;
    std::unique_lock guard(mutex_);
    while (true) {
        changed_.wait(guard, [this] { return stop_ || queue_.size() != 0; });
        if (stop_) return;
        taken.clear();
        std::swap(taken, queue_);
        fetching_ = true;
        guard.unlock();
        fetch_(taken);
        guard.lock();
        fetching_ = false;
        counters_.fetched += taken.size();
        changed_.notify_all();
    }
}

}  // namespace switchyard
