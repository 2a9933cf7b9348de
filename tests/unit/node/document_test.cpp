// SPDX-License-Identifier: Apache-2.0
#include "host/node/json/document.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/support/test_data.hpp"

namespace switchyard::json {
namespace {

/// The same value, read by the other library.
void expect_equal(Element element, const nlohmann::json& expected) {
    switch (expected.type()) {
        case nlohmann::json::value_t::null:
            EXPECT_EQ(element.type(), Type::Null);
            break;
        case nlohmann::json::value_t::boolean:
            EXPECT_EQ(element.boolean(), expected.get<bool>());
            break;
        case nlohmann::json::value_t::number_unsigned:
            EXPECT_EQ(element.uint64(), expected.get<uint64_t>());
            break;
        case nlohmann::json::value_t::number_integer:
            EXPECT_EQ(element.int64(), expected.get<int64_t>());
            break;
        case nlohmann::json::value_t::number_float:
            EXPECT_EQ(element.number(), expected.get<double>());
            break;
        case nlohmann::json::value_t::string:
            EXPECT_EQ(element.string(), expected.get<std::string>());
            break;
        case nlohmann::json::value_t::array: {
            ASSERT_EQ(element.size(), expected.size());
            size_t i = 0;
            for (const Element member : element.elements())
                expect_equal(member, expected[i++]);
            break;
        }
        case nlohmann::json::value_t::object:
            ASSERT_EQ(element.size(), expected.size());
            for (const Member& member : element.members())
                expect_equal(member.value, expected[std::string(member.name)]);
            break;
        default:
            FAIL();
    }
}

nlohmann::json random_value(std::mt19937_64& random, int depth) {
    switch (random() % (depth > 0 ? 8 : 6)) {
        case 0:
            return nullptr;
        case 1:
            return random() % 2 == 0;
        case 2:
            return random() >> (random() % 64);
        case 3:
            return -static_cast<int64_t>(random() >> (1 + random() % 62));
        case 4:
            return static_cast<double>(random()) / 1048576.0;
        case 5: {
            static const std::vector<std::string> kPieces = {"a", "\"",     "\\", "\n", "\x01",
                                                             "é", "\u20ac", "😀",  "0x"};
            std::string text;
            for (uint64_t i = random() % 9; i > 0; --i)
                text += kPieces[random() % kPieces.size()];
            return text;
        }
        case 6: {
            nlohmann::json array = nlohmann::json::array();
            for (uint64_t i = random() % 5; i > 0; --i)
                array.push_back(random_value(random, depth - 1));
            return array;
        }
        default: {
            nlohmann::json object = nlohmann::json::object();
            for (uint64_t i = random() % 5; i > 0; --i)
                object[std::to_string(random() % 100)] = random_value(random, depth - 1);
            return object;
        }
    }
}

TEST(JsonDocument, ReadsWhatTheOtherLibraryWrites) {
    auto random = test::test_generator(3);
    Document document;
    for (int i = 0; i < 2000; ++i) {
        const nlohmann::json expected = random_value(random, 4);
        const std::string text = expected.dump(random() % 2 == 0 ? -1 : 1);
        const auto root = document.parse(text);
        ASSERT_TRUE(root) << text;
        expect_equal(*root, expected);
        std::string again;
        root->write(again);
        ASSERT_EQ(nlohmann::json::parse(again), expected) << again;
    }
}

TEST(JsonDocument, OfMembersWithOneNameTheLastCounts) {
    Document document;
    const auto root = document.parse(R"({"a":1,"b":2,"a":3})");
    ASSERT_TRUE(root);
    EXPECT_EQ(root->find("a").uint64(), 3U);
    EXPECT_TRUE(root->find("c").is_absent());
}

TEST(JsonDocument, AnAbsentElementHasNoAnswers) {
    const Element nothing;
    EXPECT_EQ(nothing.type(), Type::Absent);
    EXPECT_TRUE(nothing.is_absent_or_null());
    EXPECT_FALSE(nothing.string() || nothing.uint64() || nothing.number() || nothing.boolean());
    EXPECT_EQ(nothing.size(), 0U);
    EXPECT_TRUE(nothing.find("a").is_absent());
    std::string text;
    nothing.write(text);
    EXPECT_EQ(text, "");
}

TEST(JsonDocument, RefusesWhatIsNoJson) {
    Document document;
    for (const char* text :
         {"", " ", "{", "[1,]", "{\"a\":}", "nul", "01", "1 2", "\"a", "[1]]", "{'a':1}",
          "\"\x01\"", "\"\xff\"", "\"\\ud800\"", "18446744073709551616", "NaN", "1e", "\"\\x\""}) {
        const auto root = document.parse(text);
        ASSERT_FALSE(root) << text;
        EXPECT_EQ(root.error().code, ErrorCode::InvalidInput) << text;
    }
    EXPECT_TRUE(document.parse("[1]")) << "a document is of use after a failure";
}

TEST(JsonDocument, BoundsSizeAndDepth) {
    Document document;
    const auto nested = [](size_t depth) {
        return std::string(depth, '[') + std::string(depth, ']');
    };
    ParseLimits limits;
    limits.depth_max = 10;
    EXPECT_TRUE(document.parse(nested(9), limits));
    ASSERT_FALSE(document.parse(nested(11), limits));
    EXPECT_EQ(document.parse(nested(11), limits).error().code, ErrorCode::LimitExceeded);
    EXPECT_EQ(document.parse(nested(1'000'000)).error().code, ErrorCode::LimitExceeded);
    limits.bytes_max = 5;
    EXPECT_TRUE(document.parse("[1,2]", limits));
    EXPECT_EQ(document.parse("[1,2] ", limits).error().code, ErrorCode::LimitExceeded);
}

TEST(JsonDocument, BigNumbersCanBeStrings) {
    Document document;
    const std::string text =
        R"({"a":58750000000000000000000,"b":"58750000000000000000000 \" 1","c":12,"d":[99999999999999999999]})";
    EXPECT_FALSE(document.parse(text));
    ParseLimits limits;
    limits.big_numbers_as_strings = true;
    const auto root = document.parse(text, limits);
    ASSERT_TRUE(root);
    EXPECT_EQ(root->find("a").string(), "58750000000000000000000");
    EXPECT_EQ(root->find("b").string(), "58750000000000000000000 \" 1");
    EXPECT_EQ(root->find("c").uint64(), 12U);
    EXPECT_EQ((*root->find("d").elements().begin()).string(), "99999999999999999999");
}

TEST(JsonDocument, ParsesInPlaceAndAgainAfterAShrink) {
    Document document;
    std::string text = R"({"method":"eth_chainId"})";
    const auto root = document.parse_in_place(text);
    ASSERT_TRUE(root);
    EXPECT_EQ(root->find("method").string(), "eth_chainId");
    ASSERT_TRUE(document.parse("[" + std::string(100'000, ' ') + "]"));
    document.shrink(1000);
    EXPECT_TRUE(document.parse("[1]"));
}

}  // namespace
}  // namespace switchyard::json
