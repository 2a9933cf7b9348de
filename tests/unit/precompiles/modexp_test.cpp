// SPDX-License-Identifier: Apache-2.0
// The corners of MODEXP that the vector files leave out: zero, even and missing numbers, declared
// lengths that nobody sends, and the bound of EIP-7823.
#include "host/precompiles/modexp.hpp"

#include <gmp.h>
#include <gtest/gtest.h>

#include <random>

#include "host/core/hex.hpp"
#include "host/core/uint256.hpp"
#include "host/precompiles/prices.hpp"
#include "tests/support/test_data.hpp"
#include "tests/unit/precompiles/vectors.hpp"

namespace switchyard::precompiles::test {
namespace {

Bytes header(const Uint256& base, const Uint256& exponent, const Uint256& modulus) {
    Bytes out(96);
    store_big_endian(base, out.data());
    store_big_endian(exponent, out.data() + 32);
    store_big_endian(modulus, out.data() + 64);
    return out;
}

Bytes request(const Bytes& base, const Bytes& exponent, const Bytes& modulus) {
    Bytes out = header(base.size(), exponent.size(), modulus.size());
    for (const Bytes* part : {&base, &exponent, &modulus})
        out.insert(out.end(), part->begin(), part->end());
    return out;
}

std::string answer(const Bytes& input, Revision revision = Revision::Berlin) {
    const auto result = run_precompile(numbered_address(5), input, 100'000'000, revision);
    EXPECT_EQ(result.outcome, Outcome::Success);
    return to_hex(result.output);
}

TEST(Modexp, KnowsZeroAndOne) {
    EXPECT_EQ(answer({}), "0x");
    EXPECT_EQ(answer(request({}, {}, {0x07})), "0x01");                  // 0^0
    EXPECT_EQ(answer(request({0x00}, {0x05}, {0x07})), "0x00");          // 0^5
    EXPECT_EQ(answer(request({0x05}, {0x00}, {0x07})), "0x01");          // 5^0
    EXPECT_EQ(answer(request({0x05}, {0x00}, {0x01})), "0x00");          // modulo 1
    EXPECT_EQ(answer(request({0x05}, {0x03}, {0x00, 0x00})), "0x0000");  // modulo 0
    EXPECT_EQ(answer(request({0x05}, {0x03}, {})), "0x");
}

TEST(Modexp, TakesEvenModuli) {
    EXPECT_EQ(answer(request({0x07}, {0x03}, {0x64})), "0x2b");  // 343 mod 100
    EXPECT_EQ(answer(request({0x03}, {0x05}, {0x01, 0x00})), "0x00f3");
    EXPECT_EQ(answer(request({0x02}, {0x09}, {0x01, 0x00})), "0x0000");
}

TEST(Modexp, ReadsMissingBytesAsZeros) {
    // The modulus is declared with two bytes, of which one is sent: 0x0500; 3^7 is 2187.
    Bytes input = request({0x03}, {0x07}, {0x05, 0x00});
    EXPECT_EQ(answer(input), "0x038b");
    input.pop_back();
    EXPECT_EQ(answer(input), "0x038b");
    // Nothing but the lengths: everything is zero.
    EXPECT_EQ(answer(header(4, 4, 4)), "0x00000000");
}

TEST(Modexp, AnswersZerosWhenTheModulusIsNotSent) {
    Bytes input = header(1, 5000, 3);
    EXPECT_EQ(answer(input), "0x000000");
    input.insert(input.end(), {0x12, 0x03});
    EXPECT_EQ(answer(input), "0x000000");
}

TEST(Modexp, ChargesHugeDeclaredLengthsBeforeItTouchesMemory) {
    const Uint256 huge = Uint256{} - Uint256{1};
    const Uint256 large = Uint256{1} << 33;
    for (const Revision revision : {Revision::Byzantium, Revision::Berlin, Revision::Osaka}) {
        for (const Uint256& length : {huge, large, Uint256{1} << 64, Uint256{1} << 128}) {
            EXPECT_GT(modexp_price(header(length, 0, 0), revision), uint64_t{1} << 50);
            EXPECT_GT(modexp_price(header(0, 0, length), revision), uint64_t{1} << 50);
            EXPECT_GT(modexp_price(header(1, length, 1), revision), uint64_t{1} << 31);
            const auto result = run_precompile(numbered_address(5), header(length, length, length),
                                               UINT64_MAX - 1, revision);
            EXPECT_EQ(result.outcome, Outcome::OutOfGas);
        }
    }
    EXPECT_EQ(modexp_price(header(1, huge, 1), Revision::Byzantium), kUnaffordable);
}

TEST(Modexp, AnswersAHugeExponentOfNothingWithNothing) {
    const Bytes input = header(0, Uint256{} - Uint256{1}, 0);
    EXPECT_EQ(modexp_price(input, Revision::Byzantium), 0);
    EXPECT_EQ(modexp_price(input, Revision::Berlin), 200);
    EXPECT_EQ(answer(input, Revision::Byzantium), "0x");
    EXPECT_EQ(answer(input, Revision::Berlin), "0x");
}

TEST(Modexp, RefusesLengthsAbove1024FromOsakaOn) {
    const Address address = numbered_address(5);
    for (const Bytes& input : {header(1025, 0, 0), header(0, 1025, 1), header(0, 0, 1025)}) {
        EXPECT_EQ(run_precompile(address, input, UINT64_MAX, Revision::Osaka).outcome,
                  Outcome::Failure);
        EXPECT_EQ(run_precompile(address, input, UINT64_MAX, Revision::Prague).outcome,
                  Outcome::Success);
    }
    EXPECT_EQ(
        run_precompile(address, header(1024, 1024, 1024), UINT64_MAX, Revision::Osaka).outcome,
        Outcome::Success);
}

/// Square and multiply on 64-bit numbers.
uint64_t power_mod(uint64_t base, uint64_t exponent, uint64_t modulus) {
    unsigned __int128 result = 1 % modulus;
    unsigned __int128 square = base % modulus;
    for (; exponent != 0; exponent >>= 1) {
        if (exponent & 1) result = result * square % modulus;
        square = square * square % modulus;
    }
    return static_cast<uint64_t>(result);
}

TEST(Modexp, EqualsSquareAndMultiplyOnSmallNumbers) {
    auto random = switchyard::test::test_generator(0x6d6f);
    const auto word = [](uint64_t value) {
        Bytes out(8);
        for (size_t i = 0; i < 8; ++i)
            out[i] = static_cast<uint8_t>(value >> (56 - 8 * i));
        return out;
    };
    for (int i = 0; i < 500; ++i) {
        const uint64_t base = random();
        const uint64_t exponent = random() >> (random() % 64);
        const uint64_t modulus = (random() >> (random() % 63)) + 1;
        EXPECT_EQ(answer(request(word(base), word(exponent), word(modulus))),
                  to_hex(word(power_mod(base, exponent, modulus))));
    }
}

/// GMP's own modular power, in as many bytes as the modulus has.
Bytes with_gmp(const Bytes& base, const Bytes& exponent, const Bytes& modulus) {
    mpz_t b, e, m;
    mpz_inits(b, e, m, nullptr);
    mpz_import(b, base.size(), 1, 1, 1, 0, base.data());
    mpz_import(e, exponent.size(), 1, 1, 1, 0, exponent.data());
    mpz_import(m, modulus.size(), 1, 1, 1, 0, modulus.data());
    Bytes out(modulus.size(), 0);
    if (mpz_sgn(m) != 0) {
        mpz_powm(b, b, e, m);
        const size_t size = mpz_sgn(b) == 0 ? 0 : (mpz_sizeinbase(b, 2) + 7) / 8;
        mpz_export(out.data() + (out.size() - size), nullptr, 1, 1, 1, 0, b);
    }
    mpz_clears(b, e, m, nullptr);
    return out;
}

Bytes random_bytes(std::mt19937_64& random, size_t size) {
    Bytes out(size);
    for (uint8_t& byte : out)
        byte = static_cast<uint8_t>(random());
    return out;
}

void expect_as_gmp(const Bytes& base, const Bytes& exponent, const Bytes& modulus) {
    ASSERT_EQ(answer(request(base, exponent, modulus)), to_hex(with_gmp(base, exponent, modulus)))
        << to_hex(base) << " ^ " << to_hex(exponent) << " mod " << to_hex(modulus);
}

/// Every length of the modulus around the border between one machine word and more, leading zeros
/// included.
TEST(Modexp, EqualsGmpForModuliOfAllLengths) {
    auto random = switchyard::test::test_generator(0x6d70);
    for (int i = 0; i < 2000; ++i) {
        const Bytes base = random_bytes(random, random() % 50);
        const Bytes exponent = random_bytes(random, random() % 40);
        Bytes modulus = random_bytes(random, 1 + random() % 20);
        std::fill_n(modulus.begin(), random() % modulus.size(), uint8_t{0});
        if (random() % 2 == 0) modulus.back() &= 0xf0;
        expect_as_gmp(base, exponent, modulus);
    }
}

/// Exponents of a few bits, which take another way than long ones.
TEST(Modexp, EqualsGmpForSmallExponents) {
    auto random = switchyard::test::test_generator(0x6d71);
    for (uint8_t exponent = 0; exponent <= 9; ++exponent)
        for (const size_t length : {9U, 16U, 17U, 40U, 200U})
            for (int i = 0; i < 8; ++i) {
                Bytes modulus = random_bytes(random, length);
                if (i % 2 == 0) modulus.back() &= 0xf0;
                const Bytes base = random_bytes(random, i < 4 ? length : random() % 400);
                expect_as_gmp(base, {0, exponent}, modulus);
                expect_as_gmp(base, {exponent}, modulus);
                expect_as_gmp(modulus, {exponent}, modulus);
            }
}

}  // namespace
}  // namespace switchyard::precompiles::test
