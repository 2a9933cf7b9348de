// SPDX-License-Identifier: Apache-2.0
// Decoded blocks that were asked for last.
#pragma once

#include <list>
#include <mutex>
#include <unordered_map>

#include "host/node/archive/archived_block.hpp"

namespace switchyard::node {

/// Least recently used goes first. From any thread.
class BlockCache {
  public:
    explicit BlockCache(size_t bytes_max) : bytes_max_(bytes_max) {}

    [[nodiscard]] BlockPointer find(const Bytes32& hash) {
        const std::lock_guard guard(mutex_);
        const auto at = index_.find(hash);
        if (at == index_.end()) return nullptr;
        order_.splice(order_.begin(), order_, at->second);
        return at->second->block;
    }
    void add(BlockPointer block) {
        const std::lock_guard guard(mutex_);
        if (index_.contains(block->hash)) return;
        const size_t bytes = memory_bytes(*block);
        order_.push_front({std::move(block), bytes});
        index_[order_.front().block->hash] = order_.begin();
        bytes_ += bytes;
        while (bytes_ > bytes_max_ && !order_.empty()) {
            bytes_ -= order_.back().bytes;
            index_.erase(order_.back().block->hash);
            order_.pop_back();
        }
    }

  private:
    struct Entry {
        BlockPointer block;
        size_t bytes = 0;
    };
    const size_t bytes_max_;
    std::mutex mutex_;
    std::list<Entry> order_;
    std::unordered_map<Bytes32, std::list<Entry>::iterator> index_;
    size_t bytes_ = 0;
};

}  // namespace switchyard::node
