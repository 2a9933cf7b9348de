// SPDX-License-Identifier: Apache-2.0
#include "host/precompiles/bls12_381_encoding.hpp"

#include <algorithm>

namespace switchyard::precompiles {

using curve::Bls12381;
using Fp = Bls12381::Fp;
using F2 = Bls12381::F2;

namespace {

constexpr size_t kPadding = kFpBytes - Fp::kBytes;

void write_fp(const Fp& value, uint8_t* data) {
    value.to_bytes(data + kPadding);
}

/// Whether the element is above (p - 1) / 2.
bool is_larger_root(const Fp& y) {
    constexpr auto kHalf = curve::divide_small(Fp::kModulus, 2);
    return curve::less(kHalf, y.to_integer());
}

}  // namespace

std::optional<Fp> read_fp(const uint8_t* data) {
    if (std::any_of(data, data + kPadding, [](uint8_t b) { return b != 0; })) return std::nullopt;
    return Fp::from_bytes(data + kPadding);
}

std::optional<F2> read_fp2(const uint8_t* data) {
    const auto c0 = read_fp(data);
    const auto c1 = read_fp(data + kFpBytes);
    if (!c0 || !c1) return std::nullopt;
    return F2{*c0, *c1};
}

std::optional<Bls12381::G1> read_g1(const uint8_t* data) {
    const auto x = read_fp(data);
    const auto y = read_fp(data + kFpBytes);
    if (!x || !y) return std::nullopt;
    const Bls12381::G1 point{*x, *y};
    if (!is_on_curve(point, Bls12381::b1())) return std::nullopt;
    return point;
}

std::optional<Bls12381::G2> read_g2(const uint8_t* data) {
    const auto x = read_fp2(data);
    const auto y = read_fp2(data + 2 * kFpBytes);
    if (!x || !y) return std::nullopt;
    const Bls12381::G2 point{*x, *y};
    if (!is_on_curve(point, Bls12381::b2())) return std::nullopt;
    return point;
}

void write_point(const Bls12381::G1& point, Bytes& out) {
    out.assign(kG1Bytes, 0);
    write_fp(point.x, out.data());
    write_fp(point.y, out.data() + kFpBytes);
}

void write_point(const Bls12381::G2& point, Bytes& out) {
    out.assign(kG2Bytes, 0);
    write_fp(point.x.c0, out.data());
    write_fp(point.x.c1, out.data() + kFpBytes);
    write_fp(point.y.c0, out.data() + 2 * kFpBytes);
    write_fp(point.y.c1, out.data() + 3 * kFpBytes);
}

std::optional<Bls12381::G1> read_compressed_g1(std::span<const uint8_t, 48> data) {
    const bool compressed = (data[0] & 0x80) != 0;
    const bool infinity = (data[0] & 0x40) != 0;
    const bool larger = (data[0] & 0x20) != 0;
    if (!compressed) return std::nullopt;
    auto x_bytes = fixed_bytes_unchecked<48>(data);
    x_bytes[0] &= 0x1f;
    if (infinity) {
        if (larger || !x_bytes.is_zero()) return std::nullopt;
        return Bls12381::G1{};
    }
    const auto x = Fp::from_bytes(x_bytes.data());
    if (!x) return std::nullopt;
    const auto root = (x->squared() * *x + Bls12381::b1()).square_root();
    if (!root) return std::nullopt;
    const Bls12381::G1 point{*x, is_larger_root(*root) == larger ? *root : -*root};
    if (!Bls12381::is_in_g1(point)) return std::nullopt;
    return point;
}

void append_compressed(const Bls12381::G1& point, Bytes& out) {
    const size_t at = out.size();
    out.resize(at + 48);
    if (!point.is_infinity()) point.x.to_bytes(out.data() + at);
    const unsigned flags = point.is_infinity() ? 0xc0U : is_larger_root(point.y) ? 0xa0U : 0x80U;
    out[at] = static_cast<uint8_t>(out[at] | flags);
}

}  // namespace switchyard::precompiles
