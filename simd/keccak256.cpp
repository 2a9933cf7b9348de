// SPDX-License-Identifier: Apache-2.0
#include "simd/keccak256.hpp"

#include <algorithm>
#include <cstring>

// foreach_target.h includes this file again for every target but the last.
// clang-format off
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "simd/keccak256.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>
#include "simd/keccak_f1600-inl.hpp"
// clang-format on

HWY_BEFORE_NAMESPACE();
namespace switchyard::simd {
namespace HWY_NAMESPACE {

constexpr size_t kRateWords = kKeccak256Rate / 8;

using Tag = hn::ScalableTag<uint64_t>;
constexpr size_t kMaxLanes = HWY_MAX_BYTES / sizeof(uint64_t);

HWY_INLINE void permute_one(uint64_t* HWY_RESTRICT state) {
    keccak_permute<ScalarWord>(state);
}

HWY_INLINE uint64_t load_word(const uint8_t* bytes) {
    uint64_t word;
    std::memcpy(&word, bytes, sizeof(word));
    return word;
}

HWY_INLINE void absorb_block(uint64_t* HWY_RESTRICT state, const uint8_t* block) {
    for (size_t i = 0; i < kRateWords; ++i)
        state[i] ^= load_word(block + 8 * i);
}

/// Writes the last block of a message: its `size` < 136 remaining bytes and the padding.
HWY_INLINE void pad_block(const uint8_t* tail, size_t size, uint8_t* HWY_RESTRICT block) {
    std::memset(block, 0, kKeccak256Rate);
    if (size != 0) std::memcpy(block, tail, size);
    block[size] = 0x01;
    block[kKeccak256Rate - 1] |= 0x80;
}

/// Absorbs the rest of one message into `state` and finishes it.
void finish_one(uint64_t* HWY_RESTRICT state, const uint8_t* bytes, size_t size) {
    while (size >= kKeccak256Rate) {
        absorb_block(state, bytes);
        permute_one(state);
        bytes += kKeccak256Rate;
        size -= kKeccak256Rate;
    }
    uint8_t block[kKeccak256Rate];
    pad_block(bytes, size, block);
    absorb_block(state, block);
    permute_one(state);
}

void hash_one(const uint8_t* bytes, size_t size, uint8_t* digest) {
    uint64_t state[kKeccakStateWords] = {};
    finish_one(state, bytes, size);
    std::memcpy(digest, state, kKeccak256Size);
}

void hash_batch(const std::span<const uint8_t>* messages, size_t count, uint8_t* digests) {
    for (size_t i = 0; i < count; ++i)
        hash_one(messages[i].data(), messages[i].size(), digests + kKeccak256Size * i);
}

void permute_batch(uint64_t* words, size_t states) {
    for (size_t i = 0; i < states; ++i)
        permute_one(words + kKeccakStateWords * i);
}

size_t vector_lanes() {
    return hn::Lanes(Tag());
}

}  // namespace HWY_NAMESPACE
}  // namespace switchyard::simd
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace switchyard::simd {

HWY_EXPORT(hash_one);
HWY_EXPORT(hash_batch);
HWY_EXPORT(permute_batch);
HWY_EXPORT(vector_lanes);

void keccak256(std::span<const uint8_t> message, std::span<uint8_t, kKeccak256Size> digest) {
    HWY_DYNAMIC_DISPATCH(hash_one)(message.data(), message.size(), digest.data());
}

void keccak256_batch(std::span<const std::span<const uint8_t>> messages,
                     std::span<uint8_t> digests) {
    const size_t count = std::min(messages.size(), digests.size() / kKeccak256Size);
    HWY_DYNAMIC_DISPATCH(hash_batch)(messages.data(), count, digests.data());
}

void keccak_f1600_batch(std::span<uint64_t> words) {
    HWY_DYNAMIC_DISPATCH(permute_batch)(words.data(), words.size() / kKeccakStateWords);
}

size_t keccak256_vector_lanes() {
    return HWY_DYNAMIC_DISPATCH(vector_lanes)();
}

}  // namespace switchyard::simd
#endif
