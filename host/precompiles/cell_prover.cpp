// SPDX-License-Identifier: Apache-2.0
#include "host/precompiles/cell_prover.hpp"

#include <utility>

#include "host/precompiles/blob_polynomial.hpp"
#include "host/precompiles/bls12_381_encoding.hpp"

namespace switchyard::precompiles {
namespace {

using curve::Bls12381;
using curve::Limbs;
using Fp = Bls12381::Fp;
using Point = curve::JacobianPoint<Fp>;
using Term = curve::ScalarPoint<Fp, 4>;

// The quotient of a polynomial p by X^64 - w is the sum over m of w^m q_m, where q_m has the
// coefficients of p from 64 (m + 1) on. So the proof of the cell whose coset has w is the sum of
// w^m h_m, where h_m = q_m(tau) G1 does not depend on the cell: one transform gives all proofs.
// h_m is the sum over a < 64 and b of p_(a + 64 (m + 1 + b)) [tau^(a + 64 b)]: for each a a
// correlation of p with the setup, which a transform makes a product.

constexpr size_t kRows = kBlobElements / kCellElements;
constexpr size_t kQuotients = kRows - 1;  ///< h_m that are not zero

Scalar plus(const Scalar& a, const Scalar& b) {
    return a + b;
}
Scalar minus(const Scalar& a, const Scalar& b) {
    return a - b;
}
Scalar times(const Scalar& a, const Scalar& factor) {
    return a * factor;
}
Point plus(const Point& a, const Point& b) {
    return a.add(b);
}
Point minus(const Point& a, const Point& b) {
    return a.add(b.negated());
}
Point times(const Point& a, const Scalar& factor) {
    return a.is_infinity() ? a : curve::multiply(a, factor.to_integer());
}

/// In the place of each value the sum of values[j] root^(i j) (Cooley and Tukey). `root` is a
/// primitive root of unity of order `kCellsPerBlob`, the number of values.
template <typename T>
void transform(std::vector<T>& values, const Scalar& root) {
    for (size_t i = 0; i < kCellsPerBlob; ++i)
        if (const size_t j = reverse_bits(i, kCellBits); i < j) std::swap(values[i], values[j]);
    for (size_t half = 1; half < kCellsPerBlob; half *= 2) {
        const Scalar step = root.power(Limbs<1>{kCellsPerBlob / (2 * half)});
        Scalar twiddle = Scalar::one();
        for (size_t i = 0; i < half; ++i) {
            for (size_t at = i; at < kCellsPerBlob; at += 2 * half) {
                const T a = values[at];
                const T b = i == 0 ? values[at + half] : times(values[at + half], twiddle);
                values[at] = plus(a, b);
                values[at + half] = minus(a, b);
            }
            twiddle *= step;
        }
    }
}

/// [f][a]: the transform of the setup's points a + 64 b, backwards.
const std::vector<std::vector<Bls12381::G1>>& transformed_setup() {
    static const std::vector<std::vector<Bls12381::G1>> table = [] {
        std::vector<std::vector<Bls12381::G1>> out(kCellsPerBlob,
                                                   std::vector<Bls12381::G1>(kCellElements));
        const Scalar root = root_of_unity(kCellsPerBlob).inverse();
        for (size_t a = 0; a < kCellElements; ++a) {
            std::vector<Point> row(kCellsPerBlob);
            for (size_t b = 0; b < kQuotients; ++b)
                row[b] = Point{setup_point(a + kCellElements * b)};
            transform(row, root);
            for (size_t f = 0; f < kCellsPerBlob; ++f)
                out[f][a] = row[f].to_affine();
        }
        return out;
    }();
    return table;
}

}  // namespace

std::optional<Bytes> prove_cells(BytesView blob) {
    auto polynomial = read_blob(blob);
    if (!polynomial) return std::nullopt;
    to_coefficients(*polynomial);
    const auto& setup = transformed_setup();
    const Scalar root = root_of_unity(kCellsPerBlob);
    const Scalar scale = Scalar{kCellsPerBlob}.inverse();
    std::vector<std::vector<Term>> products(kCellsPerBlob);
    for (size_t a = 0; a < kCellElements; ++a) {
        std::vector<Scalar> row(kCellsPerBlob);
        for (size_t j = 0; j < kQuotients; ++j)
            row[j] = (*polynomial)[a + kCellElements * (j + 1)] * scale;
        transform(row, root);
        for (size_t f = 0; f < kCellsPerBlob; ++f)
            products[f].push_back({setup[f][a], row[f].to_integer()});
    }
    std::vector<Point> points;
    points.reserve(kCellsPerBlob);
    for (const std::vector<Term>& each : products)
        points.push_back(curve::multi_scalar(std::span<const Term>{each}));
    transform(points, root.inverse());
    // What is behind the quotients wrapped around.
    std::fill(points.begin() + kQuotients, points.end(), Point{});
    transform(points, root);
    Bytes out;
    out.reserve(kCellsPerBlob * kKzgBytes);
    for (size_t cell = 0; cell < kCellsPerBlob; ++cell)
        append_compressed(points[reverse_bits(cell, kCellBits)].to_affine(), out);
    return out;
}

}  // namespace switchyard::precompiles
