// SPDX-License-Identifier: Apache-2.0
// The sum of many points, each times its scalar.
#pragma once

#include <algorithm>
#include <span>
#include <vector>

#include "host/precompiles/curve/scalar_multiplication.hpp"

namespace switchyard::precompiles::curve {

/// A point and its scalar of up to 64 N bits.
template <typename F, size_t N>
struct ScalarPoint {
    AffinePoint<F> point;
    Limbs<N> scalar;
};

/// Interleaved windows (Moeller, "Algorithms for multi-exponentiation", SAC 2001): every point has
/// a table of odd multiples, all share the doublings. Best for few points.
template <typename F, size_t N>
[[nodiscard]] JacobianPoint<F> multi_scalar_interleaved(std::span<const ScalarPoint<F, N>> terms) {
    struct Term {
        NonAdjacentForm<N, 4> form;
        std::array<JacobianPoint<F>, 4> odd;
    };
    std::vector<Term> prepared;
    prepared.reserve(terms.size());
    size_t length = 0;
    for (const ScalarPoint<F, N>& term : terms) {
        prepared.push_back(
            {NonAdjacentForm<N, 4>{term.scalar}, odd_multiples<4>(JacobianPoint<F>{term.point})});
        length = std::max(length, prepared.back().form.length);
    }
    JacobianPoint<F> out;
    for (size_t at = length; at-- > 0;) {
        out = out.doubled();
        for (const Term& term : prepared)
            if (term.form.digits[at] != 0) out = out.add(pick_odd(term.odd, term.form.digits[at]));
    }
    return out;
}

/// Window width of the bucket method that needs the fewest additions for `count` points with
/// scalars of `scalar_bits`: scalar_bits / c windows, each of `count` + 2^c additions.
[[nodiscard]] constexpr unsigned bucket_window(size_t count, size_t scalar_bits) {
    unsigned best = 2;
    size_t best_cost = SIZE_MAX;
    for (unsigned c = 2; c <= 16; ++c) {
        const size_t cost = (scalar_bits / c + 1) * (count + (size_t{1} << c));
        if (cost < best_cost) {
            best_cost = cost;
            best = c;
        }
    }
    return best;
}

/// Pippenger's bucket method with signed digits (Bernstein, Doumen, Lange and Oosterwijk, "Faster
/// batch forgery identification", ePrint 2012/549, section 4). Best for many points; memory is
/// 2^(c-1) buckets and a digit per point.
template <typename F, size_t N>
[[nodiscard]] JacobianPoint<F> multi_scalar_buckets(std::span<const ScalarPoint<F, N>> terms) {
    const unsigned c = bucket_window(terms.size(), 64 * N);
    // Room for two bits more than the scalar has, so that the last signed digit is positive.
    const size_t windows = (64 * N + 1) / c + 1;
    const uint64_t half = uint64_t{1} << (c - 1);

    // digits[w * n + i]: between -half and half - 1, so that sum of digit 2^(c w) is the scalar.
    std::vector<int32_t> digits(windows * terms.size());
    for (size_t i = 0; i < terms.size(); ++i) {
        uint64_t carry = 0;
        for (size_t w = 0; w < windows; ++w) {
            const uint64_t digit = bits(terms[i].scalar, w * c, c) + carry;
            carry = digit >= half ? 1 : 0;
            digits[w * terms.size() + i] = static_cast<int32_t>(static_cast<int64_t>(digit) -
                                                                (carry != 0 ? int64_t{1} << c : 0));
        }
    }

    std::vector<JacobianPoint<F>> buckets(half);
    JacobianPoint<F> out;
    for (size_t w = windows; w-- > 0;) {
        for (unsigned i = 0; i < c; ++i)
            out = out.doubled();
        std::fill(buckets.begin(), buckets.end(), JacobianPoint<F>{});
        for (size_t i = 0; i < terms.size(); ++i) {
            const int32_t digit = digits[w * terms.size() + i];
            if (digit == 0) continue;
            auto& bucket = buckets[static_cast<size_t>(digit < 0 ? -digit : digit) - 1];
            bucket = bucket.add(digit < 0 ? terms[i].point.negated() : terms[i].point);
        }
        // sum of k times bucket k, by running sums from the highest.
        JacobianPoint<F> running;
        JacobianPoint<F> sum;
        for (size_t k = buckets.size(); k-- > 0;) {
            running = running.add(buckets[k]);
            sum = sum.add(running);
        }
        out = out.add(sum);
    }
    return out;
}

/// From this many points on, buckets need fewer additions than tables.
inline constexpr size_t kBucketsFrom = 64;

template <typename F, size_t N>
[[nodiscard]] JacobianPoint<F> multi_scalar(std::span<const ScalarPoint<F, N>> terms) {
    return terms.size() < kBucketsFrom ? multi_scalar_interleaved(terms)
                                       : multi_scalar_buckets(terms);
}

}  // namespace switchyard::precompiles::curve
