// SPDX-License-Identifier: Apache-2.0
// Many messages in the lanes of vectors, one state per lane. Included once per Highway target.

// Per-target include guard, as Highway's -inl.h files have it.
#if defined(SWITCHYARD_SIMD_KECCAK256_LANES_INL_HPP_) == defined(HWY_TARGET_TOGGLE)
#ifdef SWITCHYARD_SIMD_KECCAK256_LANES_INL_HPP_
#undef SWITCHYARD_SIMD_KECCAK256_LANES_INL_HPP_
#else
#define SWITCHYARD_SIMD_KECCAK256_LANES_INL_HPP_
#endif

#include <cstring>

#include <hwy/highway.h>

#include "simd/keccak256_block-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace switchyard::simd {
namespace HWY_NAMESPACE {

/// Moves words between vectors of kWidth lanes and kWidth blocks or digests.
template <size_t kWidth>
struct LaneWords {
    using D = hn::CappedTag<uint64_t, kWidth>;
    using V = hn::VFromD<D>;
    using Half = LaneWords<kWidth / 2>;

    /// The 16 bytes at `offset` of every second block.
    static HWY_INLINE V load_pairs(const uint8_t* const* blocks, size_t offset) {
        if constexpr (kWidth == 2) {
            const hn::CappedTag<uint8_t, 16> bytes;
            return hn::BitCast(D(), hn::LoadU(bytes, blocks[0] + offset));
        } else {
            return hn::Combine(D(), Half::load_pairs(blocks + kWidth / 4, offset),
                               Half::load_pairs(blocks, offset));
        }
    }
    /// The word at `offset` of every block.
    static HWY_INLINE V load_words(const uint8_t* const* blocks, size_t offset) {
        if constexpr (kWidth == 2) {
            const hn::CappedTag<uint8_t, 8> bytes;
            const hn::CappedTag<uint64_t, 1> word;
            return hn::Combine(D(), hn::BitCast(word, hn::LoadU(bytes, blocks[1] + offset)),
                               hn::BitCast(word, hn::LoadU(bytes, blocks[0] + offset)));
        } else {
            return hn::Combine(D(), Half::load_words(blocks + kWidth / 2, offset),
                               Half::load_words(blocks, offset));
        }
    }
    /// Writes each 16 bytes of `pairs` to `offset` of every second digest.
    static HWY_INLINE void store_pairs(V pairs, uint8_t* digests, size_t offset) {
        if constexpr (kWidth == 2) {
            const hn::CappedTag<uint8_t, 16> bytes;
            hn::StoreU(hn::BitCast(bytes, pairs), bytes, digests + offset);
        } else {
            Half::store_pairs(hn::LowerHalf(typename Half::D(), pairs), digests, offset);
            Half::store_pairs(hn::UpperHalf(typename Half::D(), pairs),
                              digests + kWidth / 2 * kKeccak256Size, offset);
        }
    }

    /// Calls `absorb` with the number and the vector of each of the rate's words.
    template <class Absorb>
    static HWY_INLINE void load_blocks(const uint8_t* const* blocks, const Absorb& absorb) {
        const uint8_t* even[kWidth / 2];
        const uint8_t* odd[kWidth / 2];
        for (size_t i = 0; i < kWidth / 2; ++i) {
            even[i] = blocks[2 * i];
            odd[i] = blocks[2 * i + 1];
        }
        for_each_word<kRateWords / 2>([&](auto pair) HWY_ATTR {
            const V a = load_pairs(even, 16 * pair);
            const V b = load_pairs(odd, 16 * pair);
            absorb(2 * pair, hn::InterleaveLower(D(), a, b));
            absorb(2 * pair + 1, hn::InterleaveUpper(D(), a, b));
        });
        absorb(kRateWords - 1, load_words(blocks, 8 * (kRateWords - 1)));
    }
    /// Writes each 16 bytes of `pairs` to `offset` of its digest.
    static HWY_INLINE void store_pairs(V pairs, uint8_t* const* digests, size_t offset) {
        if constexpr (kWidth == 2) {
            const hn::CappedTag<uint8_t, 16> bytes;
            hn::StoreU(hn::BitCast(bytes, pairs), bytes, digests[0] + offset);
        } else {
            Half::store_pairs(hn::LowerHalf(typename Half::D(), pairs), digests, offset);
            Half::store_pairs(hn::UpperHalf(typename Half::D(), pairs), digests + kWidth / 4,
                              offset);
        }
    }

