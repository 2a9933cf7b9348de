// SPDX-License-Identifier: Apache-2.0
// What the examples read: the first block of the chain for development, and transactions that its
// accounts sign.
// SWITCHYARD_WRITE_EXAMPLES=1 writes the file.
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

#include "host/core/hex.hpp"
#include "tests/unit/embedded/development_wallet.hpp"

namespace switchyard {
namespace {

TEST(ExampleTransactions, AreWhatTheDevelopmentAccountsSign) {
    const char* const top = std::getenv("SWITCHYARD_SOURCE_DIR");
    ASSERT_NE(top, nullptr) << "CTest sets it";
    const std::string name = std::string(top) + "/host/examples/transactions.txt";
    // The account's first creation stands at this address, by the account and its nonce.
    const auto counter = fixed_from_hex<20>("0x5fbdb2315678afecb367f032d93f642f64180aa3");
    ASSERT_TRUE(counter.has_value());
    test::DevelopmentWallet wallet;
    std::string expected;
    // Tips decide the order: the contract first, then its callers, then payments.
    for (const Bytes& transaction :
         {wallet.create(0, test::counter_creation(), 3), wallet.call(1, *counter, 2),
          wallet.call(2, *counter, 2), wallet.pay(3, wallet.address(4), 2'000'000'000),
          wallet.pay(0, wallet.address(1), 1'000'000'000)})
        expected += to_hex(transaction) + "\n";
    if (std::getenv("SWITCHYARD_WRITE_EXAMPLES") != nullptr) std::ofstream(name) << expected;
    std::ifstream file(name);
    const std::string found{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    EXPECT_EQ(found, expected) << name;
}

TEST(ExampleGenesis, IsTheDevelopmentChain) {
    const char* const top = std::getenv("SWITCHYARD_SOURCE_DIR");
    ASSERT_NE(top, nullptr) << "CTest sets it";
    const auto file =
        node::load_genesis(std::string(top) + "/host/examples/development_genesis.json");
    ASSERT_TRUE(file.has_value()) << file.error().message;
    const auto expected = node::development_genesis();
    ASSERT_TRUE(expected.has_value());
    EXPECT_EQ(file->header, expected->header);
    EXPECT_EQ(file->state, expected->state);
}

}  // namespace
}  // namespace switchyard
