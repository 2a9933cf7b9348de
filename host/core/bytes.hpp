// SPDX-License-Identifier: Apache-2.0
// Byte strings and the fixed-size values of the protocol: addresses, hashes, storage keys and
// words.
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace switchyard {

using Bytes = std::vector<uint8_t>;
using BytesView = std::span<const uint8_t>;

/// `N` bytes, big-endian where they stand for a number. Value-initialised to zero. Trivially
/// copyable. A contiguous range, so that it converts to `BytesView`.
template <size_t N>
struct FixedBytes {
    static constexpr size_t kSize = N;
    std::array<uint8_t, N> bytes{};

    // Word by word: g++ calls memcmp for a comparison of arrays.
    constexpr bool operator==(const FixedBytes& other) const {
        if (std::is_constant_evaluated()) return bytes == other.bytes;
        uint64_t difference = 0;
        for (size_t i = 0; i < N; i += 8)
            difference |= word_at(i) ^ other.word_at(i);
        return difference == 0;
    }
    /// The order of the bytes, and so of big-endian numbers.
    constexpr std::strong_ordering operator<=>(const FixedBytes& other) const {
        if (std::is_constant_evaluated()) return bytes <=> other.bytes;
        for (size_t i = 0; i < N; i += 8) {
            const uint64_t a = __builtin_bswap64(word_at(i));
            const uint64_t b = __builtin_bswap64(other.word_at(i));
            if (a != b) return a <=> b;
        }
        return std::strong_ordering::equal;
    }

    [[nodiscard]] constexpr const uint8_t* data() const { return bytes.data(); }
    [[nodiscard]] constexpr uint8_t* data() { return bytes.data(); }
    [[nodiscard]] static constexpr size_t size() { return N; }
    [[nodiscard]] constexpr uint8_t& operator[](size_t i) { return bytes[i]; }
    [[nodiscard]] constexpr uint8_t operator[](size_t i) const { return bytes[i]; }
    [[nodiscard]] constexpr auto begin() const { return bytes.begin(); }
    [[nodiscard]] constexpr auto end() const { return bytes.end(); }
    [[nodiscard]] constexpr auto begin() { return bytes.begin(); }
    [[nodiscard]] constexpr auto end() { return bytes.end(); }

    [[nodiscard]] constexpr bool is_zero() const { return *this == FixedBytes{}; }

  private:
    /// The bytes from i on, at most eight and those behind the end zero, as a little-endian word.
    [[nodiscard]] uint64_t word_at(size_t i) const {
        uint64_t word = 0;
        if (i + 8 <= N) {
            std::memcpy(&word, bytes.data() + i, 8);
        } else {
            std::memcpy(&word, bytes.data() + i, N % 8);
        }
        return word;
    }
};

using Address = FixedBytes<20>;
using Bytes32 = FixedBytes<32>;  ///< a hash, a storage key or a 256-bit word in big-endian order
using LogsBloom = FixedBytes<256>;

/// Copies `view` into `N` bytes. Precondition: `view.size() == N`.
template <size_t N>
[[nodiscard]] inline FixedBytes<N> fixed_bytes_unchecked(BytesView view) {
    FixedBytes<N> out;
    std::memcpy(out.data(), view.data(), N);
    return out;
}

[[nodiscard]] inline Bytes to_bytes(BytesView view) {
    return {view.begin(), view.end()};
}
[[nodiscard]] inline bool equal(BytesView a, BytesView b) {
    return a.size() == b.size() && (a.empty() || std::memcmp(a.data(), b.data(), a.size()) == 0);
}

/// For hash tables inside one process, never for the wire or a file. Mixes all bytes (a sender can
/// choose the low bytes of an address or a slot, so that taking eight of them would let anybody
/// craft collisions).
[[nodiscard]] inline uint64_t mix_bytes(const uint8_t* data, size_t size, uint64_t seed) {
    const auto fold = [](uint64_t a, uint64_t b) {
        const auto product = static_cast<unsigned __int128>(a) * b;
        return static_cast<uint64_t>(product) ^ static_cast<uint64_t>(product >> 64);
    };
    uint64_t h = seed ^ 0x9e3779b97f4a7c15ULL;
    const auto mix = [&h, fold](uint64_t word) {
        h = fold(h ^ word ^ 0xa0761d6478bd642fULL, 0xe7037ed1a0b428dbULL ^ h);
    };
    // Sizes are constants where this is inlined: whole words and the tail as loads, no loop.
    for (; size >= 8; data += 8, size -= 8) {
        uint64_t word = 0;
        std::memcpy(&word, data, 8);
        mix(word);
    }
    if (size != 0) {
        uint64_t word = 0;
        std::memcpy(&word, data, size);
        mix(word);
    }
    return h;
}

/// A seed drawn from the operating system once per process, for `mix_bytes`.
[[nodiscard]] uint64_t process_hash_seed();

/// For code that has to look up fixed bytes in the standard containers.
struct FixedBytesHash {
    template <size_t N>
    size_t operator()(const FixedBytes<N>& value) const {
        static const uint64_t seed = process_hash_seed();
        return mix_bytes(value.data(), N, seed);
    }
};

}  // namespace switchyard

template <size_t N>
struct std::hash<switchyard::FixedBytes<N>> : switchyard::FixedBytesHash {};
