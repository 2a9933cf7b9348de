// SPDX-License-Identifier: Apache-2.0
#include "host/offload/software/key_index.hpp"

#include <algorithm>
#include <bit>

namespace switchyard::offload {
namespace {

constexpr size_t kSlotsMin = 64;
/// Keys between the request for a slot's cache line and its use: what a look-up takes times this
/// covers a miss of the second-level cache, and the lines in flight stay below what the core
/// tracks.
constexpr size_t kPrefetchDistance = 32;

/// Sebastiano Vigna, splitmix64: makes two independent words of a seed.
uint64_t mix(uint64_t x) {
    x += 0x9e3779b97f4a7c15;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
    x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
    return x ^ (x >> 31);
}

}  // namespace

KeyIndex::KeyIndex(uint64_t seed, uint32_t generation)
    : addend_(mix(seed)), multiplier_(mix(addend_) | 1), generation_(generation) {}

void KeyIndex::begin(size_t keys) {
    const size_t slots = std::max(kSlotsMin, std::bit_ceil(2 * keys));
    if (slots > slots_.size()) slots_.assign(slots, Slot{});
    mask_ = slots - 1;
    count_ = 0;
    forget();
}

void KeyIndex::forget() {
    if (++generation_ != 0) return;
    // The 32-bit generation has come round: what was left from it must not look alive.
    std::ranges::fill(slots_, Slot{});
    generation_ = 1;
}

/// Both halves of a 128-bit product, folded: one multiplication alone leaves its low bits to the
/// low bits of the key.
inline size_t KeyIndex::home_of(uint64_t key) const {
    const auto product = static_cast<unsigned __int128>(key ^ addend_) * multiplier_;
    return (static_cast<uint64_t>(product >> 64) ^ static_cast<uint64_t>(product)) & mask_;
}

inline uint32_t KeyIndex::number_of(uint64_t key) {
    // Ends because at least half of the slots are free.
    for (size_t at = home_of(key);; at = (at + 1) & mask_) {
        Slot& slot = slots_[at];
        if (slot.generation != generation_) {
            slot = {key, generation_, count_};
            return count_++;
        }
        if (slot.key == key) return slot.number;
    }
}

void KeyIndex::resolve(std::span<const KeyAccess> accesses, std::span<uint32_t> numbers) {
    SWITCHYARD_DEBUG_ASSERT(accesses.size() == numbers.size());
    const size_t size = accesses.size();
    for (size_t i = 0; i < std::min(size, kPrefetchDistance); ++i)
        __builtin_prefetch(&slots_[home_of(accesses[i].key)], 1);
    for (size_t i = 0; i < size; ++i) {
        if (i + kPrefetchDistance < size)
            __builtin_prefetch(&slots_[home_of(accesses[i + kPrefetchDistance].key)], 1);
        numbers[i] = number_of(accesses[i].key);
    }
}

}  // namespace switchyard::offload
