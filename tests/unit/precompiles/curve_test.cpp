// SPDX-License-Identifier: Apache-2.0
// Laws of the groups and of the pairing, where the vector files show only single values.
#include <gtest/gtest.h>

#include "host/core/hex.hpp"
#include "host/precompiles/bls12_381_encoding.hpp"
#include "host/precompiles/curve/bls12_381_map.hpp"
#include "host/precompiles/curve/bn254.hpp"
#include "host/precompiles/curve/multi_scalar.hpp"
#include "host/precompiles/curve/prepared_pairing.hpp"
#include "host/precompiles/curve/trusted_setup.hpp"
#include "tests/support/test_data.hpp"

namespace switchyard::precompiles::curve {
namespace {

using Fp = Bls12381::Fp;
using F2 = Bls12381::F2;

Limbs<4> random_scalar(std::mt19937_64& random) {
    return {random(), random(), random(), random()};
}

/// Bit by bit, without windows.
template <typename F>
JacobianPoint<F> multiply_plainly(const AffinePoint<F>& p, const Limbs<4>& scalar) {
    return multiply_sparse(JacobianPoint<F>{p}, scalar);
}

TEST(ScalarMultiplication, EqualsDoubleAndAdd) {
    auto random = switchyard::test::test_generator(0x5ca1a);
    const AffinePoint<Fp> g = bls12_381_g1_generator();
    const Limbs<4> ones = {~0ULL, ~0ULL, ~0ULL, ~0ULL};
    std::vector<Limbs<4>> scalars = {
        Limbs<4>{}, {1}, {2}, {31}, {32}, {33}, ones, Bls12381::kOrder, {0, 0, 0, 1ULL << 63}};
    for (int i = 0; i < 30; ++i)
        scalars.push_back(random_scalar(random));
    for (const Limbs<4>& scalar : scalars)
        EXPECT_TRUE(multiply(JacobianPoint<Fp>{g}, scalar).equals(multiply_plainly(g, scalar)));
    EXPECT_TRUE(multiply(JacobianPoint<Fp>{g}, Bls12381::kOrder).is_infinity());
}

TEST(MultiScalar, EqualsTheSumOfItsTermsInBothForms) {
    using Term = ScalarPoint<Fp, 4>;
    auto random = switchyard::test::test_generator(0x5ca1b);
    const JacobianPoint<Fp> g{bls12_381_g1_generator()};
    for (const size_t count : {1U, 2U, 3U, 31U, 32U, 70U}) {
        std::vector<Term> terms;
        JacobianPoint<Fp> expected;
        for (size_t i = 0; i < count; ++i) {
            // Equal and opposite points meet in the buckets now and then.
            const Limbs<4> which{1 + random() % 5};
            AffinePoint<Fp> point = multiply(g, which).to_affine();
            if (random() % 3 == 0) point = point.negated();
            Limbs<4> scalar = random_scalar(random);
            if (random() % 4 == 0) scalar = {random() % 4};
            if (random() % 8 == 0) scalar = {~0ULL, ~0ULL, ~0ULL, ~0ULL};
            terms.push_back({point, scalar});
            expected = expected.add(multiply_plainly(point, scalar));
        }
        const std::span<const Term> view{terms};
        EXPECT_TRUE(multi_scalar_interleaved(view).equals(expected)) << count;
        EXPECT_TRUE(multi_scalar_buckets(view).equals(expected)) << count;
    }
    EXPECT_TRUE(multi_scalar(std::span<const Term>{}).is_infinity());
}

TEST(MultiScalar, CarriesOutOfTheTopWindowAtEveryWidth) {
    using Term = ScalarPoint<Fp, 1>;
    const JacobianPoint<Fp> g{bls12_381_g1_generator()};
    for (size_t count = 1; count < 600; count = count * 5 / 4 + 1) {
        const std::vector<Term> terms(count, Term{bls12_381_g1_generator(), {~0ULL}});
        const auto expected = multiply_sparse(multiply_sparse(g, Limbs<1>{~0ULL}), Limbs<1>{count});
        EXPECT_TRUE(multi_scalar_buckets(std::span<const Term>{terms}).equals(expected)) << count;
    }
}

TEST(MultiScalar, EqualsTheProductWhenAScalarIsSplit) {
    auto random = switchyard::test::test_generator(0x5ca1d);
    std::vector<Limbs<4>> scalars = {Limbs<4>{},
                                     {1},
                                     {Bls12381::kParameter},
                                     Bls12381::kOrder,
                                     {~0ULL, ~0ULL, ~0ULL, ~0ULL},
                                     subtract(Bls12381::kOrder, Limbs<4>{1})};
    for (int i = 0; i < 20; ++i)
        scalars.push_back(random_scalar(random));
    for (const Limbs<4>& scalar : scalars) {
        const auto p = split_multiple(bls12_381_g1_generator(), scalar);
        EXPECT_TRUE(multi_scalar(std::span<const ScalarPoint<Fp, 2>>{p})
                        .equals(multiply_plainly(bls12_381_g1_generator(), scalar)));
        const auto q = split_multiple(kG2Generator, scalar);
        EXPECT_TRUE(multi_scalar(std::span<const ScalarPoint<F2, 1>>{q})
                        .equals(multiply_plainly(kG2Generator, scalar)));
    }
}

TEST(Points, AddAlikeInAffineAndJacobianCoordinates) {
    auto random = switchyard::test::test_generator(0x5ca1c);
    const JacobianPoint<F2> g{kG2Generator};
    for (int i = 0; i < 20; ++i) {
        const JacobianPoint<F2> p = multiply(g, Limbs<1>{random() % 6});
        const JacobianPoint<F2> q = multiply(g, Limbs<1>{random() % 6}).negated();
        const AffinePoint<F2> sum = add_affine(p.to_affine(), q.to_affine());
        EXPECT_TRUE(is_on_curve(sum, Bls12381::b2()));
        EXPECT_EQ(p.add(q).to_affine(), sum);
        EXPECT_EQ(p.add(q.to_affine()).to_affine(), sum);
        EXPECT_EQ(p.doubled().to_affine(), add_affine(p.to_affine(), p.to_affine()));
    }
}

/// Points of the curve from small x, which are in the subgroup only by an improbable accident.
template <typename F>
std::vector<AffinePoint<F>> points_of_curve(const F& b, size_t count) {
    std::vector<AffinePoint<F>> out;
    F x = F::one();
    for (; out.size() < count; x += F::one())
        if (const auto y = (x.squared() * x + b).square_root()) out.push_back({x, *y});
    return out;
}

TEST(Subgroups, AreWhatTheOrderKills) {
    for (const auto& p : points_of_curve(Bls12381::b1(), 5)) {
        EXPECT_FALSE(multiply(JacobianPoint<Fp>{p}, Bls12381::kOrder).is_infinity());
        EXPECT_FALSE(Bls12381::is_in_g1(p));
    }
    for (const auto& q : points_of_curve(Bls12381::b2(), 5)) {
        EXPECT_FALSE(multiply(JacobianPoint<F2>{q}, Bls12381::kOrder).is_infinity());
        EXPECT_FALSE(Bls12381::is_in_g2(q));
    }
    // The order of BN254's groups: 36 x^4 + 36 x^3 + 18 x^2 + 6 x + 1.
    constexpr auto kOrder =
        limbs_from_hex<4>("30644e72e131a029b85045b68181585d2833e84879b9709143e1f593f0000001");
    constexpr auto kCofactor =  // 2 p - order
        subtract(add(Bn254::Fp::kModulus, Bn254::Fp::kModulus), kOrder);
    for (const auto& q : points_of_curve(Bn254::b2(), 5)) {
        const JacobianPoint<Bn254::F2> point{q};
        EXPECT_FALSE(multiply(point, kOrder).is_infinity());
        EXPECT_FALSE(Bn254::is_in_g2(q));
        // The part whose order divides the cofactor is refused too, and the other part taken.
        EXPECT_FALSE(Bn254::is_in_g2(multiply(point, kOrder).to_affine()));
        EXPECT_TRUE(Bn254::is_in_g2(multiply(point, kCofactor).to_affine()));
    }
    EXPECT_TRUE(Bls12381::is_in_g1(bls12_381_g1_generator()));
    EXPECT_TRUE(Bls12381::is_in_g1({}));
    EXPECT_TRUE(Bls12381::is_in_g2(kG2Generator));
    EXPECT_TRUE(Bls12381::is_in_g2({}));
    EXPECT_TRUE(Bn254::is_in_g2({}));
}

TEST(Maps, LandInTheSubgroups) {
    for (uint64_t u = 0; u < 8; ++u) {
        const auto p = map_to_g1(Fp{u});
        EXPECT_TRUE(is_on_curve(p, Bls12381::b1()));
        EXPECT_TRUE(multiply(JacobianPoint<Fp>{p}, Bls12381::kOrder).is_infinity());
        const auto q = map_to_g2({Fp{u}, -Fp{u + 1}});
        EXPECT_TRUE(is_on_curve(q, Bls12381::b2()));
        EXPECT_TRUE(multiply(JacobianPoint<F2>{q}, Bls12381::kOrder).is_infinity());
    }
}

/// e(a P, b Q) e(-a b P, Q) is one, and with another scalar it is not.
template <typename Curve>
void expect_bilinear(const typename Curve::G1& p, const typename Curve::G2& q) {
    using G1 = JacobianPoint<typename Curve::Fp>;
    using G2 = JacobianPoint<typename Curve::F2>;
    auto random = switchyard::test::test_generator(0xb111);
    for (int i = 0; i < 3; ++i) {
        const uint64_t a = random() >> 33;
        const uint64_t b = random() >> 33;
        std::array<PairingInput<Curve>, 2> pairs{};
        pairs[0] = {multiply(G1{p}, Limbs<1>{a}).to_affine(),
                    multiply(G2{q}, Limbs<1>{b}).to_affine()};
        pairs[1] = {multiply(G1{p}, Limbs<1>{a * b}).negated().to_affine(), q};
        EXPECT_TRUE(pairing_product_is_one<Curve>(pairs));
        pairs[1].p = multiply(G1{p}, Limbs<1>{a * b + 1}).negated().to_affine();
        EXPECT_FALSE(pairing_product_is_one<Curve>(pairs));
        EXPECT_FALSE(pairing_product_is_one<Curve>(std::span{pairs}.first(1)));
    }
    EXPECT_TRUE(pairing_product_is_one<Curve>({}));
}

TEST(Pairing, IsBilinearOnBls12381) {
    expect_bilinear<Bls12381>(bls12_381_g1_generator(), kG2Generator);
}

TEST(Pairing, IsTheSameWithPreparedPoints) {
    const JacobianPoint<Fp> g1{bls12_381_g1_generator()};
    const JacobianPoint<F2> g2{kG2Generator};
    const AffinePoint<F2> q = multiply(g2, Limbs<1>{77}).to_affine();
    const PreparedPoint<Bls12381> prepared_q{q};
    const PreparedPoint<Bls12381> prepared_g{kG2Generator};
    for (const uint64_t factor : {5 * 77U, 5 * 77U + 1U}) {
        const auto p = multiply(g1, Limbs<1>{5}).to_affine();
        const auto r = multiply(g1, Limbs<1>{factor}).negated().to_affine();
        const std::array<PreparedInput<Bls12381>, 2> prepared = {
            {{p, &prepared_q}, {r, &prepared_g}}};
        const std::array<PairingInput<Bls12381>, 2> pairs = {{{p, q}, {r, kG2Generator}}};
        EXPECT_EQ(prepared_product_is_one(std::span<const PreparedInput<Bls12381>>{prepared}),
                  factor == 5 * 77U);
        EXPECT_EQ(pairing_product_is_one<Bls12381>(pairs), factor == 5 * 77U);
    }
}

TEST(Pairing, IsBilinearOnBn254) {
    using Fp4 = Bn254::Fp;
    // The generators of EIP-197.
    const auto fp = [](std::string_view text) {
        return *Fp4::from_bytes(fixed_from_hex<32>(text)->data());
    };
    const Bn254::G2 g2{{fp("1800deef121f1e76426a00665e5c4479674322d4f75edadd46debd5cd992f6ed"),
                        fp("198e9393920d483a7260bfb731fb5d25f1aa493335a9e71297e485b7aef312c2")},
                       {fp("12c85ea5db8c6deb4aab71808dcb408fe3d1e7690c43d37b4ce6cc0166fa7daa"),
                        fp("090689d0585ff075ec9e99ad690c3395bc4b313370b38ef355acdadcd122975b")}};
    ASSERT_TRUE(is_on_curve(g2, Bn254::b2()));
    ASSERT_TRUE(Bn254::is_in_g2(g2));
    expect_bilinear<Bn254>({Fp4{1}, Fp4{2}}, g2);
}

}  // namespace
}  // namespace switchyard::precompiles::curve
