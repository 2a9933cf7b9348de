// SPDX-License-Identifier: Apache-2.0
// The precompiles of BN254: ECADD and ECMUL (EIP-196), ECPAIRING (EIP-197).
#include <optional>
#include <vector>

#include "host/precompiles/calls.hpp"
#include "host/precompiles/curve/bn254.hpp"
#include "host/precompiles/padded_input.hpp"

namespace switchyard::precompiles {
namespace {

using curve::Bn254;
using Fp = Bn254::Fp;

constexpr size_t kPairBytes = 192;

/// 64 bytes: x and y, each below p; (0, 0) is infinity. No value for anything not on the curve.
std::optional<Bn254::G1> read_g1(const uint8_t* data) {
    const auto x = Fp::from_bytes(data);
    const auto y = Fp::from_bytes(data + 32);
    if (!x || !y) return std::nullopt;
    const Bn254::G1 point{*x, *y};
    if (!is_on_curve(point, Bn254::b1())) return std::nullopt;
    return point;
}

/// 128 bytes: x and y, the imaginary part of each first. No value for anything not in the subgroup.
std::optional<Bn254::G2> read_g2(const uint8_t* data) {
    const auto x1 = Fp::from_bytes(data);
    const auto x0 = Fp::from_bytes(data + 32);
    const auto y1 = Fp::from_bytes(data + 64);
    const auto y0 = Fp::from_bytes(data + 96);
    if (!x0 || !x1 || !y0 || !y1) return std::nullopt;
    const Bn254::G2 point{{*x0, *x1}, {*y0, *y1}};
    if (!is_on_curve(point, Bn254::b2()) || !Bn254::is_in_g2(point)) return std::nullopt;
    return point;
}

void write_g1(const Bn254::G1& point, Bytes& out) {
    out.resize(64);
    point.x.to_bytes(out.data());
    point.y.to_bytes(out.data() + 32);
}

}  // namespace

Outcome call_bn254_add(BytesView input, Revision, Bytes& out) {
    const auto data = padded_bytes<128>(input, 0);
    const auto p = read_g1(data.data());
    const auto q = read_g1(data.data() + 64);
    if (!p || !q) return Outcome::Failure;
    write_g1(add_affine(*p, *q), out);
    return Outcome::Success;
}

Outcome call_bn254_mul(BytesView input, Revision, Bytes& out) {
    const auto data = padded_bytes<96>(input, 0);
    const auto p = read_g1(data.data());
    if (!p) return Outcome::Failure;
    const auto scalar = curve::load_limbs<4>(data.data() + 64);
    write_g1(multiply(curve::JacobianPoint<Fp>{*p}, scalar).to_affine(), out);
    return Outcome::Success;
}

Outcome call_bn254_pairing(BytesView input, Revision, Bytes& out) {
    if (input.size() % kPairBytes != 0) return Outcome::Failure;
    std::vector<curve::PairingInput<Bn254>> pairs;
    pairs.reserve(input.size() / kPairBytes);
    for (size_t at = 0; at < input.size(); at += kPairBytes) {
        const auto p = read_g1(input.data() + at);
        const auto q = read_g2(input.data() + at + 64);
        if (!p || !q) return Outcome::Failure;
        // The pairing with infinity is one.
        if (!p->is_infinity() && !q->is_infinity()) pairs.push_back({*p, *q});
    }
    out.resize(32);
    out[31] = curve::pairing_product_is_one<Bn254>(pairs) ? 1 : 0;
    return Outcome::Success;
}

}  // namespace switchyard::precompiles
