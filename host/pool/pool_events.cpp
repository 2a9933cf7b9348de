// SPDX-License-Identifier: Apache-2.0
#include "host/pool/pool_events.hpp"

#include <algorithm>

#include "host/core/assert.hpp"

namespace switchyard {

std::string_view to_string(DropReason reason) {
    switch (reason) {
        case DropReason::Replaced:
            return "replaced";
        case DropReason::NonceUsed:
            return "nonce used";
        case DropReason::Evicted:
            return "evicted";
        case DropReason::Expired:
            return "expired";
        case DropReason::Rejected:
            return "rejected";
        case DropReason::NotValidAfterReorg:
            return "not valid after a reorg";
    }
    return "unknown";
}

PoolEventQueue::PoolEventQueue(size_t capacity) : ring_(capacity) {
    SWITCHYARD_ASSERT(capacity >= 1);
}

void PoolEventQueue::push(const PoolEvent& event) {
    const std::lock_guard lock(mutex_);
    ring_[(first_ + count_) % ring_.size()] = event;
    if (count_ < ring_.size()) {
        ++count_;
    } else {
        first_ = (first_ + 1) % ring_.size();
        ++missed_;
    }
}

size_t PoolEventQueue::poll(std::span<PoolEvent> out) {
    const std::lock_guard lock(mutex_);
    const size_t count = std::min(count_, out.size());
    for (size_t i = 0; i < count; ++i)
        out[i] = ring_[(first_ + i) % ring_.size()];
    first_ = (first_ + count) % ring_.size();
    count_ -= count;
    return count;
}

uint64_t PoolEventQueue::missed() const {
    const std::lock_guard lock(mutex_);
    return missed_;
}

std::shared_ptr<PoolEventQueue> PoolEventHub::subscribe(size_t capacity) {
    auto queue = std::make_shared<PoolEventQueue>(capacity);
    queues_.push_back(queue);
    return queue;
}

void PoolEventHub::publish(const PoolEvent& event) {
    std::erase_if(queues_, [&event](const std::weak_ptr<PoolEventQueue>& weak) {
        const auto queue = weak.lock();
        if (queue != nullptr) queue->push(event);
        return queue == nullptr;
    });
}

}  // namespace switchyard
