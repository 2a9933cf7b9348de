// SPDX-License-Identifier: Apache-2.0
// The precompiles on BN254 and BLS12-381. Sums and multiples in G1 are known from OpenSSL; what
// involves G2 is known because all points are multiples of the generators.
#include <algorithm>
#include <array>
#include <random>

#include "host/precompiles/bls12_381_encoding.hpp"
#include "host/precompiles/curve/bn254.hpp"
#include "host/precompiles/curve/scalar_multiplication.hpp"
#include "host/precompiles/curve/trusted_setup.hpp"
#include "tools/switchyard/library_curve.hpp"
#include "tools/switchyard/precompile_cases.hpp"

namespace switchyard::tool {
namespace {

namespace curve = precompiles::curve;
using curve::Bls12381;
using curve::Bn254;

constexpr LibraryCurve::Parameters kBn254 = {
    "30644e72e131a029b85045b68181585d97816a916871ca8d3c208c16d87cfd47",
    "3",
    "30644e72e131a029b85045b68181585d2833e84879b9709143e1f593f0000001",
    "1",
    "2",
    32};
constexpr LibraryCurve::Parameters kBls12381 = {
    "1a0111ea397fe69a4b1ba7b6434bacd764774b84f38512bf6730d2a0f6b0f6241eabfffeb153ffffb9feffffffffaa"
    "ab",
    "4",
    "73eda753299d7d483339d80809a1d80553bda402fffe5bfeffffffff00000001",
    "17f1d3a73197d7942695638c4fa9ac0fc3688c4f9774b905a14e3a3f171bac586c55e83ff97a1aeffb3af00adb22c6"
    "bb",
    "08b3f481e3aaa0f1a09e30ed741d8ae4fcf5e095d5d00af600db18cb2c04b3edd03cc744a2888ae40caa232946c5e7"
    "e1",
    48};

/// EIP-197's generator of G2 of BN254.
constexpr Bn254::G2 kBn254G2Generator{
    {Bn254::Fp::from_integer(curve::limbs_from_hex<4>(
         "1800deef121f1e76426a00665e5c4479674322d4f75edadd46debd5cd992f6ed")),
     Bn254::Fp::from_integer(curve::limbs_from_hex<4>(
         "198e9393920d483a7260bfb731fb5d25f1aa493335a9e71297e485b7aef312c2"))},
    {Bn254::Fp::from_integer(curve::limbs_from_hex<4>(
         "12c85ea5db8c6deb4aab71808dcb408fe3d1e7690c43d37b4ce6cc0166fa7daa")),
     Bn254::Fp::from_integer(curve::limbs_from_hex<4>(
         "090689d0585ff075ec9e99ad690c3395bc4b313370b38ef355acdadcd122975b"))}};

/// [tau] G1 of the KZG ceremony, compressed: the second of the monomial G1 points of
/// `trusted_setup.txt` of ethereum/c-kzg-4844.
constexpr std::array<uint8_t, 48> kTauG1 = {
    0xad, 0x3e, 0xb5, 0x01, 0x21, 0x13, 0x9a, 0xa3, 0x4d, 0xb1, 0xd5, 0x45, 0x09, 0x3a, 0xc9, 0x37,
    0x4a, 0xb7, 0xbc, 0xa2, 0xc0, 0xf3, 0xbf, 0x28, 0xe2, 0x7c, 0x8d, 0xcd, 0x8f, 0xc7, 0xcb, 0x42,
    0xd2, 0x59, 0x26, 0xfc, 0x0c, 0x97, 0xb3, 0x36, 0xe9, 0xf0, 0xfb, 0x35, 0xe5, 0xa0, 0x4c, 0x81};

/// What both curves' cases need.
struct Maker {
    const LibraryCurve& library;
    std::mt19937_64& random;

