// SPDX-License-Identifier: Apache-2.0
// What the chain remembers of blocks around its head: effects, refusals, and blocks that wait for
// their parents.
#pragma once

#include <list>
#include <shared_mutex>
#include <unordered_map>

#include "host/chain/block.hpp"
#include "host/node/chain/block_judge.hpp"
#include "host/state/state_view.hpp"

namespace switchyard::node {

/// A bounded map: what was touched longest ago goes first. Not synchronised.
template <typename Value>
class RecentMap {
  public:
    RecentMap(size_t count_max, size_t bytes_max) : count_max_(count_max), bytes_max_(bytes_max) {}

    /// Null: not here. Valid until the next `add`.
    [[nodiscard]] Value* find(const Bytes32& key) {
        const auto at = index_.find(key);
        if (at == index_.end()) return nullptr;
        order_.splice(order_.begin(), order_, at->second);
        return &at->second->value;
    }
    void add(const Bytes32& key, Value value, size_t bytes) {
        remove(key);
        order_.push_front({key, std::move(value), bytes});
        index_[key] = order_.begin();
        bytes_ += bytes;
        // The newest stays whatever its size.
        while (order_.size() > 1 && (order_.size() > count_max_ || bytes_ > bytes_max_))
            remove(Bytes32(order_.back().key));
    }
    void remove(const Bytes32& key) {
        const auto at = index_.find(key);
        if (at == index_.end()) return;
        bytes_ -= at->second->bytes;
        order_.erase(at->second);
        index_.erase(at);
    }
    [[nodiscard]] size_t size() const { return order_.size(); }

  private:
    struct Entry {
        Bytes32 key;
        Value value;
        size_t bytes = 0;
    };
    const size_t count_max_;
    const size_t bytes_max_;
    std::list<Entry> order_;
    std::unordered_map<Bytes32, typename std::list<Entry>::iterator> index_;
    size_t bytes_ = 0;
};

/// Why a block is invalid.
struct Refusal {
    Bytes32 latest_valid;  ///< its nearest ancestor that is valid
    std::string reason;
};

struct TreeLimits {
    size_t layers = 256;  ///< blocks whose effects are kept
    size_t layer_bytes = size_t{256} << 20;
    size_t orphans = 64;
    size_t orphan_bytes = size_t{64} << 20;
    size_t refusals = 1024;
    size_t expected = 4;  ///< blocks that were built here and are not imported yet
};

/// From any thread.
class BlockTree {
  public:
    explicit BlockTree(const TreeLimits& limits)
        : layers_(limits.layers, limits.layer_bytes),
          orphans_(limits.orphans, limits.orphan_bytes),
          refusals_(limits.refusals, SIZE_MAX),
          expected_(limits.expected, limits.layer_bytes) {}

    [[nodiscard]] std::shared_ptr<const StateChanges> layer(const Bytes32& hash) {
        const std::lock_guard guard(mutex_);
        const auto* found = layers_.find(hash);
        return found != nullptr ? *found : nullptr;
    }
    void add_layer(const Bytes32& hash, std::shared_ptr<const StateChanges> changes) {
        const size_t bytes = changes->accounts.size() * sizeof(AccountChange) +
                             changes->storage.size() * sizeof(StorageChange);
        const std::lock_guard guard(mutex_);
        layers_.add(hash, std::move(changes), bytes);
    }

    [[nodiscard]] std::optional<Refusal> refusal(const Bytes32& hash) {
        const std::lock_guard guard(mutex_);
        const auto* found = refusals_.find(hash);
        return found != nullptr ? std::optional(*found) : std::nullopt;
    }
    void refuse(const Bytes32& hash, Refusal refusal) {
        const std::lock_guard guard(mutex_);
        refusals_.add(hash, std::move(refusal), 0);
    }

    [[nodiscard]] std::optional<JudgedBlock> take_expected(const Bytes32& hash) {
        const std::lock_guard guard(mutex_);
        const auto* found = expected_.find(hash);
        if (found == nullptr) return std::nullopt;
        auto out = std::optional(*found);
        expected_.remove(hash);
        return out;
    }
    void expect(JudgedBlock block) {
        const Bytes32 hash = block.block->hash;
        const size_t bytes = block.block->encoded_bytes;
        const std::lock_guard guard(mutex_);
        expected_.add(hash, std::move(block), bytes);
    }

    [[nodiscard]] std::shared_ptr<const Block> orphan(const Bytes32& hash) {
        const std::lock_guard guard(mutex_);
        const auto* found = orphans_.find(hash);
        return found != nullptr ? *found : nullptr;
    }
    void add_orphan(const Bytes32& hash, std::shared_ptr<const Block> block, size_t bytes) {
        const std::lock_guard guard(mutex_);
        orphans_.add(hash, std::move(block), bytes);
    }
    void remove_orphan(const Bytes32& hash) {
        const std::lock_guard guard(mutex_);
        orphans_.remove(hash);
    }

  private:
    std::mutex mutex_;
    RecentMap<std::shared_ptr<const StateChanges>> layers_;
    RecentMap<std::shared_ptr<const Block>> orphans_;
    RecentMap<Refusal> refusals_;
    RecentMap<JudgedBlock> expected_;
};

}  // namespace switchyard::node
