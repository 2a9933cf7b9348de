// SPDX-License-Identifier: Apache-2.0
// Points in rows of 64 bytes, one row per vector lane, loaded and stored by transposition: it takes
// a fraction of the time of gathering word by word (vpgatherqq) on the CPUs that were measured.
// Included once per Highway target, after a field.

namespace switchyard::simd {
namespace HWY_NAMESPACE {

#if HWY_MAX_BYTES == 32
/// The 128-bit blocks a0 b0 and a1 b1 of a = a0 a1, b = b0 b1.
SWITCHYARD_SIMD_FIELD_INLINE void exchange_blocks(Vec a, Vec b, Vec& first, Vec& second) {
    first = hn::ConcatLowerLower(Tag(), b, a);
    second = hn::ConcatUpperUpper(Tag(), b, a);
}
#elif HWY_MAX_BYTES == 64
/// The same in both halves of 256 bits.
SWITCHYARD_SIMD_FIELD_INLINE void exchange_blocks(Vec a, Vec b, Vec& first, Vec& second) {
    first = hn::OddEvenBlocks(hn::SwapAdjacentBlocks(b), a);
    second = hn::OddEvenBlocks(b, hn::SwapAdjacentBlocks(a));
}
#endif

/// words[w] = word w of the four words at rows[i], for each vector lane i.
SWITCHYARD_SIMD_FIELD_INLINE void load_rows(const uint64_t* const* rows, Vec* HWY_RESTRICT words) {
    const Tag d;
#if HWY_TARGET == HWY_SCALAR
    for (size_t w = 0; w < 4; ++w)
        words[w] = hn::LoadU(d, rows[0] + w);
#elif HWY_MAX_BYTES == 16
    for (size_t w = 0; w < 4; w += 2) {
        const Vec a = hn::LoadU(d, rows[0] + w);
        const Vec b = hn::LoadU(d, rows[1] + w);
        words[w] = hn::InterleaveLower(d, a, b);
        words[w + 1] = hn::InterleaveUpper(d, a, b);
    }
#else
    // With 512 bits, rows i and i + 4 share a vector.
    Vec v[4];
    for (size_t i = 0; i < 4; ++i) {
#if HWY_MAX_BYTES == 64
        const hn::Half<Tag> half;
        v[i] = hn::Combine(d, hn::LoadU(half, rows[i + 4]), hn::LoadU(half, rows[i]));
#else
        v[i] = hn::LoadU(d, rows[i]);
#endif
    }
    exchange_blocks(hn::InterleaveLower(d, v[0], v[1]), hn::InterleaveLower(d, v[2], v[3]),
                    words[0], words[2]);
    exchange_blocks(hn::InterleaveUpper(d, v[0], v[1]), hn::InterleaveUpper(d, v[2], v[3]),
                    words[1], words[3]);
#endif
}

/// The inverse of load_rows().
SWITCHYARD_SIMD_FIELD_INLINE void store_rows(const Vec* HWY_RESTRICT words, uint64_t* const* rows) {
    const Tag d;
#if HWY_TARGET == HWY_SCALAR
    for (size_t w = 0; w < 4; ++w)
        hn::StoreU(words[w], d, rows[0] + w);
#elif HWY_MAX_BYTES == 16
    for (size_t w = 0; w < 4; w += 2) {
        hn::StoreU(hn::InterleaveLower(d, words[w], words[w + 1]), d, rows[0] + w);
        hn::StoreU(hn::InterleaveUpper(d, words[w], words[w + 1]), d, rows[1] + w);
    }
#else
    Vec v[4];
    exchange_blocks(hn::InterleaveLower(d, words[0], words[1]),
                    hn::InterleaveLower(d, words[2], words[3]), v[0], v[2]);
    exchange_blocks(hn::InterleaveUpper(d, words[0], words[1]),
                    hn::InterleaveUpper(d, words[2], words[3]), v[1], v[3]);
    for (size_t i = 0; i < 4; ++i) {
#if HWY_MAX_BYTES == 64
        const hn::Half<Tag> half;
        hn::StoreU(hn::LowerHalf(half, v[i]), half, rows[i]);
        hn::StoreU(hn::UpperHalf(half, v[i]), half, rows[i + 4]);
#else
        hn::StoreU(v[i], d, rows[i]);
#endif
    }
#endif
}

/// The element of four words of 64 bits, least significant first: any value below 2^256.
SWITCHYARD_SIMD_FIELD_INLINE Field unpack(const Vec* words) {
    const Vec mask = hn::Set(Tag(), (uint64_t{1} << 52) - 1);
    const Vec five[5] = {
        hn::And(words[0], mask),
        hn::And(hn::Or(hn::ShiftRight<52>(words[0]), hn::ShiftLeft<12>(words[1])), mask),
        hn::And(hn::Or(hn::ShiftRight<40>(words[1]), hn::ShiftLeft<24>(words[2])), mask),
        hn::And(hn::Or(hn::ShiftRight<28>(words[2]), hn::ShiftLeft<36>(words[3])), mask),
        hn::ShiftRight<16>(words[3]),
    };
    return from_words(five);
}

/// The inverse of unpack(), for what shrink() or normalize() gave.
SWITCHYARD_SIMD_FIELD_INLINE void pack(const Field& a, Vec* HWY_RESTRICT words) {
    Vec five[5];
    to_words(a, five);
    words[0] = hn::Or(five[0], hn::ShiftLeft<52>(five[1]));
    words[1] = hn::Or(hn::ShiftRight<12>(five[1]), hn::ShiftLeft<40>(five[2]));
    words[2] = hn::Or(hn::ShiftRight<24>(five[2]), hn::ShiftLeft<28>(five[3]));
    words[3] = hn::Or(hn::ShiftRight<36>(five[3]), hn::ShiftLeft<16>(five[4]));
}

/// x and y of a point per vector lane: rows[i] for vector lane i. Rows may be equal.
HWY_INLINE void load_points(const PackedPoint* const* rows, Field& x, Field& y) {
    const uint64_t* halves[2][kVectorLanes];
    for (size_t i = 0; i < kVectorLanes; ++i) {
        halves[0][i] = rows[i]->x;
        halves[1][i] = rows[i]->y;
    }
    Vec words[4];
    load_rows(halves[0], words);
    x = unpack(words);
    load_rows(halves[1], words);
    y = unpack(words);
}

/// The inverse of load_points(); x and y must come from shrink() or normalize().
HWY_INLINE void store_points(const Field& x, const Field& y, PackedPoint* const* rows) {
    uint64_t* halves[2][kVectorLanes];
    for (size_t i = 0; i < kVectorLanes; ++i) {
        halves[0][i] = rows[i]->x;
        halves[1][i] = rows[i]->y;
    }
    Vec words[4];
    pack(x, words);
    store_rows(words, halves[0]);
    pack(y, words);
    store_rows(words, halves[1]);
}

}  // namespace HWY_NAMESPACE
}  // namespace switchyard::simd
