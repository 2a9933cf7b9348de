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

#if HWY_TARGET == HWY_SCALAR

void hash_batch(const std::span<const uint8_t>* messages, size_t count, uint8_t* digests) {
    for (size_t i = 0; i < count; ++i)
        hash_one(messages[i].data(), messages[i].size(), digests + kKeccak256Size * i);
}

void permute_batch(uint64_t* words, size_t states) {
    for (size_t i = 0; i < states; ++i)
        permute_one(words + kKeccakStateWords * i);
}

#else

using Vec = hn::VFromD<Tag>;
constexpr size_t kLanes = hn::MaxLanes(Tag());

/// 16 bytes from each of kLanes / 2 blocks, every second one from `first` on, in block order.
template <size_t kBytes>
struct GatherHalves {
    template <class D = hn::CappedTag<uint64_t, kBytes / 8>>
    static HWY_INLINE hn::VFromD<D> load(const uint8_t* const* blocks, size_t offset) {
        if constexpr (kBytes == 16) {
            const hn::CappedTag<uint8_t, 16> bytes;
            return hn::BitCast(D(), hn::LoadU(bytes, blocks[0] + offset));
        } else {
            using Half = GatherHalves<kBytes / 2>;
            return hn::Combine(D(), Half::load(blocks + kBytes / 32, offset),
                               Half::load(blocks, offset));
        }
    }
};

/// The vector lanes of a batch: which message each one hashes, and its next block.
struct Lanes {
    const std::span<const uint8_t>* messages;
    size_t count;
    /// The next message that no vector lane has taken.
    size_t next;
    /// Vector lanes that hold a message.
    size_t active;
    const uint8_t* bytes[kLanes];
    size_t remaining[kLanes];
    /// `count` for an idle vector lane.
    size_t index[kLanes];
    /// All ones from a message's second block on; zero clears what the last message left.
    alignas(64) uint64_t keep[kLanes];
    /// The block to absorb now, and whether it is the message's last.
    const uint8_t* block[kLanes];
    bool last[kLanes];
    uint8_t padded[kLanes][kKeccak256Rate];
};

/// Gives vector lane `lane` the next message, or leaves it idle on a block of its own.
HWY_INLINE void take_message(Lanes& lanes, size_t lane) {
    lanes.keep[lane] = 0;
    if (lanes.next == lanes.count) {
        lanes.index[lane] = lanes.count;
        lanes.bytes[lane] = nullptr;
        lanes.remaining[lane] = 0;
        lanes.block[lane] = lanes.padded[lane];
        lanes.last[lane] = false;
        return;
    }
    const std::span<const uint8_t> message = lanes.messages[lanes.next];
    lanes.index[lane] = lanes.next++;
    lanes.bytes[lane] = message.data();
    lanes.remaining[lane] = message.size();
    ++lanes.active;
}

HWY_INLINE void choose_block(Lanes& lanes, size_t lane) {
    if (lanes.index[lane] == lanes.count) return;
    lanes.last[lane] = lanes.remaining[lane] < kKeccak256Rate;
    if (lanes.last[lane]) {
        pad_block(lanes.bytes[lane], lanes.remaining[lane], lanes.padded[lane]);
        lanes.block[lane] = lanes.padded[lane];
    } else {
        lanes.block[lane] = lanes.bytes[lane];
        lanes.bytes[lane] += kKeccak256Rate;
        lanes.remaining[lane] -= kKeccak256Rate;
    }
}

