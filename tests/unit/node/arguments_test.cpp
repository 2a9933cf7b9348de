// SPDX-License-Identifier: Apache-2.0
#include "host/node/rpc/arguments.hpp"

#include <gtest/gtest.h>

#include "host/core/hex.hpp"

namespace switchyard::rpc {
namespace {

class ArgumentsFixture : public testing::Test {
  protected:
    Params params(std::string_view text) {
        const auto root = document_.parse(text);
        EXPECT_TRUE(root) << text;
        return Params(*root);
    }
    json::Document document_;
};

TEST_F(ArgumentsFixture, ReadsEachKind) {
    const Params given = params(
        R"(["0x00000000000000000000000000000000000000ff","0x10","0xabcd","latest",true,{"a":1},null])");
    ASSERT_EQ(given.size(), 7U);
    Arguments arguments(given, 7);
    EXPECT_EQ(arguments.address(0),
              *fixed_from_hex<20>("00000000000000000000000000000000000000ff"));
    EXPECT_EQ(arguments.quantity(1), 16U);
    EXPECT_EQ(arguments.word(1), Uint256{16});
    EXPECT_EQ(arguments.data(2, 2), (Bytes{0xab, 0xcd}));
    EXPECT_EQ(arguments.string(3), "latest");
    EXPECT_TRUE(arguments.boolean(4));
    EXPECT_EQ(arguments.element(5).find("a").uint64(), 1U);
    EXPECT_EQ(arguments.optional_quantity(6), std::nullopt);
    EXPECT_EQ(arguments.optional_string(7), std::nullopt);
    EXPECT_TRUE(arguments.optional_boolean(8, true));
    EXPECT_TRUE(arguments.optional_element(6).is_absent());
    EXPECT_FALSE(arguments.failure());
}

TEST_F(ArgumentsFixture, TheFirstFaultIsTheError) {
    const Params given = params(R"(["0x1","0x"])");
    Arguments arguments(given, 2);
    EXPECT_EQ(arguments.address(0), Address{});
    EXPECT_EQ(arguments.quantity(1), 0U);
    ASSERT_TRUE(arguments.failure());
    EXPECT_EQ(arguments.failure()->code, code::kInvalidParams);
    EXPECT_TRUE(arguments.failure()->message.starts_with("invalid argument 0: "))
        << arguments.failure()->message;
}

TEST_F(ArgumentsFixture, SaysWhatIsMissingOrTooMuch) {
    Params given = params("[]");
    Arguments missing(given, 1);
    EXPECT_EQ(missing.hash(0), Bytes32{});
    EXPECT_EQ(missing.failure()->message, "missing value for required argument 0");
    given = params("[1,2]");
    EXPECT_EQ(Arguments(given, 1).failure()->message, "too many arguments, want at most 1");
    given = params("[1]");
    Arguments wrong(given, 1);
    EXPECT_EQ(wrong.string(0), "");
    EXPECT_EQ(wrong.failure()->code, code::kInvalidParams);
    given = params("[null]");
    Arguments null(given, 1);
    EXPECT_TRUE(null.element(0).is_absent());
    EXPECT_EQ(null.failure()->message, "missing value for required argument 0");
}

TEST_F(ArgumentsFixture, UsesTheWordsThatClientsKnow) {
    const auto words = [this](const char* text, auto read) {
        const Params given = params(text);
        Arguments arguments(given, 1);
        read(arguments);
        return arguments.failure() ? arguments.failure()->message : "";
    };
    const auto hash = [](Arguments& arguments) { (void)arguments.hash(0); };
    const auto address = [](Arguments& arguments) { (void)arguments.address(0); };
    const auto quantity = [](Arguments& arguments) { (void)arguments.quantity(0); };
    const auto word = [](Arguments& arguments) { (void)arguments.word(0); };
    const auto data = [](Arguments& arguments) { (void)arguments.data(0, 10); };
    EXPECT_EQ(words(R"(["1000"])", hash),
              "invalid argument 0: json: cannot unmarshal hex string without 0x prefix into Go "
              "value of type common.Hash");
    EXPECT_EQ(words(R"(["0x1000"])", address),
              "invalid argument 0: hex string has length 4, want 40 for common.Address");
    EXPECT_EQ(words(R"(["0x01"])", quantity),
              "invalid argument 0: json: cannot unmarshal hex number with leading zero digits into "
              "Go value of type hexutil.Uint64");
    EXPECT_EQ(words(R"(["0x10000000000000000"])", quantity),
              "invalid argument 0: json: cannot unmarshal hex number > 64 bits into Go value of "
              "type hexutil.Uint64");
    const std::string large = "[\"0x1" + std::string(64, '0') + "\"]";
    EXPECT_EQ(words(large.c_str(), word),
              "invalid argument 0: json: cannot unmarshal hex number > 256 bits into Go value of "
              "type hexutil.Big");
    EXPECT_EQ(words(R"(["0x123"])", data),
              "invalid argument 0: json: cannot unmarshal hex string of odd length into Go value "
              "of type hexutil.Bytes");
}

}  // namespace
}  // namespace switchyard::rpc
