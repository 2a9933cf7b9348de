// SPDX-License-Identifier: Apache-2.0
// Open-addressing hash index over entries that a vector holds: no node per entry, emptied in
// constant time.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "host/core/assert.hpp"
#include "host/core/bytes.hpp"
#include "host/core/uint256.hpp"

namespace switchyard {

/// Maps hashes to positions in a vector that the owner keeps, which also holds the keys. Linear
/// probing at a load of at most one half (Knuth, The Art of Computer Programming, volume 3, section
/// 6.4, algorithms L and R). Hashes must be spread over all 64 bits (`mix_bytes`) and seeded.
///
/// `clear` is a new generation number, so that a table which served one large transaction costs the
/// small ones after it nothing. Reads are safe from several threads while nobody writes.
class FlatIndex {
  public:
    static constexpr uint32_t kNone = UINT32_MAX;

    /// The position stored under `hash` for which `is_key(position)` holds, or `kNone`.
    template <typename IsKey>
    [[nodiscard]] uint32_t find(uint64_t hash, IsKey is_key) const {
        if (size_ == 0) return kNone;
        for (size_t i = hash & mask_;; i = (i + 1) & mask_) {
            const Cell& cell = cells_[i];
            if (cell.generation != generation_) return kNone;
            if (cell.hash == hash && is_key(cell.position)) return cell.position;
        }
    }

    /// Fetches what a look-up of `hash` reads first into this core's cache.
    void prefetch(uint64_t hash) const {
        if (size_ != 0) __builtin_prefetch(&cells_[hash & mask_]);
    }

    /// Precondition: the key is not in the index.
    void insert(uint64_t hash, uint32_t position) {
        if (2 * (size_ + 1) > cells_.size()) grow();
        size_t i = hash & mask_;
        while (cells_[i].generation == generation_)
            i = (i + 1) & mask_;
        cells_[i] = {hash, generation_, position};
        ++size_;
    }

    /// Removes the entry of `hash` that points to `position`. Precondition: it exists.
    void erase(uint64_t hash, uint32_t position) {
        size_t hole = cell_of(hash, position);
        for (size_t i = (hole + 1) & mask_; cells_[i].generation == generation_;
             i = (i + 1) & mask_) {
            // An entry may fill the hole unless its own home lies cyclically behind the hole.
            const size_t home = cells_[i].hash & mask_;
            if (((i - home) & mask_) < ((i - hole) & mask_)) continue;
            cells_[hole] = cells_[i];
            hole = i;
        }
        cells_[hole].generation = 0;
        --size_;
    }

    /// Lets the entry of `hash` that points to `from` point to `to`. Precondition: it exists.
    void move(uint64_t hash, uint32_t from, uint32_t to) {
        cells_[cell_of(hash, from)].position = to;
    }

    /// Heap memory held.
    [[nodiscard]] size_t memory_bytes() const { return cells_.capacity() * sizeof(Cell); }

    void clear() {
        size_ = 0;
        if (++generation_ != 0) return;
        for (Cell& cell : cells_)
            cell.generation = 0;
        generation_ = 1;
    }

  private:
    struct Cell {
        uint64_t hash = 0;
        uint32_t generation = 0;  ///< in use if equal to the table's, which is never 0
        uint32_t position = 0;
    };

    [[nodiscard]] size_t cell_of(uint64_t hash, uint32_t position) const {
        size_t i = hash & mask_;
        while (cells_[i].generation == generation_ && cells_[i].position != position)
            i = (i + 1) & mask_;
        SWITCHYARD_ASSERT(cells_[i].generation == generation_);
        return i;
    }

    void grow() {
        std::vector<Cell> old(cells_.empty() ? 16 : 2 * cells_.size());
        old.swap(cells_);
        mask_ = cells_.size() - 1;
        size_ = 0;
        for (const Cell& cell : old)
            if (cell.generation == generation_) insert(cell.hash, cell.position);
    }

    std::vector<Cell> cells_;
    size_t mask_ = 0;
    size_t size_ = 0;
    uint32_t generation_ = 1;
};

/// The hash of a key for `FlatIndex`.
template <size_t N>
[[nodiscard]] inline uint64_t flat_hash(const FixedBytes<N>& key, uint64_t seed) {
    return mix_bytes(key.data(), N, seed);
}
[[nodiscard]] inline uint64_t flat_hash(const Uint256& key, uint64_t seed) {
    return mix_bytes(reinterpret_cast<const uint8_t*>(key.limb.data()), 32, seed);
}

/// A map whose entries lie in one vector, in no particular order; pointers to values are valid
/// until the next insertion or removal. Holds at most 2^32 - 2 entries. Reads are safe from several
/// threads while nobody writes.
template <typename Key, typename Value>
class FlatMap {
  public:
    struct Entry {
        Key key;
        Value value;
    };

    [[nodiscard]] const Value* find(const Key& key) const {
        const uint32_t i = position(key, flat_hash(key, seed()));
        return i == FlatIndex::kNone ? nullptr : &entries_[i].value;
    }
    [[nodiscard]] Value* find(const Key& key) {
        return const_cast<Value*>(std::as_const(*this).find(key));
    }
    /// The value of `key`, value-initialised if it was absent.
    Value& operator[](const Key& key) {
        const uint64_t hash = flat_hash(key, seed());
        uint32_t i = position(key, hash);
        if (i == FlatIndex::kNone) {
            SWITCHYARD_ASSERT(entries_.size() < FlatIndex::kNone);
            i = static_cast<uint32_t>(entries_.size());
            entries_.push_back({key, Value{}});
            index_.insert(hash, i);
        }
        return entries_[i].value;
    }
    /// Whether `key` was there.
    bool erase(const Key& key) {
        const uint64_t hash = flat_hash(key, seed());
        const uint32_t i = position(key, hash);
        if (i == FlatIndex::kNone) return false;
        const auto last = static_cast<uint32_t>(entries_.size() - 1);
        index_.erase(hash, i);
        if (i != last) {
            index_.move(flat_hash(entries_[last].key, seed()), last, i);
            entries_[i] = std::move(entries_[last]);
        }
        entries_.pop_back();
        return true;
    }
    [[nodiscard]] size_t size() const { return entries_.size(); }
    [[nodiscard]] bool empty() const { return entries_.empty(); }
    void clear() {
        entries_.clear();
        index_.clear();
    }
    [[nodiscard]] const std::vector<Entry>& entries() const { return entries_; }
    /// Heap memory held, what the values hold apart.
    [[nodiscard]] size_t memory_bytes() const {
        return entries_.capacity() * sizeof(Entry) + index_.memory_bytes();
    }

  private:
    [[nodiscard]] static uint64_t seed() {
        static const uint64_t value = process_hash_seed();
        return value;
    }
    [[nodiscard]] uint32_t position(const Key& key, uint64_t hash) const {
        return index_.find(hash, [&](uint32_t i) { return entries_[i].key == key; });
    }

    std::vector<Entry> entries_;
    FlatIndex index_;
};

}  // namespace switchyard