    Bytes scalar() {
        Bytes out(32);
        for (uint8_t& byte : out)
            byte = static_cast<uint8_t>(random());
        out[0] &= 0x1f;  // below both orders
        return out;
    }
};

Bytes word(uint64_t value) {
    Bytes out(32, 0);
    for (size_t i = 0; i < 8; ++i)
        out[31 - i] = static_cast<uint8_t>(value >> (8 * i));
    return out;
}

Bytes joined(BytesView a, BytesView b) {
    Bytes out = to_bytes(a);
    append(out, b);
    return out;
}

// BN254 --------------------------------------------------------------------------------------

PrecompileCase ecadd_case(Maker make) {
    PrecompileCase out{"ECADD", 0x06, Revision::Osaka, "OpenSSL", {}};
    const Bytes p = make.library.multiply_generator(make.scalar());
    const Bytes q = make.library.multiply_generator(make.scalar());
    for (const auto& [name, second] : {std::pair{"two points", q}, std::pair{"a point twice", p}}) {
        PrecompileInput input{name, joined(p, second), make.library.add(p, second), {}};
        input.library = [&library = make.library, p, other = second, expected = input.expected] {
            return library.add(p, other) == expected;
        };
        out.inputs.push_back(std::move(input));
    }
    return out;
}

PrecompileCase ecmul_case(Maker make) {
    PrecompileCase out{"ECMUL", 0x07, Revision::Osaka, "OpenSSL", {}};
    const Bytes p = make.library.multiply_generator(make.scalar());
    const std::array<std::pair<const char*, Bytes>, 4> scalars = {
        std::pair{"a scalar below n", make.scalar()},
        {"scalar n - 1", make.library.negate_scalar(word(1))},
        {"scalar 2^256 - 1", Bytes(32, 0xff)},
        // Every window of the digits is used.
        {"scalar 0x1111...", Bytes(32, 0x11)}};
    for (const auto& [name, factor] : scalars) {
        PrecompileInput input{name, joined(p, factor), make.library.multiply(p, factor), {}};
        input.library = [&library = make.library, p, scalar = factor, expected = input.expected] {
            return library.multiply(p, scalar) == expected;
        };
        out.inputs.push_back(std::move(input));
    }
    return out;
}

/// EIP-197: the imaginary coefficient first.
Bytes encode_bn254_g2(const Bn254::G2& q) {
    Bytes out(128);
    size_t at = 0;
    for (const Bn254::Fp* part : {&q.x.c1, &q.x.c0, &q.y.c1, &q.y.c0}) {
        part->to_bytes(out.data() + at);
        at += 32;
    }
    return out;
}

/// `pairs` pairs (a_i G1, b_i G2) with sum a_i b_i = 0, so that the product of the pairings is 1.
/// `multiply_g2` gives b G2 as the precompile reads it.
template <typename MultiplyG2, typename EncodeG1>
Bytes product_of_one(Maker make, size_t pairs, const MultiplyG2& multiply_g2,
                     const EncodeG1& encode_g1) {
    Bytes out;
    Bytes sum(32, 0);
    for (size_t i = 0; i + 1 < pairs; ++i) {
        const Bytes a = make.scalar();
        const Bytes b = make.scalar();
        sum = make.library.multiply_add_scalars(a, b, sum);
        append(out, encode_g1(make.library.multiply_generator(a)));
        append(out, multiply_g2(b));
    }
    if (pairs == 0) return out;
    append(out, encode_g1(make.library.multiply_generator(make.library.negate_scalar(sum))));
    append(out, multiply_g2(word(1)));
    return out;
}

std::string count_of(size_t count, const char* item) {
    return std::to_string(count) + " " + item + (count == 1 ? "" : "s");
}

PrecompileCase ecpairing_case(Maker make) {
    PrecompileCase out{"ECPAIRING", 0x08, Revision::Osaka, "", {}};
    const auto multiply_g2 = [](const Bytes& scalar) {
        const curve::JacobianPoint<Bn254::F2> generator{kBn254G2Generator};
        return encode_bn254_g2(
            curve::multiply(generator, curve::load_limbs<4>(scalar.data())).to_affine());
    };
    const auto encode_g1 = [](const Bytes& point) { return point.empty() ? Bytes(64, 0) : point; };
    for (const size_t pairs : {2U, 0U, 1U, 3U, 4U, 8U, 16U, 64U})
        out.inputs.push_back({count_of(pairs, "pair"),
                              product_of_one(make, pairs, multiply_g2, encode_g1),
                              word(1),
                              {}});
    return out;
}

// BLS12-381 ----------------------------------------------------------------------------------

/// EIP-2537's 64 bytes for each coordinate of 48.
Bytes encode_g1(const Bytes& point) {
    Bytes out(128, 0);
    if (point.empty()) return out;
    std::copy_n(point.begin(), 48, out.begin() + 16);
    std::copy_n(point.begin() + 48, 48, out.begin() + 80);
    return out;
}

Bytes multiply_g2_generator(const Bytes& scalar) {
    Bytes generator;
    precompiles::write_point(curve::kG2Generator, generator);
    return precompile_answer(0x0e, joined(generator, scalar), Revision::Osaka);
}

PrecompileCase g1_add_case(Maker make) {
    PrecompileCase out{"BLS12_G1ADD", 0x0b, Revision::Osaka, "OpenSSL", {}};
    const Bytes p = make.library.multiply_generator(make.scalar());
    const Bytes q = make.library.multiply_generator(make.scalar());
    for (const auto& [name, second] : {std::pair{"two points", q}, std::pair{"a point twice", p}}) {
        const Bytes sum = make.library.add(p, second);
        PrecompileInput input{name, joined(encode_g1(p), encode_g1(second)), encode_g1(sum), {}};
        input.library = [&library = make.library, p, other = second, sum] {
            return library.add(p, other) == sum;
        };
        out.inputs.push_back(std::move(input));
    }
    return out;
}

/// Numbers of points around which the algorithm or the discount of the price changes.
constexpr std::array<size_t, 14> kPoints = {1, 2, 3, 4, 8, 16, 32, 48, 63, 64, 96, 128, 192, 384};

PrecompileCase g1_msm_case(Maker make) {
    PrecompileCase out{"BLS12_G1MSM", 0x0c, Revision::Osaka, "OpenSSL", {}};
    for (const size_t count : kPoints) {
        PrecompileInput input{count_of(count, "point"), {}, {}, {}};
        Bytes sum(32, 0);
        for (size_t i = 0; i < count; ++i) {
            const Bytes a = make.scalar();
            const Bytes scalar = make.scalar();
            const Bytes point = make.library.multiply_generator(a);
            sum = make.library.multiply_add_scalars(a, scalar, sum);
            append(input.data, encode_g1(point));
            append(input.data, scalar);
            if (count != 1) continue;
            // The library has no multi-scalar multiplication to compare with.
            input.library = [&library = make.library, point, scalar,
                             expected = make.library.multiply_generator(sum)] {
                return library.multiply(point, scalar) == expected;
            };
        }
        input.expected = encode_g1(make.library.multiply_generator(sum));
        out.inputs.push_back(std::move(input));
    }
    return out;
}

PrecompileCase g2_add_case(Maker make) {
    PrecompileCase out{"BLS12_G2ADD", 0x0d, Revision::Osaka, "", {}};
    const Bytes a = make.scalar();
    const Bytes b = make.scalar();
    for (const auto& [name, other] : {std::pair{"two points", b}, std::pair{"a point twice", a}})
        out.inputs.push_back(
            {name,
             joined(multiply_g2_generator(a), multiply_g2_generator(other)),
             multiply_g2_generator(make.library.multiply_add_scalars(a, word(1), other)),
             {}});
    return out;
}

PrecompileCase g2_msm_case(Maker make) {
    PrecompileCase out{"BLS12_G2MSM", 0x0e, Revision::Osaka, "", {}};
    for (const size_t count : kPoints) {
        PrecompileInput input{count_of(count, "point"), {}, {}, {}};
        Bytes sum(32, 0);
        for (size_t i = 0; i < count; ++i) {
            const Bytes a = make.scalar();
            const Bytes scalar = make.scalar();
            sum = make.library.multiply_add_scalars(a, scalar, sum);
            append(input.data, multiply_g2_generator(a));
            append(input.data, scalar);
        }
        input.expected = multiply_g2_generator(sum);
        out.inputs.push_back(std::move(input));
    }
    return out;
}

PrecompileCase bls_pairing_case(Maker make) {
    PrecompileCase out{"BLS12_PAIRING_CHECK", 0x0f, Revision::Osaka, "", {}};
    for (const size_t pairs : {2U, 1U, 3U, 4U, 8U, 16U, 64U})
        out.inputs.push_back({count_of(pairs, "pair"),
                              product_of_one(make, pairs, multiply_g2_generator, encode_g1),
                              word(1),
                              {}});
    return out;
}

/// Elements of Fp (`parts` 1) or Fp2 (2). The answers are our own; they must be points of the
/// subgroup, which the multiplication by 1 checks.
PrecompileCase map_case(const char* name, uint16_t number, uint16_t msm, size_t parts,
                        std::mt19937_64& random) {
    PrecompileCase out{name, number, Revision::Osaka, "", {}};
    // Half of all elements take the second of two ways to a square root.
    for (size_t i = 0; i < 6; ++i) {
        PrecompileInput input{i == 0 ? "an element" : "element " + std::to_string(i + 1),
                              Bytes(64 * parts, 0),
                              {},
                              {}};
        for (size_t part = 0; part < parts; ++part) {
            for (size_t at = 16; at < 64; ++at)
                input.data[64 * part + at] = static_cast<uint8_t>(random());
            input.data[64 * part + 16] &= 0x0f;  // below the modulus
        }
        input.expected = precompile_answer(
            msm, joined(precompile_answer(number, input.data, out.revision), word(1)),
            out.revision);
        out.inputs.push_back(std::move(input));
    }
    return out;
}

/// The ZCash form (see bls12_381_encoding.hpp).
Bytes compress(const Bls12381::G1& point) {
    Bytes out(48), y(48), minus_y(48);
    point.x.to_bytes(out.data());
    point.y.to_bytes(y.data());
    (-point.y).to_bytes(minus_y.data());
    out[0] |= static_cast<uint8_t>(y > minus_y ? 0xa0 : 0x80);
    return out;
}

/// Polynomials a + b X: the commitment is a G1 + b [tau] G1, the value at z a + b z, and the proof
/// b G1.
Result<PrecompileCase> point_evaluation_case(Maker make) {
    const auto tau = precompiles::read_compressed_g1(kTauG1);
    if (!tau) return Error{ErrorCode::Internal, "[tau] G1 is not a point of G1"};
    PrecompileCase out{"POINT_EVALUATION", 0x0a, Revision::Osaka, "", {}};
    for (const char* name : {"a proof", "another proof", "a third proof"}) {
        const Bytes a = make.scalar(), b = make.scalar(), z = make.scalar();
        const auto multiple = [](const Bls12381::G1& point, const Bytes& scalar) {
            return curve::multiply(curve::JacobianPoint<Bls12381::Fp>{point},
                                   curve::load_limbs<4>(scalar.data()));
        };
        const auto& generator = curve::bls12_381_g1_generator();
        const Bytes commitment =
            compress(multiple(generator, a).add(multiple(*tau, b)).to_affine());
        PrecompileInput input{name, precompile_answer(0x02, commitment, out.revision), {}, {}};
        input.data[0] = 1;  // the version of the hash
        append(input.data, z);
        append(input.data, make.library.multiply_add_scalars(b, z, a));
        append(input.data, commitment);
        append(input.data, compress(multiple(generator, b).to_affine()));
        input.expected = word(4096);
        input.expected.resize(64);
        curve::store_limbs(Bls12381::kOrder, input.expected.data() + 32);
        out.inputs.push_back(std::move(input));
    }
    return out;
}

}  // namespace

Result<std::vector<PrecompileCase>> curve_cases(uint64_t seed) {
    // The inputs keep references to the curves for as long as the program runs.
    static const auto bn254 = LibraryCurve::open(kBn254);
    static const auto bls12_381 = LibraryCurve::open(kBls12381);
    if (!bn254) return bn254.error();
    if (!bls12_381) return bls12_381.error();
    std::mt19937_64 random(seed);
    const Maker bn{*bn254, random};
    const Maker bls{*bls12_381, random};
    std::vector<PrecompileCase> out = {ecadd_case(bn), ecmul_case(bn), ecpairing_case(bn)};
    auto point_evaluation = point_evaluation_case(bls);
    if (!point_evaluation) return point_evaluation.error();
    out.push_back(std::move(*point_evaluation));
    for (const auto make : {g1_add_case, g1_msm_case, g2_add_case, g2_msm_case, bls_pairing_case})
        out.push_back(make(bls));
    out.push_back(map_case("BLS12_MAP_FP_TO_G1", 0x10, 0x0c, 1, random));
    out.push_back(map_case("BLS12_MAP_FP2_TO_G2", 0x11, 0x0e, 2, random));
    return out;
}

}  // namespace switchyard::tool
