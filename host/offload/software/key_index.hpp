// SPDX-License-Identifier: Apache-2.0
// Numbers the keys of a block in the order in which they first occur.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "host/offload/access_batch.hpp"

namespace switchyard::offload {

/// A hash table from 64-bit keys to 0, 1, 2, ...: open addressing with linear probing, at most half
/// full. Every key has a number of its own. Not thread-safe.
///
/// Forgetting costs constant time: a slot counts only in the generation in which it was filled. The
/// seed decides where a key goes, so that nobody who does not know it can craft keys that collide.
/// 16 bytes a slot; a block uses only as many slots as its size needs, so that a small one stays in
/// the cache whatever came before. Memory grows with the largest block, to 128 MB for
/// kBatchAccessesMax, and is kept.
class KeyIndex {
  public:
    /// `generation`: the last one used; for tests of what happens when it comes round.
    explicit KeyIndex(uint64_t seed, uint32_t generation = 0);

    /// Forgets all keys, numbers from 0 again, and makes room for `keys` different ones, at most
    /// kBatchAccessesMax.
    void begin(size_t keys);

    /// Forgets all keys; numbers go on.
    void forget();

    /// `numbers[i]` becomes the number of the key of `accesses[i]`. Both have the same length.
    /// Precondition: no more than `begin`'s number of different keys since.
    void resolve(std::span<const KeyAccess> accesses, std::span<uint32_t> numbers);

    /// Numbers given since `begin`.
    [[nodiscard]] uint32_t count() const { return count_; }

  private:
    struct Slot {
        uint64_t key = 0;
        uint32_t generation = 0;
        uint32_t number = 0;
    };

    [[nodiscard]] size_t home_of(uint64_t key) const;
    [[nodiscard]] uint32_t number_of(uint64_t key);

    uint64_t addend_;
    uint64_t multiplier_;
    std::vector<Slot> slots_;
    size_t mask_ = 0;  // slots in use - 1
    uint32_t generation_ = 0;
    uint32_t count_ = 0;
};

}  // namespace switchyard::offload
