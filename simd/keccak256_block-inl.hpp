// SPDX-License-Identifier: Apache-2.0
// Blocks of a message, and one message in one state. Included once per Highway target.

// Per-target include guard, as Highway's -inl.h files have it.
#if defined(SWITCHYARD_SIMD_KECCAK256_BLOCK_INL_HPP_) == defined(HWY_TARGET_TOGGLE)
#ifdef SWITCHYARD_SIMD_KECCAK256_BLOCK_INL_HPP_
#undef SWITCHYARD_SIMD_KECCAK256_BLOCK_INL_HPP_
#else
#define SWITCHYARD_SIMD_KECCAK256_BLOCK_INL_HPP_
#endif

#include <cstring>

#include <hwy/highway.h>

#include "simd/keccak256.hpp"
#include "simd/keccak256_messages.hpp"
#include "simd/keccak_f1600-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace switchyard::simd {
namespace HWY_NAMESPACE {

constexpr size_t kRateWords = kKeccak256Rate / 8;
/// Bytes of a buffer for a padded block: whole vectors of 32 bytes are written from the message's
/// end on.
constexpr size_t kPaddedBytes = 192;
/// The last bit of the padding, in word 16 of a message's last block.
constexpr uint64_t kPaddingEnd = uint64_t{0x80} << 56;

template <class T>
HWY_INLINE T load_as(const uint8_t* bytes) {
    T value;
    std::memcpy(&value, bytes, sizeof(T));
    return value;
}

/// The `size` < 8 bytes at `bytes` as a word, and behind them the 0x01 that starts the padding.
HWY_INLINE uint64_t load_partial_word(const uint8_t* bytes, size_t size) {
    uint64_t word = uint64_t{1} << (8 * size);
    if (size >= 4) {
        word |= load_as<uint32_t>(bytes);
        word |= uint64_t{load_as<uint32_t>(bytes + size - 4)} << (8 * (size - 4));
    } else if (size != 0) {
        word |= bytes[0];
        word |= uint64_t{bytes[size / 2]} << (8 * (size / 2));
        word |= uint64_t{bytes[size - 1]} << (8 * (size - 1));
    }
    return word;
}

/// The last `size` % 16 of `size` < 136 bytes, then 0x01 and zeros: 16 bytes at `out`.
HWY_INLINE void pad_end(const uint8_t* tail, size_t size, uint8_t* HWY_RESTRICT out) {
    const size_t rest = size % 16;
    const uint8_t* bytes = tail + (size - rest);
    uint64_t words[2] = {0, 0};
    if (rest >= 8) {
        words[0] = load_as<uint64_t>(bytes);
        words[1] = load_partial_word(bytes + 8, rest - 8);
    } else {
        words[0] = load_partial_word(bytes, rest);
    }
#if HWY_TARGET == HWY_SCALAR
    std::memcpy(out, words, 16);
#else
    const hn::CappedTag<uint64_t, 1> d;
    const hn::CappedTag<uint8_t, 16> bytes16;
    const auto both =
        hn::Combine(hn::CappedTag<uint64_t, 2>(), hn::Set(d, words[1]), hn::Set(d, words[0]));
    hn::StoreU(hn::BitCast(bytes16, both), bytes16, out);
#endif
}

/// Writes a message's last block but for `kPaddingEnd`: its `size` < 136 remaining bytes and
/// padding. Each aligned 16 bytes of `block` are written by one store, so that a vector load of
/// them need not wait for the stores to leave the store queue.
HWY_INLINE void pad_block(const uint8_t* tail, size_t size, uint8_t* HWY_RESTRICT block) {
    size_t at = 0;
    for (; at + 32 <= size; at += 32)
        std::memcpy(block + at, tail + at, 32);
    if ((size & 16) != 0) {
        std::memcpy(block + at, tail + at, 16);
        at += 16;
    }
    pad_end(tail, size, block + at);
    for (at += 16; at < kKeccak256Rate; at += 32)
        std::memset(block + at, 0, 32);
}

HWY_INLINE void absorb_block(uint64_t* HWY_RESTRICT state, const uint8_t* block) {
    for (size_t i = 0; i < kRateWords; ++i)
        state[i] ^= load_as<uint64_t>(block + 8 * i);
}

/// One state. Rotations and three-operand logic make AVX-512 faster with one word in a vector than
/// the scalar unit; without them it is the other way round.
HWY_INLINE void permute_one(uint64_t* HWY_RESTRICT state) {
#if HWY_TARGET <= HWY_AVX3
    using D = hn::CappedTag<uint64_t, 1>;
    hn::VFromD<D> words[kKeccakStateWords];
    for_each_word<kKeccakStateWords>([&](auto i)
                                         HWY_ATTR { words[i] = hn::LoadU(D(), state + i); });
    keccak_permute<VectorWord<D>>(words);
    for_each_word<kKeccakStateWords>([&](auto i)
                                         HWY_ATTR { hn::StoreU(words[i], D(), state + i); });
#else
    keccak_permute<ScalarWord>(state);
#endif
}

/// Absorbs the rest of one message into `state` and finishes it.
HWY_INLINE void finish_one(uint64_t* HWY_RESTRICT state, const uint8_t* bytes, size_t size) {
    for (; size >= kKeccak256Rate; bytes += kKeccak256Rate, size -= kKeccak256Rate) {
        absorb_block(state, bytes);
        permute_one(state);
    }
    alignas(64) uint8_t padded[kPaddedBytes];
    pad_block(bytes, size, padded);
    absorb_block(state, padded);
    state[kRateWords - 1] ^= kPaddingEnd;
    permute_one(state);
}

/// Hashes one message. The digest is written last, so it may overlap the message.
HWY_INLINE void hash_message(const uint8_t* bytes, size_t size, uint8_t* digest) {
    alignas(64) uint64_t state[kKeccakStateWords];
    static_assert(kPaddedBytes <= sizeof(state));
    if (size < kKeccak256Rate) {
        pad_block(bytes, size, reinterpret_cast<uint8_t*>(state));
        std::memset(state + kRateWords, 0, sizeof(state) - kKeccak256Rate);
        state[kRateWords - 1] ^= kPaddingEnd;
        permute_one(state);
    } else {
        std::memset(state, 0, sizeof(state));
        finish_one(state, bytes, size);
    }
    std::memcpy(digest, state, kKeccak256Size);
}

/// Hashes the messages that are left one after another.
HWY_INLINE void hash_each(KeccakMessages& batch) {
    for (; batch.next < batch.count; ++batch.next) {
        const std::span<const uint8_t> message = batch.message(batch.next);
        hash_message(message.data(), message.size(), batch.digests + kKeccak256Size * batch.next);
    }
}

}  // namespace HWY_NAMESPACE
}  // namespace switchyard::simd
HWY_AFTER_NAMESPACE();

#endif  // per-target include guard