    /// Writes kWidth digests one after another.
    static HWY_INLINE void store_digests(const V* words, uint8_t* digests) {
        for_each_word<2>([&](auto pair) HWY_ATTR {
            const V a = words[2 * pair];
            const V b = words[2 * pair + 1];
            store_pairs(hn::InterleaveLower(D(), a, b), digests, 16 * pair);
            store_pairs(hn::InterleaveUpper(D(), a, b), digests + kKeccak256Size, 16 * pair);
        });
    }
    /// Writes kWidth digests, each to its place.
    static HWY_INLINE void store_digests(const V* words, uint8_t* const* digests) {
        uint8_t* even[kWidth / 2];
        uint8_t* odd[kWidth / 2];
        for (size_t i = 0; i < kWidth / 2; ++i) {
            even[i] = digests[2 * i];
            odd[i] = digests[2 * i + 1];
        }
        for_each_word<2>([&](auto pair) HWY_ATTR {
            const V a = words[2 * pair];
            const V b = words[2 * pair + 1];
            store_pairs(hn::InterleaveLower(D(), a, b), even, 16 * pair);
            store_pairs(hn::InterleaveUpper(D(), a, b), odd, 16 * pair);
        });
    }
};

/// The block of an idle lane.
alignas(64) inline constexpr uint8_t kIdleBlock[kPaddedBytes] = {};

/// The messages in the lanes of one vector, and how far they are.
template <size_t kWidth>
struct Lanes {
    using Words = LaneWords<kWidth>;
    using D = typename Words::D;
    using V = typename Words::V;

    KeccakMessages* batch;
    /// Lanes that hold a message.
    size_t active;
    const uint8_t* bytes[kWidth];
    size_t remaining[kWidth];
    /// `batch->count` for an idle lane.
    size_t index[kWidth];
    /// All ones from a message's second block on; zero clears what the last message left.
    alignas(64) uint64_t keep[kWidth];
    /// The block to absorb now; `kPaddingEnd` where it is the message's last.
    alignas(64) uint64_t padding_end[kWidth];
    const uint8_t* block[kWidth];
    alignas(64) uint64_t state[kKeccakStateWords * kWidth];
    alignas(64) uint8_t padded[kWidth][kPaddedBytes];

    explicit HWY_INLINE Lanes(KeccakMessages* of) : batch(of), active(0) {
        std::memset(state, 0, sizeof(state));
        for (size_t lane = 0; lane < kWidth; ++lane)
            take_message(lane);
    }
    /// Takes over the active lanes of a wider vector; there must be at most kWidth.
    template <size_t kWider>
    explicit HWY_INLINE Lanes(const Lanes<kWider>& from) : batch(from.batch), active(0) {
        std::memset(state, 0, sizeof(state));
        for (size_t lane = 0; lane < kWider; ++lane) {
            if (from.idle(lane)) continue;
            bytes[active] = from.bytes[lane];
            remaining[active] = from.remaining[lane];
            index[active] = from.index[lane];
            keep[active] = from.keep[lane];
            padding_end[active] = 0;
            for (size_t i = 0; i < kKeccakStateWords; ++i)
                state[kWidth * i + active] = from.state[kWider * i + lane];
            ++active;
        }
        for (size_t lane = active; lane < kWidth; ++lane)
            take_message(lane);
    }

    /// Gives `lane` the next message, or leaves it idle.
    HWY_INLINE void take_message(size_t lane) {
        keep[lane] = 0;
        padding_end[lane] = 0;
        block[lane] = kIdleBlock;
        index[lane] = batch->next;
        if (batch->next == batch->count) return;
        const std::span<const uint8_t> message = batch->message(batch->next++);
        bytes[lane] = message.data();
        remaining[lane] = message.size();
        ++active;
    }
    [[nodiscard]] HWY_INLINE bool idle(size_t lane) const { return index[lane] == batch->count; }

