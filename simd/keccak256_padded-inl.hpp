// SPDX-License-Identifier: Apache-2.0
// Padded messages in the lanes of vectors, in step. Included once per Highway target.

// Per-target include guard, as Highway's -inl.h files have it.
#if defined(SWITCHYARD_SIMD_KECCAK256_PADDED_INL_HPP_) == defined(HWY_TARGET_TOGGLE)
#ifdef SWITCHYARD_SIMD_KECCAK256_PADDED_INL_HPP_
#undef SWITCHYARD_SIMD_KECCAK256_PADDED_INL_HPP_
#else
#define SWITCHYARD_SIMD_KECCAK256_PADDED_INL_HPP_
#endif

#include <hwy/highway.h>

#include "simd/keccak256_lanes-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace switchyard::simd {
namespace HWY_NAMESPACE {

/// One to kWidth messages. A lane whose message has ended goes on with zeros that nobody looks at.
template <size_t kWidth>
HWY_INLINE void hash_padded_group(const PaddedMessage* messages, size_t used) {
    using Words = LaneWords<kWidth>;
    using D = typename Words::D;
    using V = typename Words::V;
    const uint8_t* block[kWidth];
    size_t step[kWidth];
    uint8_t* digests[kWidth];
    size_t shortest = messages[0].blocks;
    size_t longest = messages[0].blocks;
    for (size_t lane = 0; lane < kWidth; ++lane) {
        const bool idle = lane >= used;
        const PaddedMessage& message = messages[idle ? 0 : lane];
        block[lane] = idle ? kIdleBlock : message.bytes;
        step[lane] = idle ? 0 : kKeccak256Rate;
        digests[lane] = message.digest;
        shortest = HWY_MIN(shortest, message.blocks);
        longest = HWY_MAX(longest, message.blocks);
    }
    V words[kKeccakStateWords];
    for_each_word<kKeccakStateWords>([&](auto i) HWY_ATTR { words[i] = hn::Zero(D()); });
    for (size_t done = 1;; ++done) {
        Words::load_blocks(block,
                           [&](auto i, V value) HWY_ATTR { words[i] = hn::Xor(words[i], value); });
        keccak_permute<VectorWord<D>>(words);
        if (done >= shortest) {
            if (done == longest && shortest == longest && used == kWidth)
                return Words::store_digests(words, digests);
            alignas(64) uint64_t state[4 * kWidth];
            for_each_word<4>([&](auto i)
                                 HWY_ATTR { hn::Store(words[i], D(), state + kWidth * i); });
            for (size_t lane = 0; lane < used; ++lane) {
                if (messages[lane].blocks != done) continue;
                uint64_t digest[4];
                for (size_t i = 0; i < 4; ++i)
                    digest[i] = state[kWidth * i + lane];
                std::memcpy(digests[lane], digest, kKeccak256Size);
                block[lane] = kIdleBlock;
                step[lane] = 0;
            }
            if (done == longest) return;
        }
        for (size_t lane = 0; lane < kWidth; ++lane)
            block[lane] += step[lane];
    }
}

}  // namespace HWY_NAMESPACE
}  // namespace switchyard::simd
HWY_AFTER_NAMESPACE();

#endif  // per-target include guard
