// SPDX-License-Identifier: Apache-2.0
// The precompiles of BLS12-381 (EIP-2537).
#include <type_traits>
#include <vector>

#include "host/precompiles/bls12_381_encoding.hpp"
#include "host/precompiles/calls.hpp"
#include "host/precompiles/curve/bls12_381_map.hpp"

namespace switchyard::precompiles {
namespace {

using curve::Bls12381;

constexpr size_t kScalarBytes = 32;

/// Whether `input` is one item of `size` bytes or more, and nothing else.
bool is_items(BytesView input, size_t size) {
    return !input.empty() && input.size() % size == 0;
}

/// The sum of points times scalars; `read` and `is_in_subgroup` are those of the group.
template <typename Read, typename Check>
Outcome sum_of_products(BytesView input, size_t point_bytes, Read read, Check is_in_subgroup,
                        Bytes& out) {
    using Point = typename std::invoke_result_t<Read, const uint8_t*>::value_type;
    using Split = decltype(curve::split_multiple(Point{}, {}));
    using Term = typename Split::value_type;
    const size_t item = point_bytes + kScalarBytes;
    if (!is_items(input, item)) return Outcome::Failure;
    std::vector<Term> terms;
    terms.reserve(std::tuple_size_v<Split> * (input.size() / item));
    for (size_t at = 0; at < input.size(); at += item) {
        const auto point = read(input.data() + at);
        if (!point || !is_in_subgroup(*point)) return Outcome::Failure;
        if (point->is_infinity()) continue;
        const auto scalar = curve::load_limbs<4>(input.data() + at + point_bytes);
        for (const Term& term : curve::split_multiple(*point, scalar))
            if (!curve::is_zero(term.scalar)) terms.push_back(term);
    }
    write_point(curve::multi_scalar(std::span<const Term>{terms}).to_affine(), out);
    return Outcome::Success;
}

}  // namespace

Outcome call_bls_g1_add(BytesView input, Revision, Bytes& out) {
    if (input.size() != 2 * kG1Bytes) return Outcome::Failure;
    const auto p = read_g1(input.data());
    const auto q = read_g1(input.data() + kG1Bytes);
    if (!p || !q) return Outcome::Failure;
    write_point(add_affine(*p, *q), out);
    return Outcome::Success;
}

Outcome call_bls_g2_add(BytesView input, Revision, Bytes& out) {
    if (input.size() != 2 * kG2Bytes) return Outcome::Failure;
    const auto p = read_g2(input.data());
    const auto q = read_g2(input.data() + kG2Bytes);
    if (!p || !q) return Outcome::Failure;
    write_point(add_affine(*p, *q), out);
    return Outcome::Success;
}

Outcome call_bls_g1_msm(BytesView input, Revision, Bytes& out) {
    return sum_of_products(input, kG1Bytes, read_g1, Bls12381::is_in_g1, out);
}

Outcome call_bls_g2_msm(BytesView input, Revision, Bytes& out) {
    return sum_of_products(input, kG2Bytes, read_g2, Bls12381::is_in_g2, out);
}

Outcome call_bls_pairing(BytesView input, Revision, Bytes& out) {
    constexpr size_t kPairBytes = kG1Bytes + kG2Bytes;
    if (!is_items(input, kPairBytes)) return Outcome::Failure;
    std::vector<curve::PairingInput<Bls12381>> pairs;
    pairs.reserve(input.size() / kPairBytes);
    for (size_t at = 0; at < input.size(); at += kPairBytes) {
        const auto p = read_g1(input.data() + at);
        if (!p || !Bls12381::is_in_g1(*p)) return Outcome::Failure;
        const auto q = read_g2(input.data() + at + kG1Bytes);
        if (!q || !Bls12381::is_in_g2(*q)) return Outcome::Failure;
        // The pairing with infinity is one.
        if (!p->is_infinity() && !q->is_infinity()) pairs.push_back({*p, *q});
    }
    out.assign(32, 0);
    out[31] = curve::pairing_product_is_one<Bls12381>(pairs) ? 1 : 0;
    return Outcome::Success;
}

Outcome call_bls_map_fp_to_g1(BytesView input, Revision, Bytes& out) {
    if (input.size() != kFpBytes) return Outcome::Failure;
    const auto u = read_fp(input.data());
    if (!u) return Outcome::Failure;
    write_point(curve::map_to_g1(*u), out);
    return Outcome::Success;
}

Outcome call_bls_map_fp2_to_g2(BytesView input, Revision, Bytes& out) {
    if (input.size() != 2 * kFpBytes) return Outcome::Failure;
    const auto u = read_fp2(input.data());
    if (!u) return Outcome::Failure;
    write_point(curve::map_to_g2(*u), out);
    return Outcome::Success;
}

}  // namespace switchyard::precompiles
