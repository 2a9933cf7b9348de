// SPDX-License-Identifier: Apache-2.0
#include "host/node/json/writer.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/support/test_data.hpp"

namespace switchyard::json {
namespace {

TEST(JsonWriter, PutsCommasWhereTheyBelong) {
    std::string out = "prefix ";
    Writer writer(out);
    writer.begin_object();
    writer.member_quantity("a", 255);
    writer.key("b");
    writer.begin_array();
    writer.null();
    writer.begin_array();
    writer.end_array();
    writer.begin_object();
    writer.end_object();
    writer.boolean(true);
    writer.end_array();
    writer.member_data("c", Bytes{0, 0xab});
    writer.member_string("d", "x");
    writer.key("e");
    writer.number(int64_t{-5});
    writer.end_object();
    EXPECT_EQ(out, R"(prefix {"a":"0xff","b":[null,[],{},true],"c":"0x00ab","d":"x","e":-5})");
}

TEST(JsonWriter, StringsComeBackAsTheyWere) {
    auto random = test::test_generator(4);
    static const std::vector<std::string> kPieces = {
        "a", "\"", "\\", "\n", "\t", std::string(1, '\0'), "\x1f", "é", "€", "😀", "\x7f"};
    for (int i = 0; i < 2000; ++i) {
        std::string text;
        for (uint64_t n = random() % 12; n > 0; --n)
            text += kPieces[random() % kPieces.size()];
        std::string out;
        Writer(out).string(text);
        ASSERT_EQ(nlohmann::json::parse(out).get<std::string>(), text);
    }
}

TEST(JsonWriter, WhatIsNotUtf8IsReplaced) {
    for (const char* text :
         {"\xff", "\xc0\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xe2\x82", "\x80", "a\xc3"}) {
        std::string out;
        Writer(out).string(text);
        const auto back = nlohmann::json::parse(out).get<std::string>();
        EXPECT_NE(back.find("\xef\xbf\xbd"), std::string::npos) << out;
    }
}

TEST(JsonWriter, QuantitiesAreThoseOfTheProtocol) {
    auto random = test::test_generator(5);
    for (int i = 0; i < 1000; ++i) {
        const Uint256 value = Uint256{random(), random(), random(), random()} >> (random() % 257);
        std::string out;
        Writer(out).quantity(value);
        ASSERT_EQ(out, '"' + to_hex_quantity(value) + '"');
        out.clear();
        Writer(out).quantity(value.limb[0]);
        ASSERT_EQ(out, '"' + to_hex_quantity(Uint256{value.limb[0]}) + '"');
    }
}

TEST(JsonWriter, NumbersAreJson) {
    for (const double value : {0.0, 1.5, -2.25, 1e300, 0.1, 1e-7}) {
        std::string out;
        Writer(out).number(value);
        EXPECT_EQ(nlohmann::json::parse(out).get<double>(), value);
    }
    std::string out;
    Writer(out).number(std::numeric_limits<double>::infinity());
    EXPECT_EQ(out, "null");
}

TEST(JsonWriter, IsBoundedAndCanBeCutBack) {
    std::string out = "12345";
    Writer writer(out, 12);
    writer.begin_array();
    writer.string("abc");
    const auto mark = writer.mark();
    writer.data(Bytes(100));
    EXPECT_TRUE(writer.overflowed());
    writer.number(uint64_t{1});
    EXPECT_LE(out.size(), 17U);
    writer.rewind(mark);
    EXPECT_FALSE(writer.overflowed());
    writer.number(uint64_t{7});
    writer.end_array();
    EXPECT_EQ(out, "12345[\"abc\",7]");
}

}  // namespace
}  // namespace switchyard::json
