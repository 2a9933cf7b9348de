// SPDX-License-Identifier: Apache-2.0
#include "simd/keccak256.hpp"

#include <algorithm>
#include <cstring>

#include "simd/keccak256_messages.hpp"

// foreach_target.h includes this file again for every target but the last.
// clang-format off
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "simd/keccak256.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>
#include "simd/keccak256_block-inl.hpp"
#if HWY_TARGET != HWY_SCALAR
#include "simd/keccak256_lanes-inl.hpp"
#include "simd/keccak256_padded-inl.hpp"
#endif
// clang-format on

HWY_BEFORE_NAMESPACE();
namespace switchyard::simd {
namespace HWY_NAMESPACE {

using Tag = hn::ScalableTag<uint64_t>;

void hash_one(const uint8_t* bytes, size_t size, uint8_t* digest) {
    hash_message(bytes, size, digest);
}

void hash_padded_one(const PaddedMessage& message) {
    alignas(64) uint64_t state[kKeccakStateWords] = {};
    for (size_t i = 0; i < message.blocks; ++i) {
        absorb_block(state, message.bytes + kKeccak256Rate * i);
        permute_one(state);
    }
    std::memcpy(message.digest, state, kKeccak256Size);
}

#if HWY_TARGET == HWY_SCALAR

void hash_padded(const PaddedMessage* messages, size_t count) {
    for (size_t i = 0; i < count; ++i)
        hash_padded_one(messages[i]);
}

void hash_batch(KeccakMessages batch) {
    hash_each(batch);
}

void permute_batch(uint64_t* words, size_t states) {
    for (size_t i = 0; i < states; ++i)
        permute_one(words + kKeccakStateWords * i);
}

#else

constexpr size_t kLanes = hn::MaxLanes(Tag());
/// The width that is worth it for few messages: a permutation on half a 512-bit vector takes half
/// the time, one on half a 256-bit vector the same time.
constexpr size_t kFewLanes = kLanes > 4 ? 4 : kLanes;

void hash_batch(KeccakMessages batch) {
    hash_short_messages<kLanes>(batch);
    if (batch.count - batch.next < kLanes) hash_short_messages<kFewLanes>(batch);
    if (batch.count - batch.next < 2) return hash_each(batch);
    if (kLanes != kFewLanes && batch.count - batch.next > kFewLanes) {
        Lanes<kLanes> lanes(&batch);
        lanes.run(kFewLanes);
        Lanes<kFewLanes> few(lanes);
        few.run(1);
        few.finish_each();
    } else {
        Lanes<kFewLanes> few(&batch);
        few.run(1);
        few.finish_each();
    }
}

void hash_padded(const PaddedMessage* messages, size_t count) {
    size_t i = 0;
    for (; count - i > kFewLanes; i += HWY_MIN(kLanes, count - i))
        hash_padded_group<kLanes>(messages + i, HWY_MIN(kLanes, count - i));
    if (count - i > 1)
        hash_padded_group<kFewLanes>(messages + i, count - i);
    else if (count != i)
        hash_padded_one(messages[i]);
}

void permute_batch(uint64_t* words, size_t states) {
    const Tag d;
    alignas(64) uint64_t state[kKeccakStateWords * kLanes] = {};
    for (size_t begin = 0; begin < states; begin += kLanes) {
        const size_t used = HWY_MIN(kLanes, states - begin);
        uint64_t* first = words + kKeccakStateWords * begin;
        for (size_t lane = 0; lane < used; ++lane)
            for (size_t i = 0; i < kKeccakStateWords; ++i)
                state[kLanes * i + lane] = first[kKeccakStateWords * lane + i];
        hn::VFromD<Tag> vectors[kKeccakStateWords];
        for_each_word<kKeccakStateWords>(
            [&](auto i) HWY_ATTR { vectors[i] = hn::Load(d, state + kLanes * i); });
        keccak_permute<VectorWord<Tag>>(vectors);
        for_each_word<kKeccakStateWords>(
            [&](auto i) HWY_ATTR { hn::Store(vectors[i], d, state + kLanes * i); });
        for (size_t lane = 0; lane < used; ++lane)
            for (size_t i = 0; i < kKeccakStateWords; ++i)
                first[kKeccakStateWords * lane + i] = state[kLanes * i + lane];
    }
}

#endif  // HWY_TARGET

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
HWY_EXPORT(hash_padded);
HWY_EXPORT(permute_batch);
HWY_EXPORT(vector_lanes);

void keccak256(std::span<const uint8_t> message, std::span<uint8_t, kKeccak256Size> digest) {
    HWY_DYNAMIC_DISPATCH(hash_one)(message.data(), message.size(), digest.data());
}

void keccak256_batch(std::span<const std::span<const uint8_t>> messages,
                     std::span<uint8_t> digests) {
    KeccakMessages batch;
    batch.spans = messages.data();
    batch.count = std::min(messages.size(), digests.size() / kKeccak256Size);
    batch.digests = digests.data();
    HWY_DYNAMIC_DISPATCH(hash_batch)(batch);
}

void keccak256_batch(std::span<const uint8_t> bytes, std::span<const size_t> ends,
                     std::span<uint8_t> digests) {
    KeccakMessages batch;
    batch.bytes = bytes;
    batch.ends = ends.data();
    batch.count = std::min(ends.size(), digests.size() / kKeccak256Size);
    batch.digests = digests.data();
    HWY_DYNAMIC_DISPATCH(hash_batch)(batch);
}

void keccak256_padded(std::span<const PaddedMessage> messages) {
    HWY_DYNAMIC_DISPATCH(hash_padded)(messages.data(), messages.size());
}

void keccak_f1600_batch(std::span<uint64_t> words) {
    HWY_DYNAMIC_DISPATCH(permute_batch)(words.data(), words.size() / kKeccakStateWords);
}

size_t keccak256_vector_lanes() {
    return HWY_DYNAMIC_DISPATCH(vector_lanes)();
}

}  // namespace switchyard::simd
#endif