    HWY_INLINE void choose_block(size_t lane) {
        if (idle(lane)) return;
        if (remaining[lane] < kKeccak256Rate) {
            pad_block(bytes[lane], remaining[lane], padded[lane]);
            block[lane] = padded[lane];
            padding_end[lane] = kPaddingEnd;
        } else {
            block[lane] = bytes[lane];
            bytes[lane] += kKeccak256Rate;
            remaining[lane] -= kKeccak256Rate;
        }
    }

    HWY_INLINE void permute_blocks() {
        const V mask = hn::Load(D(), keep);
        V words[kKeccakStateWords];
        for_each_word<kKeccakStateWords>(
            [&](auto i) HWY_ATTR { words[i] = hn::And(hn::Load(D(), state + kWidth * i), mask); });
        Words::load_blocks(block,
                           [&](auto i, V value) HWY_ATTR { words[i] = hn::Xor(words[i], value); });
        words[kRateWords - 1] = hn::Xor(words[kRateWords - 1], hn::Load(D(), padding_end));
        keccak_permute<VectorWord<D>>(words);
        for_each_word<kKeccakStateWords>(
            [&](auto i) HWY_ATTR { hn::Store(words[i], D(), state + kWidth * i); });
    }

    /// Hands out the digest of a message that ended, and takes the next one.
    HWY_INLINE void finish_block(size_t lane) {
        keep[lane] = ~uint64_t{0};
        if (padding_end[lane] == 0) return;
        uint64_t digest[4];
        for (size_t i = 0; i < 4; ++i)
            digest[i] = state[kWidth * i + lane];
        std::memcpy(batch->digests + kKeccak256Size * index[lane], digest, kKeccak256Size);
        --active;
        take_message(lane);
    }

    /// Hashes until no message waits and at most `left` lanes are active.
    HWY_INLINE void run(size_t left) {
        while (active > left) {
            for (size_t lane = 0; lane < kWidth; ++lane)
                choose_block(lane);
            permute_blocks();
            for (size_t lane = 0; lane < kWidth; ++lane)
                finish_block(lane);
        }
    }

    /// Finishes the messages that are left one by one.
    HWY_INLINE void finish_each() {
        for (size_t lane = 0; lane < kWidth; ++lane) {
            if (idle(lane)) continue;
            uint64_t single[kKeccakStateWords];
            for (size_t i = 0; i < kKeccakStateWords; ++i)
                single[i] = state[kWidth * i + lane] & keep[lane];
            finish_one(single, bytes[lane], remaining[lane]);
            std::memcpy(batch->digests + kKeccak256Size * index[lane], single, kKeccak256Size);
        }
    }
};

/// Hashes groups of kWidth messages of one block each in registers, while the batch begins with
/// such a group.
template <size_t kWidth>
HWY_INLINE void hash_short_messages(KeccakMessages& batch) {
    using Words = LaneWords<kWidth>;
    using D = typename Words::D;
    using V = typename Words::V;
    alignas(64) uint8_t padded[kWidth][kPaddedBytes];
    const uint8_t* blocks[kWidth];
    for (size_t lane = 0; lane < kWidth; ++lane)
        blocks[lane] = padded[lane];
    for (; batch.count - batch.next >= kWidth; batch.next += kWidth) {
        for (size_t lane = 0; lane < kWidth; ++lane) {
            const std::span<const uint8_t> message = batch.message(batch.next + lane);
            if (message.size() >= kKeccak256Rate) return;
            pad_block(message.data(), message.size(), padded[lane]);
        }
        V words[kKeccakStateWords];
        for_each_word<kKeccakStateWords>([&](auto i) HWY_ATTR { words[i] = hn::Zero(D()); });
        Words::load_blocks(blocks, [&](auto i, V value) HWY_ATTR { words[i] = value; });
        words[kRateWords - 1] = hn::Xor(words[kRateWords - 1], hn::Set(D(), kPaddingEnd));
        keccak_permute<VectorWord<D>>(words);
        Words::store_digests(words, batch.digests + kKeccak256Size * batch.next);
    }
}

}  // namespace HWY_NAMESPACE
}  // namespace switchyard::simd
HWY_AFTER_NAMESPACE();

#endif  // per-target include guard
