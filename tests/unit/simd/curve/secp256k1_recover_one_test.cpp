// SPDX-License-Identifier: Apache-2.0
// The recovery of single signatures, against libsecp256k1 and Wycheproof.
#include <gtest/gtest.h>

#include <gmp.h>

#include "simd/curve/secp256k1_field.hpp"
#include "simd/curve/secp256k1_recover_one.hpp"
#include "simd/keccak256_ref.hpp"
#include "tests/support/secp256k1_signatures.hpp"
#include "tests/support/test_data.hpp"

namespace switchyard::simd {
namespace {

using curve::Limbs;
namespace signatures = test;

/// Both forms of arithmetic must decide as libsecp256k1 does.
void expect_as_libsecp256k1(const std::vector<RecoverInput>& inputs) {
    for (size_t i = 0; i < inputs.size(); ++i) {
        const signatures::ExpectedKey expected = signatures::libsecp256k1_recover(inputs[i]);
        for (const auto recover : {recover_one, recover_one_portable}) {
            PublicKey key;
            const RecoverStatus status = recover(inputs[i], key);
            ASSERT_EQ(status == RecoverStatus::Ok, expected.ok)
                << "signature " << i << ": " << to_string(status);
            ASSERT_EQ(key, expected.key) << "signature " << i;
        }
    }
}

TEST(SingleRecovery, AgreesWithLibsecp256k1OnRandomAndDamagedSignatures) {
    auto random = switchyard::test::test_generator(31);
    std::vector<RecoverInput> inputs(1500);
    for (RecoverInput& input : inputs) {
        input = signatures::random_signature(random);
        if (random() % 2 == 0) signatures::damage(input, random);
    }
    expect_as_libsecp256k1(inputs);
}

TEST(SingleRecovery, MeetsEqualAndOppositePointsInEveryAddition) {
    auto random = switchyard::test::test_generator(32);
    expect_as_libsecp256k1(signatures::signatures_that_meet_equal_points(random, 600));
}

TEST(SingleRecovery, TakesExtremeScalars) {
    auto random = switchyard::test::test_generator(33);
    std::vector<RecoverInput> inputs;
    const auto negated = [](const ref::U256& value) {
        return ref::sub_mod(ref::U256{}, value, ref::kGroupOrder);
    };
    // Powers of two and their neighbours: long runs of zeros and ones in the digits.
    for (size_t at = 0; at < 256; at += 7) {
        ref::U256 power{};
        power[at / 64] = uint64_t{1} << (at % 64);
        for (const ref::U256& u :
             {power, negated(power), ref::sub_mod(power, signatures::kOne, ref::kGroupOrder)}) {
            const ref::U256 k = signatures::random_scalar(random);
            const ref::U256 other = signatures::random_scalar(random);
            if (!ref::is_zero(u)) inputs.push_back(signatures::signature_for(k, other, u));
            inputs.push_back(signatures::signature_for(k, u, other));
        }
    }
    expect_as_libsecp256k1(inputs);
}

TEST(SingleRecovery, GivesTheReasonsOfTheReference) {
    auto random = switchyard::test::test_generator(34);
    std::array<size_t, 6> seen{};
    for (int i = 0; i < 600; ++i) {
        RecoverInput input = signatures::random_signature(random);
        signatures::damage(input, random);
        PublicKey key;
        PublicKey expected;
        const RecoverStatus status = recover_one(input, key);
        ASSERT_EQ(status, ref::recover(input, expected)) << "signature " << i;
        ASSERT_EQ(key, expected) << "signature " << i;
        ++seen[static_cast<size_t>(status)];
    }
    for (const size_t count : seen)
        EXPECT_GT(count, 0U);
}

TEST(SingleRecovery, FindsTheKeysOfWycheproof) {
    SWITCHYARD_REQUIRE_SUITE(suite, "crypto");
    size_t valid = 0;
    size_t invalid = 0;
    for (const auto& vector : signatures::wycheproof_signatures(suite)) {
        bool found = false;
        for (const RecoverInput& input : vector.inputs) {
            PublicKey key;
            found |= recover_one(input, key) == RecoverStatus::Ok && key == vector.key;
        }
        EXPECT_EQ(found, vector.valid) << "vector " << vector.id;
        ++(vector.valid ? valid : invalid);
    }
    EXPECT_GT(valid, 1500U);
    EXPECT_GT(invalid, 700U);
}

/// GMP's remainder of a two-operand operation modulo p.
Limbs<4> with_gmp(char operation, const Limbs<4>& a, const Limbs<4>& b) {
    mpz_t x, y, p;
    mpz_inits(x, y, p, nullptr);
    mpz_import(x, 4, -1, 8, 0, 0, a.data());
    mpz_import(y, 4, -1, 8, 0, 0, b.data());
    mpz_import(p, 4, -1, 8, 0, 0, curve::secp256k1::kPrime.data());
    if (operation == '+') mpz_add(x, x, y);
    if (operation == '-') mpz_sub(x, x, y);
    if (operation == '*') mpz_mul(x, x, y);
    mpz_mod(x, x, p);
    Limbs<4> out{};
    mpz_export(out.data(), nullptr, -1, 8, 0, 0, x);
    mpz_clears(x, y, p, nullptr);
    return out;
}

template <typename Arithmetic>
void expect_as_gmp(const Limbs<4>& a, const Limbs<4>& b) {
    using curve::reduce_once;
    constexpr auto& p = curve::secp256k1::kPrime;
    ASSERT_EQ(reduce_once(Arithmetic::multiply(a, b), p), with_gmp('*', a, b));
    ASSERT_EQ(reduce_once(Arithmetic::square(a), p), with_gmp('*', a, a));
    ASSERT_EQ(reduce_once(Arithmetic::add(a, b), p), with_gmp('+', a, b));
    ASSERT_EQ(reduce_once(Arithmetic::subtract(a, b), p), with_gmp('-', a, b));
}

/// Any four limbs are operands, so that the carries past 2^256 meet their rare cases only in limbs
/// that are nearly all zeros or ones.
TEST(Secp256k1Arithmetic, EqualsGmpOnAllKindsOfLimbs) {
    auto random = switchyard::test::test_generator(36);
    const auto limb = [&]() -> uint64_t {
        switch (random() % 6) {
            case 0:
                return 0;
            case 1:
                return ~uint64_t{0};
            case 2:
                return random() % 4;
            case 3:
                return 0 - (random() % 4);
            case 4:
                return 0 - curve::secp256k1::kC + random() % 3 - 1;
            default:
                return random();
        }
    };
    for (int i = 0; i < 100'000; ++i) {
        const Limbs<4> a{limb(), limb(), limb(), limb()};
        const Limbs<4> b{limb(), limb(), limb(), limb()};
        expect_as_gmp<curve::secp256k1::PortableArithmetic>(a, b);
#if defined(SWITCHYARD_SECP256K1_ADX)
        if (curve::kHasAdx) expect_as_gmp<curve::secp256k1::AdxArithmetic>(a, b);
#endif
    }
}

template <typename F>
void expect_field_rules(std::mt19937_64& random) {
    const auto element = [&] {
        return F::from_integer({random(), random(), random(), random()}) + F::one();
    };
    for (int i = 0; i < 300; ++i) {
        const F a = element();
        EXPECT_EQ(a * a.inverse(), F::one());
        EXPECT_EQ(a.halved().doubled(), a);
        EXPECT_EQ(a + (-a), F::zero());
        const auto root = a.squared().square_root();
        ASSERT_TRUE(root.has_value());
        EXPECT_TRUE(*root == a || *root == -a);
        // -1 is no square.
        EXPECT_FALSE((-a.squared()).square_root().has_value());
    }
    EXPECT_TRUE(F::zero().inverse().is_zero());
    // p itself and p + 1 are other limbs for zero and one.
    Limbs<4> above = F::kModulus;
    EXPECT_TRUE(F::from_integer(above).is_zero());
    ++above[0];
    EXPECT_EQ(F::from_integer(above), F::one());
    EXPECT_TRUE(F::from_integer(above).is_odd());
}

TEST(Secp256k1Field, ObeysTheRulesOfAField) {
    auto random = switchyard::test::test_generator(37);
    expect_field_rules<curve::Secp256k1Field<curve::secp256k1::PortableArithmetic>>(random);
#if defined(SWITCHYARD_SECP256K1_ADX)
    if (curve::kHasAdx)
        expect_field_rules<curve::Secp256k1Field<curve::secp256k1::AdxArithmetic>>(random);
#endif
}

}  // namespace
}  // namespace switchyard::simd
