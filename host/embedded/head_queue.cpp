// SPDX-License-Identifier: Apache-2.0
#include "host/embedded/head_queue.hpp"

#include <algorithm>

namespace switchyard::embedded {

void HeadQueue::push(BlockEvent::Kind kind, const node::BlockPointer& block) {
    {
        const std::lock_guard guard(mutex_);
        if (closed_) return;
        if (events_.size() == capacity_) {
            events_.pop_front();
            ++missed_;
        }
        events_.push_back({kind, block});
    }
    changed_.notify_one();
}

std::optional<BlockEvent> HeadQueue::next(std::chrono::milliseconds patience) {
    std::unique_lock lock(mutex_);
    (void)changed_.wait_for(lock, patience, [this] { return closed_ || !events_.empty(); });
    if (events_.empty()) return std::nullopt;
    BlockEvent out = std::move(events_.front());
    events_.pop_front();
    out.missed = std::exchange(missed_, 0);
    return out;
}

void HeadQueue::close() {
    {
        const std::lock_guard guard(mutex_);
        closed_ = true;
    }
    changed_.notify_all();
}

bool HeadQueue::is_closed() const {
    const std::lock_guard guard(mutex_);
    return closed_;
}

void HeadFanout::add(std::shared_ptr<HeadQueue> queue) {
    const std::lock_guard guard(mutex_);
    if (closed_) return queue->close();
    std::erase_if(queues_, [](const auto& other) { return other->is_closed(); });
    queues_.push_back(std::move(queue));
}

void HeadFanout::on_head(const node::HeadEvent& event) {
    const std::lock_guard guard(mutex_);
    for (const auto& queue : queues_) {
        for (const node::BlockPointer& block : event.removed)
            queue->push(BlockEvent::Kind::Removed, block);
        for (const node::BlockPointer& block : event.added)
            queue->push(BlockEvent::Kind::Added, block);
    }
    std::erase_if(queues_, [](const auto& queue) { return queue->is_closed(); });
}

void HeadFanout::close() {
    const std::lock_guard guard(mutex_);
    closed_ = true;
    for (const auto& queue : queues_)
        queue->close();
    queues_.clear();
}

}  // namespace switchyard::embedded
