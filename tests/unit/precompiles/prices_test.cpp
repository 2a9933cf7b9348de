// SPDX-License-Identifier: Apache-2.0
#include "host/precompiles/prices.hpp"

#include <gtest/gtest.h>

#include "tests/unit/precompiles/vectors.hpp"

namespace switchyard::precompiles::test {
namespace {

/// With one gas less than the price the call is out of gas, with the price it is not.
void expect_price(uint16_t number, size_t input_size, Revision revision, uint64_t price) {
    const Bytes input(input_size);
    const Address address = numbered_address(number);
    SCOPED_TRACE(testing::Message() << "precompile " << number << ", " << input_size << " bytes, "
                                    << "revision " << static_cast<int>(revision));
    EXPECT_EQ(run_precompile(address, input, price - 1, revision).outcome, Outcome::OutOfGas);
    EXPECT_NE(run_precompile(address, input, price, revision).outcome, Outcome::OutOfGas);
}

TEST(PrecompilePrices, AreThoseOfTheYellowPaper) {
    expect_price(1, 0, Revision::Frontier, 3000);
    expect_price(2, 0, Revision::Frontier, 60);
    expect_price(2, 1, Revision::Frontier, 72);
    expect_price(2, 32, Revision::Frontier, 72);
    expect_price(2, 33, Revision::Osaka, 84);
    expect_price(3, 0, Revision::Frontier, 600);
    expect_price(3, 65, Revision::Frontier, 960);
    expect_price(4, 0, Revision::Frontier, 15);
    expect_price(4, 64, Revision::Frontier, 21);
}

TEST(PrecompilePrices, OfBn254FallWithIstanbul) {
    expect_price(6, 128, Revision::Byzantium, 500);
    expect_price(6, 128, Revision::Petersburg, 500);
    expect_price(6, 128, Revision::Istanbul, 150);
    expect_price(7, 96, Revision::Petersburg, 40'000);
    expect_price(7, 96, Revision::Istanbul, 6'000);
    expect_price(8, 0, Revision::Petersburg, 100'000);
    expect_price(8, 384, Revision::Petersburg, 260'000);
    expect_price(8, 0, Revision::Istanbul, 45'000);
    expect_price(8, 384, Revision::Osaka, 113'000);
}

TEST(PrecompilePrices, OfBlake2fAreItsRounds) {
    Bytes input(213);
    input[2] = 1;
    const Address address = numbered_address(9);
    EXPECT_EQ(run_precompile(address, input, 255, Revision::Istanbul).outcome, Outcome::OutOfGas);
    const PrecompileResult result = run_precompile(address, input, 256, Revision::Istanbul);
    EXPECT_EQ(result.outcome, Outcome::Success);
    EXPECT_EQ(result.gas_used, 256);
    input[0] = 0xff;
    EXPECT_EQ(run_precompile(address, input, 0xff000000, Revision::Istanbul).outcome,
              Outcome::OutOfGas);
}

TEST(PrecompilePrices, OfTheLaterCurves) {
    expect_price(0x0a, 192, Revision::Cancun, 50'000);
    expect_price(0x0b, 256, Revision::Prague, 375);
    expect_price(0x0c, 160, Revision::Prague, 12'000);
    expect_price(0x0c, 320, Revision::Prague, 22'776);
    expect_price(0x0d, 512, Revision::Prague, 600);
    expect_price(0x0e, 288, Revision::Prague, 22'500);
    expect_price(0x0e, 3 * 288, Revision::Prague, 62'302);
    expect_price(0x0f, 384, Revision::Prague, 70'300);
    expect_price(0x10, 64, Revision::Prague, 5'500);
    expect_price(0x11, 128, Revision::Prague, 23'800);
    expect_price(0x100, 160, Revision::Osaka, 6'900);
}

}  // namespace
}  // namespace switchyard::precompiles::test
