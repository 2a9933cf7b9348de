// SPDX-License-Identifier: Apache-2.0
// secp256k1 written plainly: the reference for tests, the maker of the tables of G, and the path of
// the rare lane that the vector formulas do not cover.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "simd/secp256k1/recover/recover_batch.hpp"

namespace switchyard::simd::ref {

/// A 256-bit integer, least significant word first.
using U256 = std::array<uint64_t, 4>;

/// A prime modulus m between 2^255 and 2^256, with 2^256 - m, by which products are folded.
struct Modulus {
    U256 value;
    U256 complement;
};

/// p = 2^256 - 2^32 - 977, the order of the field.
inline constexpr Modulus kFieldOrder{
    {0xfffffffefffffc2f, 0xffffffffffffffff, 0xffffffffffffffff, 0xffffffffffffffff},
    {0x00000001000003d1, 0, 0, 0}};

/// n, the order of the group.
inline constexpr Modulus kGroupOrder{
    {0xbfd25e8cd0364141, 0xbaaedce6af48a03b, 0xfffffffffffffffe, 0xffffffffffffffff},
    {0x402da1732fc9bebf, 0x4551231950b75fc4, 1, 0}};

[[nodiscard]] U256 load_big_endian(const uint8_t* bytes);
void store_big_endian(const U256& value, uint8_t* bytes);

[[nodiscard]] bool is_zero(const U256& a);
[[nodiscard]] bool less(const U256& a, const U256& b);

/// Results below m, for operands below m.
[[nodiscard]] U256 add_mod(const U256& a, const U256& b, const Modulus& m);
[[nodiscard]] U256 sub_mod(const U256& a, const U256& b, const Modulus& m);
/// Result below m, for any operands.
[[nodiscard]] U256 mul_mod(const U256& a, const U256& b, const Modulus& m);
[[nodiscard]] U256 pow_mod(const U256& a, const U256& exponent, const Modulus& m);
/// a^(m-2): the inverse, and 0 for 0.
[[nodiscard]] U256 inverse_mod(const U256& a, const Modulus& m);

/// A point in Jacobian coordinates (X/Z^2, Y/Z^3); Z = 0 is the point at infinity.
struct JacobianPoint {
    U256 x;
    U256 y;
    U256 z;
};

/// The generator G of SEC 2, with Z = 1.
[[nodiscard]] JacobianPoint generator();
/// Correct for every pair of points: equal, opposite and infinite ones too.
[[nodiscard]] JacobianPoint add(const JacobianPoint& a, const JacobianPoint& b);
[[nodiscard]] JacobianPoint double_point(const JacobianPoint& a);
[[nodiscard]] JacobianPoint multiply(const JacobianPoint& point, const U256& scalar);
/// The same point with Z = 1. `point` must not be infinite.
[[nodiscard]] JacobianPoint to_affine(const JacobianPoint& point);

/// Recovers one public key, with the outcomes of `simd::recover_batch`.
[[nodiscard]] RecoverStatus recover(const RecoverInput& input, PublicKey& key);

}  // namespace switchyard::simd::ref
