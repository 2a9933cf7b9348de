// SPDX-License-Identifier: Apache-2.0
#include "host/precompiles/blake2f.hpp"

#include <array>
#include <bit>
#include <cstring>

namespace switchyard::precompiles {
namespace {

static_assert(std::endian::native == std::endian::little, "words are loaded as they lie in memory");

using Words16 = std::array<uint64_t, 16>;

/// RFC 7693, section 2.6: the first 64 bits of the fractional parts of the square roots of the
/// first eight primes.
constexpr std::array<uint64_t, 8> kIv = {0x6a09e667f3bcc908, 0xbb67ae8584caa73b, 0x3c6ef372fe94f82b,
                                         0xa54ff53a5f1d36f1, 0x510e527fade682d1, 0x9b05688c2b3e6c1f,
                                         0x1f83d9abfb41bd6b, 0x5be0cd19137e2179};

/// RFC 7693, section 2.7: the message schedule; rounds 10 and up start again at the first row.
constexpr std::array<std::array<uint8_t, 16>, 10> kSigma = {{
    {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15},
    {14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3},
    {11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4},
    {7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8},
    {9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13},
    {2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9},
    {12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11},
    {13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10},
    {6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5},
    {10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0},
}};

/// RFC 7693, section 3.1: the mixing function G.
inline void mix(uint64_t& a, uint64_t& b, uint64_t& c, uint64_t& d, uint64_t x, uint64_t y) {
    a += b + x;
    d = std::rotr(d ^ a, 32);
    c += d;
    b = std::rotr(b ^ c, 24);
    a += b + y;
    d = std::rotr(d ^ a, 16);
    c += d;
    b = std::rotr(b ^ c, 63);
}

template <size_t Row>
inline void round(Words16& v, const Words16& m) {
    constexpr const auto& s = kSigma[Row];
    mix(v[0], v[4], v[8], v[12], m[s[0]], m[s[1]]);
    mix(v[1], v[5], v[9], v[13], m[s[2]], m[s[3]]);
    mix(v[2], v[6], v[10], v[14], m[s[4]], m[s[5]]);
    mix(v[3], v[7], v[11], v[15], m[s[6]], m[s[7]]);
    mix(v[0], v[5], v[10], v[15], m[s[8]], m[s[9]]);
    mix(v[1], v[6], v[11], v[12], m[s[10]], m[s[11]]);
    mix(v[2], v[7], v[8], v[13], m[s[12]], m[s[13]]);
    mix(v[3], v[4], v[9], v[14], m[s[14]], m[s[15]]);
}

/// All rounds. Rows are template parameters, because a schedule known at compile time is what makes
/// a round cheap, and the caller chooses up to 2^32 - 1 rounds.
void run_rounds(Words16& v, const Words16& m, uint32_t rounds) {
    uint32_t left = rounds;
    for (;;) {
#define SWITCHYARD_BLAKE2_ROUND(row) \
    if (left-- == 0) return;         \
    round<row>(v, m)
        SWITCHYARD_BLAKE2_ROUND(0);
        SWITCHYARD_BLAKE2_ROUND(1);
        SWITCHYARD_BLAKE2_ROUND(2);
        SWITCHYARD_BLAKE2_ROUND(3);
        SWITCHYARD_BLAKE2_ROUND(4);
        SWITCHYARD_BLAKE2_ROUND(5);
        SWITCHYARD_BLAKE2_ROUND(6);
        SWITCHYARD_BLAKE2_ROUND(7);
        SWITCHYARD_BLAKE2_ROUND(8);
        SWITCHYARD_BLAKE2_ROUND(9);
#undef SWITCHYARD_BLAKE2_ROUND
    }
}

}  // namespace

bool blake2f_run(BytesView input, Bytes& out) {
    if (input.size() != kBlake2fInputBytes) return false;
    const uint8_t flag = input[212];
    if (flag > 1) return false;

    const uint32_t rounds = static_cast<uint32_t>(input[0]) << 24 |
                            static_cast<uint32_t>(input[1]) << 16 |
                            static_cast<uint32_t>(input[2]) << 8 | static_cast<uint32_t>(input[3]);
    std::array<uint64_t, 8> h;
    Words16 m;
    std::array<uint64_t, 2> offset;
    std::memcpy(h.data(), input.data() + 4, sizeof h);
    std::memcpy(m.data(), input.data() + 68, sizeof m);
    std::memcpy(offset.data(), input.data() + 196, sizeof offset);

    Words16 v;
    std::copy(h.begin(), h.end(), v.begin());
    std::copy(kIv.begin(), kIv.end(), v.begin() + 8);
    v[12] ^= offset[0];
    v[13] ^= offset[1];
    if (flag == 1) v[14] = ~v[14];
    run_rounds(v, m, rounds);
    for (size_t i = 0; i < 8; ++i)
        h[i] ^= v[i] ^ v[i + 8];

    const size_t start = out.size();
    out.resize(start + sizeof h);
    std::memcpy(out.data() + start, h.data(), sizeof h);
    return true;
}

}  // namespace switchyard::precompiles
