// SPDX-License-Identifier: Apache-2.0
// Points from their x and the parity of y, one per vector lane. Included once per Highway target,
// after the curve.

namespace switchyard::simd {
namespace HWY_NAMESPACE {

/// Elements of vector lanes from and to columns: word i of element k at words[i][k].
template <size_t kColumns>
HWY_INLINE Field load_column(const uint64_t (&words)[kFieldWords][kColumns], size_t first) {
    Vec v[kFieldWords];
    for (size_t i = 0; i < kFieldWords; ++i)
        v[i] = hn::Load(Tag(), words[i] + first);
    return from_words(v);
}

template <size_t kColumns>
HWY_INLINE void store_column(const Field& a, uint64_t (&words)[kFieldWords][kColumns],
                             size_t first) {
    Vec v[kFieldWords];
    to_words(a, v);
    for (size_t i = 0; i < kFieldWords; ++i)
        hn::Store(v[i], Tag(), words[i] + first);
}

/// kPowerWidth vectors of points on their way from x to y.
struct Decompressed {
    Powers x;                        ///< in: below p
    LaneMask odd[kPowerWidth];       ///< in: the parity that y shall have
    Powers y;                        ///< out: tight; any value where no_point is set
    LaneMask no_point[kPowerWidth];  ///< out: where x^3 + 7 is not a square
};

/// Computes y by the square root of x^3 + 7 (SEC 1, 2.3.4), checked by squaring it.
HWY_NOINLINE inline void decompress(Decompressed& points) {
    Powers squares;
    Powers roots;
    for (size_t k = 0; k < kPowerWidth; ++k) {
        const Field& x = points.x.value[k];
        squares.value[k] = reduce(add(multiply(square(x), x), set_small(7)));
    }
    square_roots(squares, roots);
    for (size_t k = 0; k < kPowerWidth; ++k) {
        const Field root = normalize(roots.value[k]);
        const Field error = subtract<1>(square(root), squares.value[k]);
        points.no_point[k] = hn::Not(is_zero(normalize(error)));
        const LaneMask negate = hn::Xor(is_odd(root), points.odd[k]);
        const Field negated = reduce(subtract<1>(set_small(0), root));
        points.y.value[k] = select(negate, negated, root);
    }
}

}  // namespace HWY_NAMESPACE
}  // namespace switchyard::simd
