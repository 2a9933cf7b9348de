// SPDX-License-Identifier: Apache-2.0
// Powers modulo one machine word, against GMP.
#include "host/precompiles/word_power.hpp"

#include <gmp.h>
#include <gtest/gtest.h>

#include <random>

#include "host/core/hex.hpp"
#include "tests/support/test_data.hpp"

namespace switchyard::precompiles::test {
namespace {

uint64_t with_gmp(BytesView base, BytesView exponent, uint64_t modulus) {
    mpz_t b, e, m;
    mpz_inits(b, e, m, nullptr);
    mpz_import(b, base.size(), 1, 1, 1, 0, base.data());
    mpz_import(e, exponent.size(), 1, 1, 1, 0, exponent.data());
    mpz_import(m, 1, -1, 8, 0, 0, &modulus);
    mpz_powm(b, b, e, m);
    uint64_t out = 0;
    mpz_export(&out, nullptr, -1, 8, 0, 0, b);
    mpz_clears(b, e, m, nullptr);
    return out;
}

void expect_as_gmp(const Bytes& base, const Bytes& exponent, uint64_t modulus) {
    ASSERT_EQ(word_power(base, exponent, modulus), with_gmp(base, exponent, modulus))
        << to_hex(base) << " ^ " << to_hex(exponent) << " mod " << modulus;
}

Bytes random_bytes(std::mt19937_64& random, size_t size) {
    Bytes out(size);
    for (uint8_t& byte : out)
        byte = static_cast<uint8_t>(random());
    return out;
}

TEST(WordPower, KnowsZeroAndOne) {
    EXPECT_EQ(word_power(Bytes{5}, Bytes{3}, 0), 0U);
    EXPECT_EQ(word_power(Bytes{5}, Bytes{3}, 1), 0U);
    EXPECT_EQ(word_power({}, {}, 1), 0U);
    EXPECT_EQ(word_power({}, {}, 7), 1U);
    EXPECT_EQ(word_power({}, {}, 8), 1U);
    EXPECT_EQ(word_power({}, Bytes{0, 0}, 6), 1U);
    EXPECT_EQ(word_power({}, Bytes{1}, 6), 0U);
}

TEST(WordPower, EqualsGmpForEveryBaseAndSmallModulus) {
    auto random = switchyard::test::test_generator(41);
    // Long exponents take the period of the powers, short ones do not; 64 is where it must hold.
    const std::vector<Bytes> exponents = {{1},
                                          {2},
                                          {15},
                                          {63},
                                          {64},
                                          {65},
                                          {0, 0, 0, 0, 0, 0, 7},
                                          {1, 0, 0, 0, 0},
                                          {1, 0, 0, 0, 1},
                                          random_bytes(random, 9),
                                          Bytes(40, 0xff)};
    for (uint64_t modulus = 1; modulus <= 256; ++modulus)
        for (uint64_t base = 0; base < modulus; ++base)
            for (const Bytes& exponent : exponents)
                expect_as_gmp({static_cast<uint8_t>(base)}, exponent, modulus);
}

TEST(WordPower, EqualsGmpForEveryModulusWithAPeriod) {
    auto random = switchyard::test::test_generator(42);
    for (uint64_t modulus = 1; modulus <= 0x1'0001; ++modulus)
        expect_as_gmp(random_bytes(random, 3), random_bytes(random, 5 + random() % 30), modulus);
}

TEST(WordPower, EqualsGmpOnRandomNumbers) {
    auto random = switchyard::test::test_generator(43);
    for (int i = 0; i < 20'000; ++i) {
        uint64_t modulus = random() >> (random() % 64);
        switch (random() % 4) {
            case 0:
                modulus <<= random() % 64;
                break;  // many factors of two
            case 1:
                modulus = 0 - (random() % 100) - 1;
                break;  // near 2^64
            default:
                break;
        }
        if (modulus == 0) continue;
        Bytes base = random_bytes(random, random() % 40);
        // Bases that share the modulus's factors of two.
        if (!base.empty() && random() % 4 == 0) base.back() = 0;
        Bytes exponent = random_bytes(random, random() % 40);
        if (random() % 4 == 0) exponent.insert(exponent.begin(), 3, 0);
        expect_as_gmp(base, exponent, modulus);
    }
}

}  // namespace
}  // namespace switchyard::precompiles::test
