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

    constexpr auto operator<=>(const FixedBytes&) const = default;

    [[nodiscard]] constexpr const uint8_t* data() const { return bytes.data(); }
    [[nodiscard]] constexpr uint8_t* data() { return bytes.data(); }
    [[nodiscard]] static constexpr size_t size() { return N; }
    [[nodiscard]] constexpr uint8_t& operator[](size_t i) { return bytes[i]; }
    [[nodiscard]] constexpr uint8_t operator[](size_t i) const { return bytes[i]; }
    [[nodiscard]] constexpr auto begin() const { return bytes.begin(); }
    [[nodiscard]] constexpr auto end() const { return bytes.end(); }
    [[nodiscard]] constexpr auto begin() { return bytes.begin(); }
    [[nodiscard]] constexpr auto end() { return bytes.end(); }

    [[nodiscard]] constexpr bool is_zero() const {
        for (const uint8_t b : bytes)
            if (b != 0) return false;
        return true;
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
    while (size != 0) {
        const size_t step = size < 8 ? size : 8;
        uint64_t word = 0;
        std::memcpy(&word, data, step);
        h = fold(h ^ word ^ 0xa0761d6478bd642fULL, 0xe7037ed1a0b428dbULL ^ h);
        data += step;
        size -= step;
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
