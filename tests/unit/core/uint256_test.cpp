// SPDX-License-Identifier: Apache-2.0
// Compares the EVM's word with GMP's integers on random and on edge operands.
#include "host/core/uint256.hpp"

#include <gmpxx.h>
#include <gtest/gtest.h>

#include "tests/support/test_data.hpp"

namespace switchyard {
namespace {

mpz_class to_gmp(const Uint256& value) {
    mpz_class out;
    mpz_import(out.get_mpz_t(), 4, -1, 8, 0, 0, value.limb.data());
    return out;
}

mpz_class word_modulus() {
    return mpz_class(1) << 256;
}

Uint256 from_gmp(const mpz_class& value) {
    mpz_class reduced = value % word_modulus();
    if (reduced < 0) reduced += word_modulus();
    Uint256 out;
    mpz_export(out.limb.data(), nullptr, -1, 8, 0, 0, reduced.get_mpz_t());
    return out;
}

mpz_class signed_gmp(const Uint256& value) {
    return value.is_negative() ? mpz_class(to_gmp(value) - word_modulus()) : to_gmp(value);
}

/// Random words whose limbs are often 0, 1, all ones or a lone high bit: where carries and quotient
/// digits go wrong.
class Uint256Fixture : public testing::Test {
  protected:
    Uint256 random_word() {
        Uint256 out;
        for (auto& limb : out.limb) {
            switch (generator_() % 6) {
                case 0:
                    limb = 0;
                    break;
                case 1:
                    limb = UINT64_MAX;
                    break;
                case 2:
                    limb = 1ULL << 63;
                    break;
                case 3:
                    limb = 1;
                    break;
                default:
                    limb = generator_();
                    break;
            }
        }
        return out >> (generator_() % 4 == 0 ? generator_() % 256 : 0);
    }
    static constexpr int kRounds = 20'000;
    std::mt19937_64 generator_ = test::test_generator(1);
};

TEST_F(Uint256Fixture, AgreesWithGmpOnRingOperations) {
    for (int i = 0; i < kRounds; ++i) {
        const Uint256 a = random_word();
        const Uint256 b = random_word();
        ASSERT_EQ(a + b, from_gmp(to_gmp(a) + to_gmp(b)));
        ASSERT_EQ(a - b, from_gmp(to_gmp(a) - to_gmp(b)));
        ASSERT_EQ(a * b, from_gmp(to_gmp(a) * to_gmp(b)));
        ASSERT_EQ(-a, from_gmp(-to_gmp(a)));
        ASSERT_EQ(a < b, to_gmp(a) < to_gmp(b));
        ASSERT_EQ(signed_less(a, b), signed_gmp(a) < signed_gmp(b));
    }
}

TEST_F(Uint256Fixture, AgreesWithGmpOnDivision) {
    for (int i = 0; i < kRounds; ++i) {
        const Uint256 a = random_word();
        const Uint256 b = random_word();
        if (b.is_zero()) continue;
        ASSERT_EQ(a / b, from_gmp(to_gmp(a) / to_gmp(b)))
            << to_hex_quantity(a) << " / " << to_hex_quantity(b);
        ASSERT_EQ(a % b, from_gmp(to_gmp(a) % to_gmp(b)));
        ASSERT_EQ(signed_divide(a, b), from_gmp(signed_gmp(a) / signed_gmp(b)));
        ASSERT_EQ(signed_remainder(a, b), from_gmp(signed_gmp(a) % signed_gmp(b)));
        const Uint256 c = random_word();
        ASSERT_EQ(add_mod(a, c, b), from_gmp((to_gmp(a) + to_gmp(c)) % to_gmp(b)));
        ASSERT_EQ(multiply_mod(a, c, b), from_gmp((to_gmp(a) * to_gmp(c)) % to_gmp(b)));
    }
}

TEST_F(Uint256Fixture, AgreesWithGmpOnPowersAndShifts) {
    for (int i = 0; i < 2'000; ++i) {
        const Uint256 a = random_word();
        const Uint256 e = random_word();
        mpz_class expected;
        mpz_powm(expected.get_mpz_t(), to_gmp(a).get_mpz_t(), to_gmp(e).get_mpz_t(),
                 word_modulus().get_mpz_t());
        ASSERT_EQ(power(a, e), from_gmp(expected));
        const uint64_t bits = generator_() % 300;
        ASSERT_EQ(a << bits, from_gmp(to_gmp(a) << bits));
        ASSERT_EQ(a >> bits, from_gmp(to_gmp(a) >> bits));
        mpz_class shifted;
        mpz_fdiv_q_2exp(shifted.get_mpz_t(), signed_gmp(a).get_mpz_t(), bits);
        ASSERT_EQ(arithmetic_shift_right(a, Uint256{bits}), from_gmp(shifted));
    }
}

TEST(Uint256, DividesByZeroAsTheEvmDoes) {
    EXPECT_EQ(Uint256{7} / Uint256{}, Uint256{});
    EXPECT_EQ(Uint256{7} % Uint256{}, Uint256{});
    EXPECT_EQ(add_mod(7, 8, 0), Uint256{});
    EXPECT_EQ(multiply_mod(7, 8, 0), Uint256{});
}

TEST(Uint256, SignExtendsFromTheChosenByte) {
    EXPECT_EQ(sign_extend(0, 0xff), ~Uint256{});
    EXPECT_EQ(sign_extend(0, 0x7f), Uint256{0x7f});
    EXPECT_EQ(sign_extend(31, 0xff), Uint256{0xff});
    EXPECT_EQ(sign_extend(~Uint256{}, 0xff), Uint256{0xff});
    EXPECT_EQ(sign_extend(1, 0x18000), Uint256{0x8000} - Uint256{0x10000});
}

TEST(Uint256, ReadsAndWritesText) {
    EXPECT_EQ(uint256_from_text("0x0"), Uint256{});
    EXPECT_EQ(uint256_from_text("1000000007"), Uint256{1'000'000'007});
    EXPECT_FALSE(uint256_from_text("0x"));
    EXPECT_FALSE(uint256_from_text(""));
    EXPECT_FALSE(uint256_from_text("12a"));
    const std::string largest = "0x" + std::string(64, 'f');
    EXPECT_EQ(uint256_from_text(largest), ~Uint256{});
    EXPECT_EQ(uint256_from_text(to_decimal(~Uint256{})), ~Uint256{});
    EXPECT_FALSE(uint256_from_text(largest + "f"));
    EXPECT_FALSE(uint256_from_text(
        "115792089237316195423570985008687907853269984665640564039457584007913129639936"));
    EXPECT_EQ(to_hex_quantity(0), "0x0");
    EXPECT_EQ(to_hex_quantity(0x100), "0x100");
}

TEST(Uint256, StoresBigEndianWords) {
    const Uint256 value{1, 2, 3, 4};
    EXPECT_EQ(to_uint256(to_bytes32(value)), value);
    EXPECT_EQ(to_bytes32(Uint256{1})[31], 1);
    EXPECT_EQ(to_uint256(to_address(value)),
              Uint256(1, 2, 3, 0) & ((Uint256{1} << 160) - Uint256{1}));
}

}  // namespace
}  // namespace switchyard
