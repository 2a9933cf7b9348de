// SPDX-License-Identifier: Apache-2.0
#include "host/chain/rlp.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "host/core/hex.hpp"
#include "tests/support/test_data.hpp"

namespace switchyard {
namespace {

using nlohmann::json;

json load(const std::filesystem::path& file) {
    return json::parse(std::ifstream(file));
}

/// A decimal number of any length, as minimal big-endian bytes.
Bytes big_number(const std::string& digits) {
    Bytes out;
    for (const char digit : digits) {
        unsigned carry = static_cast<unsigned>(digit - '0');
        for (size_t i = out.size(); i-- > 0;) {
            const unsigned t = out[i] * 10U + carry;
            out[i] = static_cast<uint8_t>(t);
            carry = t >> 8;
        }
        if (carry != 0) out.insert(out.begin(), static_cast<uint8_t>(carry));
    }
    return out;
}

void encode_value(rlp::Encoder& encoder, const json& value) {
    if (value.is_array()) {
        const size_t mark = encoder.begin_list();
        for (const json& member : value)
            encode_value(encoder, member);
        encoder.end_list(mark);
    } else if (value.is_number()) {
        encoder.uint64(value.get<uint64_t>());
    } else {
        const auto text = value.get<std::string>();
        if (text.starts_with("#"))
            encoder.string(big_number(text.substr(1)));
        else
            encoder.string(Bytes(text.begin(), text.end()));
    }
}

void expect_decodes_to(BytesView encoded, const json& value) {
    rlp::Failure failure;
    rlp::Reader reader(encoded, failure);
    rlp::Item item;
    ASSERT_TRUE(reader.item("vector", item)) << rlp::to_string(failure.fault);
    ASSERT_TRUE(reader.at_end());
    ASSERT_EQ(item.is_list, value.is_array());
    if (!item.is_list) {
        Bytes expected;
        rlp::Encoder encoder(expected);
        encode_value(encoder, value);
        EXPECT_TRUE(equal(item.encoded, expected));
        return;
    }
    rlp::Reader members(item.content, failure);
    for (const json& member : value) {
        rlp::Item found;
        ASSERT_TRUE(members.item("member", found));
        expect_decodes_to(found.encoded, member);
    }
    EXPECT_TRUE(members.at_end());
}

TEST(Rlp, EncodesAndDecodesTheOfficialVectors) {
    SWITCHYARD_REQUIRE_SUITE(misc, "misc");
    size_t cases = 0;
    const json vectors = load(misc / "RLPTests" / "rlptest.json");
    for (const auto& [name, vector] : vectors.items()) {
        SCOPED_TRACE(name);
        const auto expected = from_hex(vector["out"].get<std::string>());
        ASSERT_TRUE(expected.has_value());
        Bytes encoded;
        rlp::Encoder encoder(encoded);
        encode_value(encoder, vector["in"]);
        EXPECT_EQ(to_hex(encoded), to_hex(*expected));
        EXPECT_TRUE(rlp::validate(*expected).has_value());
        expect_decodes_to(*expected, vector["in"]);
        ++cases;
    }
    EXPECT_GE(cases, 25U);
}

TEST(Rlp, RefusesTheOfficialInvalidVectors) {
    SWITCHYARD_REQUIRE_SUITE(misc, "misc");
    size_t cases = 0;
    for (const char* file : {"invalidRLPTest.json", "RandomRLPTests/example.json"}) {
        const json vectors = load(misc / "RLPTests" / file);
        for (const auto& [name, vector] : vectors.items()) {
            SCOPED_TRACE(name);
            const auto bytes = from_hex(vector["out"].get<std::string>());
            ASSERT_TRUE(bytes.has_value());
            EXPECT_EQ(rlp::validate(*bytes).has_value(), vector["in"] == "VALID");
            ++cases;
        }
    }
    EXPECT_GE(cases, 20U);
}

TEST(Rlp, NamesWhatIsWrong) {
    const auto fault_of = [](std::initializer_list<uint8_t> bytes) {
        rlp::Failure failure;
        const Bytes encoded(bytes);
        rlp::Reader reader(encoded, failure);
        rlp::Item item;
        EXPECT_FALSE(reader.item("item", item));
        return failure.fault;
    };
    EXPECT_EQ(fault_of({}), rlp::Fault::MissingField);
    EXPECT_EQ(fault_of({0x81}), rlp::Fault::Truncated);
    EXPECT_EQ(fault_of({0x81, 0x7f}), rlp::Fault::NonCanonicalByte);
    EXPECT_EQ(fault_of({0xb8, 0x37}), rlp::Fault::NonCanonicalLength);
    EXPECT_EQ(fault_of({0xb9, 0x00, 0x38}), rlp::Fault::NonCanonicalLength);
    EXPECT_EQ(fault_of({0xb9, 0x01}), rlp::Fault::Truncated);
    EXPECT_EQ(fault_of({0xbf, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}),
              rlp::Fault::Truncated);
    EXPECT_EQ(fault_of({0xc1}), rlp::Fault::Truncated);
}

TEST(Rlp, ReadsIntegersStrictly) {
    const auto read = [](std::initializer_list<uint8_t> bytes, uint64_t& value) {
        rlp::Failure failure;
        const Bytes encoded(bytes);
        rlp::Reader reader(encoded, failure);
        (void)reader.uint64("n", value);
        return failure.fault;
    };
    uint64_t value = 1;
    EXPECT_EQ(read({0x80}, value), rlp::Fault::None);
    EXPECT_EQ(value, 0U);
    EXPECT_EQ(read({0x00}, value), rlp::Fault::LeadingZero);
    EXPECT_EQ(read({0x82, 0x00, 0x81}, value), rlp::Fault::LeadingZero);
    EXPECT_EQ(read({0x89, 1, 0, 0, 0, 0, 0, 0, 0, 0}, value), rlp::Fault::TooLarge);
    EXPECT_EQ(read({0xc0}, value), rlp::Fault::ExpectedString);
    EXPECT_EQ(read({0x88, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}, value),
              rlp::Fault::None);
    EXPECT_EQ(value, UINT64_MAX);
}

TEST(Rlp, BoundsTheDepth) {
    // n lists inside one another: [[[...]]]
    const auto nested = [](size_t depth) {
        Bytes bytes;
        rlp::Encoder encoder(bytes);
        for (size_t i = 0; i < depth; ++i)
            encoder.end_list(0);
        return bytes;
    };
    EXPECT_TRUE(rlp::validate(nested(rlp::kDepthMax)).has_value());
    const auto refused = rlp::validate(nested(rlp::kDepthMax + 1));
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error().message, "item: lists are nested too deeply");
    EXPECT_FALSE(rlp::validate(nested(10'000)).has_value());
}

TEST(Rlp, RefusesMembersThatCrossTheEndOfTheirList) {
    // The list says two bytes; its string says three and would reach into what follows.
    const Bytes crossing{0xc2, 0x83, 0x01, 0x02, 0x03};
    EXPECT_FALSE(rlp::validate(crossing).has_value());
    const Bytes inner{0xc4, 0xc2, 0x83, 0x01, 0x02};
    EXPECT_FALSE(rlp::validate(inner).has_value());
}

TEST(Rlp, SurvivesRandomBytes) {
    auto generator = test::test_generator(1);
    size_t valid = 0;
    for (int round = 0; round < 20'000; ++round) {
        Bytes bytes(generator() % 40);
        for (uint8_t& byte : bytes)
            byte = static_cast<uint8_t>(generator());
        // Small prefixes are where structure is.
        if (!bytes.empty() && generator() % 2 == 0)
            bytes[0] = static_cast<uint8_t>(0xc0 + bytes.size() - 1);
        valid += rlp::validate(bytes).has_value() ? 1 : 0;
    }
    EXPECT_GT(valid, 0U);
}

}  // namespace
}  // namespace switchyard
