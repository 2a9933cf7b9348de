// SPDX-License-Identifier: Apache-2.0
// Handles of the C interface: numbers that name what the library keeps, so that one that was given
// back, or never was one, is found out.
#pragma once

#include <memory>
#include <mutex>
#include <shared_mutex>
#include <unordered_map>

#include "host/embedded/embedded_chain.hpp"

struct switchyard_chain;
struct switchyard_block;
struct switchyard_subscription;

namespace switchyard::c {

/// `Tag` is the opaque C type; a handle is a number in a pointer's clothes and is never
/// dereferenced. Numbers are not used again. From any thread.
template <typename Tag, typename Value, uintptr_t kKind>
class HandleTable {
    static_assert(sizeof(uintptr_t) == 8, "numbers of handles must never come to an end");
    static_assert(kKind < 4);

  public:
    [[nodiscard]] Tag* add(std::shared_ptr<Value> value) {
        const std::unique_lock guard(mutex_);
        // Never 0, and of no other table.
        const uintptr_t number = ++last_ * 4 + kKind;
        values_.emplace(number, std::move(value));
        return reinterpret_cast<Tag*>(number);
    }
    /// Null: not one of these.
    [[nodiscard]] std::shared_ptr<Value> find(const Tag* handle) const {
        const std::shared_lock guard(mutex_);
        const auto at = values_.find(reinterpret_cast<uintptr_t>(handle));
        return at == values_.end() ? nullptr : at->second;
    }
    [[nodiscard]] std::shared_ptr<Value> take(const Tag* handle) {
        const std::unique_lock guard(mutex_);
        const auto at = values_.find(reinterpret_cast<uintptr_t>(handle));
        if (at == values_.end()) return nullptr;
        auto out = std::move(at->second);
        values_.erase(at);
        return out;
    }
    [[nodiscard]] size_t size() const {
        const std::shared_lock guard(mutex_);
        return values_.size();
    }

  private:
    mutable std::shared_mutex mutex_;
    std::unordered_map<uintptr_t, std::shared_ptr<Value>> values_;
    uintptr_t last_ = 0;
};

/// A chain with the calls under way in it: each holds `in_use` shared, closing takes it whole.
struct ChainEntry {
    std::unique_ptr<embedded::EmbeddedChain> chain;
    std::shared_mutex in_use;
};

struct BlockEntry {
    explicit BlockEntry(node::BlockPointer of) : block(std::move(of)) {}
    const node::BlockPointer block;
    std::once_flag encoded;
    Bytes rlp;
};

using ChainTable = HandleTable<switchyard_chain, ChainEntry, 1>;
using BlockTable = HandleTable<switchyard_block, BlockEntry, 2>;
using SubscriptionTable = HandleTable<switchyard_subscription, embedded::HeadQueue, 3>;

[[nodiscard]] ChainTable& chains();
[[nodiscard]] BlockTable& blocks();
[[nodiscard]] SubscriptionTable& subscriptions();

/// A chain that stays open for the life of the lease.
class ChainLease {
  public:
    explicit ChainLease(const switchyard_chain* handle) : entry_(chains().find(handle)) {
        if (entry_ == nullptr) return;
        lock_ = std::shared_lock(entry_->in_use);
        if (entry_->chain != nullptr) return;
        // Closed between the two lines above; the lock is part of the entry.
        lock_.unlock();
        entry_ = nullptr;
    }
    explicit operator bool() const { return entry_ != nullptr; }
    [[nodiscard]] embedded::EmbeddedChain* operator->() const { return entry_->chain.get(); }
    [[nodiscard]] embedded::EmbeddedChain& operator*() const { return *entry_->chain; }

  private:
    std::shared_ptr<ChainEntry> entry_;
    std::shared_lock<std::shared_mutex> lock_;  // below the entry: given back before it
};

}  // namespace switchyard::c