/// XORs each vector lane's block into its state, clearing the states of new messages.
HWY_INLINE void absorb_blocks(const Lanes& lanes, uint64_t* HWY_RESTRICT state) {
    const Tag d;
    const uint8_t* even[kLanes / 2];
    const uint8_t* odd[kLanes / 2];
    for (size_t i = 0; i < kLanes / 2; ++i) {
        even[i] = lanes.block[2 * i];
        odd[i] = lanes.block[2 * i + 1];
    }
    const Vec keep = hn::Load(d, lanes.keep);
    const auto absorb = [&](size_t word, Vec value) HWY_ATTR {
        uint64_t* HWY_RESTRICT target = state + kLanes * word;
        hn::Store(hn::Xor(hn::And(hn::Load(d, target), keep), value), d, target);
    };
    using Halves = GatherHalves<8 * kLanes>;
    for (size_t word = 0; word + 1 < kRateWords; word += 2) {
        const Vec a = Halves::load(even, 8 * word);
        const Vec b = Halves::load(odd, 8 * word);
        absorb(word, hn::InterleaveLower(d, a, b));
        absorb(word + 1, hn::InterleaveUpper(d, a, b));
    }
    const size_t before_last = 8 * (kRateWords - 2);
    absorb(kRateWords - 1,
           hn::InterleaveUpper(d, Halves::load(even, before_last), Halves::load(odd, before_last)));
    for (size_t word = kRateWords; word < kKeccakStateWords; ++word)
        absorb(word, hn::Zero(d));
}

HWY_INLINE void permute_lanes(uint64_t* HWY_RESTRICT state) {
    const Tag d;
    Vec words[kKeccakStateWords];
    for (size_t i = 0; i < kKeccakStateWords; ++i)
        words[i] = hn::Load(d, state + kLanes * i);
    keccak_permute<VectorWord<Tag>>(words);
    for (size_t i = 0; i < kKeccakStateWords; ++i)
        hn::Store(words[i], d, state + kLanes * i);
}

/// Finishes the one message left by the scalar permutation, which is faster for a single state.
void finish_last_message(const Lanes& lanes, const uint64_t* state, uint8_t* digests) {
    for (size_t lane = 0; lane < kLanes; ++lane) {
        if (lanes.index[lane] == lanes.count) continue;
        uint64_t single[kKeccakStateWords];
        for (size_t i = 0; i < kKeccakStateWords; ++i)
            single[i] = state[kLanes * i + lane] & lanes.keep[lane];
        finish_one(single, lanes.bytes[lane], lanes.remaining[lane]);
        std::memcpy(digests + kKeccak256Size * lanes.index[lane], single, kKeccak256Size);
    }
}

void hash_batch(const std::span<const uint8_t>* messages, size_t count, uint8_t* digests) {
    Lanes lanes;
    lanes.messages = messages;
    lanes.count = count;
    lanes.next = 0;
    lanes.active = 0;
    std::memset(lanes.padded, 0, sizeof(lanes.padded));
    alignas(64) uint64_t state[kKeccakStateWords * kLanes] = {};
    for (size_t lane = 0; lane < kLanes; ++lane)
        take_message(lanes, lane);

    while (lanes.active > 1) {
        for (size_t lane = 0; lane < kLanes; ++lane)
            choose_block(lanes, lane);
        absorb_blocks(lanes, state);
        permute_lanes(state);
        for (size_t lane = 0; lane < kLanes; ++lane) {
            lanes.keep[lane] = ~uint64_t{0};
            if (!lanes.last[lane]) continue;
            uint64_t digest[4];
            for (size_t i = 0; i < 4; ++i)
                digest[i] = state[kLanes * i + lane];
            std::memcpy(digests + kKeccak256Size * lanes.index[lane], digest, kKeccak256Size);
            --lanes.active;
            take_message(lanes, lane);
        }
    }
    if (lanes.active == 1) finish_last_message(lanes, state, digests);
}

void permute_batch(uint64_t* words, size_t states) {
    alignas(64) uint64_t state[kKeccakStateWords * kLanes] = {};
    for (size_t begin = 0; begin < states; begin += kLanes) {
        const size_t used = HWY_MIN(kLanes, states - begin);
        uint64_t* first = words + kKeccakStateWords * begin;
        for (size_t lane = 0; lane < used; ++lane)
            for (size_t i = 0; i < kKeccakStateWords; ++i)
                state[kLanes * i + lane] = first[kKeccakStateWords * lane + i];
        permute_lanes(state);
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
