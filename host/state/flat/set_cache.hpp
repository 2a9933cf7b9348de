// SPDX-License-Identifier: Apache-2.0
// A concurrent cache of fixed size: sets of eight entries, replaced by the clock algorithm.
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "host/core/bytes.hpp"

namespace switchyard::flat {

/// Maps keys to values and forgets what was not asked for lately (second chance, Corbato, "A paging
/// experiment with the Multics system", 1968, within each set). All memory is allocated at
/// construction. Safe from any number of threads: one lock for some of the sets, held for one
/// lookup. `Hash` is seeded, so that nobody can choose keys of one set.
template <typename Key, typename Value, typename Hash>
class SetCache {
  public:
    static constexpr size_t kWays = 8;

    /// As many sets as fit into `bytes`; with none, every lookup misses.
    explicit SetCache(size_t bytes)
        : sets_(bytes / sizeof(Set)), locks_(std::make_unique<Lock[]>(kLocks)) {}

    [[nodiscard]] std::optional<Value> find(const Key& key) {
        if (sets_.empty()) return std::nullopt;
        const uint64_t hash = Hash{}(key);
        const size_t index = index_of(hash);
        const std::lock_guard guard(lock_of(index));
        Set& set = sets_[index];
        const size_t way = way_of(set, tag_of(hash), key);
        if (way == kWays) return std::nullopt;
        set.referenced |= static_cast<uint8_t>(1U << way);
        return set.entries[way].value;
    }

    /// Whether the key is there; does not count as a use.
    [[nodiscard]] bool contains(const Key& key) {
        if (sets_.empty()) return false;
        const uint64_t hash = Hash{}(key);
        const size_t index = index_of(hash);
        const std::lock_guard guard(lock_of(index));
        return way_of(sets_[index], tag_of(hash), key) != kWays;
    }

    void put(const Key& key, const Value& value) {
        if (sets_.empty()) return;
        const uint64_t hash = Hash{}(key);
        const size_t index = index_of(hash);
        const std::lock_guard guard(lock_of(index));
        Set& set = sets_[index];
        size_t way = way_of(set, tag_of(hash), key);
        if (way == kWays) {
            // Not yet used: a scan that passes through pushes out its own entries first.
            way = victim(set);
            set.tags[way] = tag_of(hash);
            set.entries[way].key = key;
        }
        set.entries[way].value = value;
    }

    void erase(const Key& key) {
        if (sets_.empty()) return;
        const uint64_t hash = Hash{}(key);
        const size_t index = index_of(hash);
        const std::lock_guard guard(lock_of(index));
        Set& set = sets_[index];
        const size_t way = way_of(set, tag_of(hash), key);
        if (way != kWays) set.tags[way] = 0;
    }

    void clear() {
        for (size_t index = 0; index < sets_.size(); ++index) {
            const std::lock_guard guard(lock_of(index));
            sets_[index].tags.fill(0);
        }
    }

    [[nodiscard]] size_t memory_bytes() const {
        return sets_.capacity() * sizeof(Set) + kLocks * sizeof(Lock);
    }

  private:
    static constexpr size_t kLocks = 256;

    struct Entry {
        Key key{};
        Value value{};
    };
    struct Set {
        std::array<uint16_t, kWays> tags{};  ///< of the key's hash; 0: the entry is free
        uint8_t referenced = 0;              ///< a bit for each entry that was used
        uint8_t hand = 0;
        std::array<Entry, kWays> entries{};
    };
    struct alignas(64) Lock {
        std::mutex mutex;
    };

    [[nodiscard]] static uint16_t tag_of(uint64_t hash) { return static_cast<uint16_t>(hash | 1U); }
    /// The high half of hash * size, without a division (Lemire, "Fast random integer generation in
    /// an interval", ACM TOMACS 2019).
    [[nodiscard]] size_t index_of(uint64_t hash) const {
        return static_cast<size_t>(static_cast<unsigned __int128>(hash) * sets_.size() >> 64);
    }
    [[nodiscard]] std::mutex& lock_of(size_t index) { return locks_[index % kLocks].mutex; }

    [[nodiscard]] static size_t way_of(const Set& set, uint16_t tag, const Key& key) {
        for (size_t way = 0; way < kWays; ++way)
            if (set.tags[way] == tag && set.entries[way].key == key) return way;
        return kWays;
    }

    [[nodiscard]] static size_t victim(Set& set) {
        for (size_t way = 0; way < kWays; ++way)
            if (set.tags[way] == 0) return way;
        for (;;) {
            const size_t way = set.hand;
            set.hand = static_cast<uint8_t>((way + 1) % kWays);
            if ((set.referenced >> way & 1) == 0) return way;
            set.referenced = static_cast<uint8_t>(set.referenced & ~(1U << way));
        }
    }

    std::vector<Set> sets_;
    std::unique_ptr<Lock[]> locks_;
};

}  // namespace switchyard::flat
