// SPDX-License-Identifier: Apache-2.0
#include "simd/keccak256_ref.hpp"

#include <bit>
#include <cstddef>

namespace switchyard::simd::ref {
namespace {

constexpr size_t kRounds = 24;
constexpr size_t kRate = 136;

constexpr size_t at(size_t x, size_t y) {
    return (x % 5) + 5 * (y % 5);
}

/// Bit t of the shift register x^8 + x^6 + x^5 + x^4 + 1 that fills the round constants.
constexpr bool shift_register_bit(size_t t) {
    unsigned r = 1;
    for (size_t i = 0; i < t % 255; ++i) {
        r <<= 1;
        if (r & 0x100) r ^= 0x171;
    }
    return (r & 1) != 0;
}

constexpr std::array<uint64_t, kRounds> make_round_constants() {
    std::array<uint64_t, kRounds> constants{};
    for (size_t round = 0; round < kRounds; ++round)
        for (size_t j = 0; j <= 6; ++j)
            if (shift_register_bit(j + 7 * round))
                constants[round] |= uint64_t{1} << ((size_t{1} << j) - 1);
    return constants;
}

constexpr std::array<int, 25> make_rotations() {
    std::array<int, 25> rotations{};
    size_t x = 1;
    size_t y = 0;
    for (size_t t = 0; t < 24; ++t) {
        rotations[at(x, y)] = static_cast<int>(((t + 1) * (t + 2) / 2) % 64);
        const size_t next_y = (2 * x + 3 * y) % 5;
        x = y;
        y = next_y;
    }
    return rotations;
}

constexpr auto kRoundConstants = make_round_constants();
constexpr auto kRotations = make_rotations();
static_assert(kRoundConstants[0] == 1 && kRoundConstants[23] == 0x8000000080008008);
static_assert(kRotations[at(4, 4)] == 14);

}  // namespace

void keccak_f1600(std::span<uint64_t, 25> a) {
    for (size_t round = 0; round < kRounds; ++round) {
        uint64_t c[5];
        for (size_t x = 0; x < 5; ++x)
            c[x] = a[at(x, 0)] ^ a[at(x, 1)] ^ a[at(x, 2)] ^ a[at(x, 3)] ^ a[at(x, 4)];
        for (size_t x = 0; x < 5; ++x)
            for (size_t y = 0; y < 5; ++y)
                a[at(x, y)] ^= c[(x + 4) % 5] ^ std::rotl(c[(x + 1) % 5], 1);

        uint64_t b[25];
        for (size_t x = 0; x < 5; ++x)
            for (size_t y = 0; y < 5; ++y)
                b[at(y, 2 * x + 3 * y)] = std::rotl(a[at(x, y)], kRotations[at(x, y)]);

        for (size_t x = 0; x < 5; ++x)
            for (size_t y = 0; y < 5; ++y)
                a[at(x, y)] = b[at(x, y)] ^ (~b[at(x + 1, y)] & b[at(x + 2, y)]);

        a[0] ^= kRoundConstants[round];
    }
}

std::array<uint8_t, 32> keccak256(std::span<const uint8_t> message) {
    std::array<uint64_t, 25> state{};
    const auto absorb = [&](size_t position, uint8_t byte) {
        state[position / 8] ^= uint64_t{byte} << (8 * (position % 8));
    };
    size_t position = 0;
    for (const uint8_t byte : message) {
        absorb(position, byte);
        if (++position == kRate) {
            keccak_f1600(state);
            position = 0;
        }
    }
    absorb(position, 0x01);
    absorb(kRate - 1, 0x80);
    keccak_f1600(state);

    std::array<uint8_t, 32> digest{};
    for (size_t i = 0; i < digest.size(); ++i)
        digest[i] = static_cast<uint8_t>(state[i / 8] >> (8 * (i % 8)));
    return digest;
}

}  // namespace switchyard::simd::ref
