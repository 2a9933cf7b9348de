// SPDX-License-Identifier: Apache-2.0
// P256VERIFY against Wycheproof's raw signatures (the EIP's own file is a part of them).
#include <gtest/gtest.h>
#include <simdjson.h>

#include "host/core/hex.hpp"
#include "host/precompiles/openssl/digest.hpp"
#include "tests/support/test_data.hpp"
#include "tests/unit/precompiles/vectors.hpp"

namespace switchyard::precompiles::test {
namespace {

const Address kP256Verify = numbered_address(0x100);

TEST(P256Verify, AgreesWithWycheproof) {
    SWITCHYARD_REQUIRE_SUITE(root, "crypto");
    simdjson::dom::parser parser;
    const auto file = (root / "wycheproof" / "ecdsa_secp256r1_sha256_p1363_test.json").string();
    const simdjson::dom::element document = parser.load(file);
    size_t valid = 0;
    size_t invalid = 0;
    for (const simdjson::dom::element group : document["testGroups"].get_array()) {
        const auto key = from_hex(std::string_view{group["publicKey"]["uncompressed"]});
        ASSERT_TRUE(key && key->size() == 65);
        for (const simdjson::dom::element item : group["tests"].get_array()) {
            const auto message = from_hex(std::string_view{item["msg"]});
            const auto signature = from_hex(std::string_view{item["sig"]});
            ASSERT_TRUE(message && signature);
            // A signature of another length has no encoding as call data.
            if (signature->size() != 64) continue;
            const auto digest = sha256(*message);
            ASSERT_TRUE(digest);
            Bytes input(digest->begin(), digest->end());
            input.insert(input.end(), signature->begin(), signature->end());
            input.insert(input.end(), key->begin() + 1, key->end());
            const auto result = run_precompile(kP256Verify, input, 6'900, Revision::Osaka);
            ASSERT_EQ(result.outcome, Outcome::Success);
            const bool expected = std::string_view{item["result"]} == "valid";
            EXPECT_EQ(result.output.size(), expected ? 32U : 0U) << int64_t{item["tcId"]};
            ++(expected ? valid : invalid);
        }
    }
    EXPECT_GT(valid, 100);
    EXPECT_GT(invalid, 50);
}

/// The first valid case of the EIP's file.
Bytes valid_input(const std::filesystem::path& root) {
    for (const Vector& v : load_vectors(root / "EIPs/eip-7951/test-vectors.json"))
        if (v.expected->size() == 32) return v.input;
    return {};
}

TEST(P256Verify, AnswersNothingToEveryOtherLength) {
    SWITCHYARD_REQUIRE_SUITE(root, "crypto");
    Bytes input = valid_input(root);
    ASSERT_EQ(input.size(), 160);
    EXPECT_EQ(run_precompile(kP256Verify, input, 6'900, Revision::Osaka).output.size(), 32);
    input.push_back(0);
    EXPECT_TRUE(run_precompile(kP256Verify, input, 6'900, Revision::Osaka).output.empty());
    input.resize(159);
    EXPECT_TRUE(run_precompile(kP256Verify, input, 6'900, Revision::Osaka).output.empty());
    EXPECT_TRUE(run_precompile(kP256Verify, {}, 6'900, Revision::Osaka).output.empty());
}

TEST(P256Verify, AnswersNothingWhenAnyBitIsFlipped) {
    SWITCHYARD_REQUIRE_SUITE(root, "crypto");
    const Bytes valid = valid_input(root);
    ASSERT_EQ(valid.size(), 160);
    auto random = switchyard::test::test_generator(0x7256);
    for (int i = 0; i < 160; ++i) {
        Bytes input = valid;
        input[static_cast<size_t>(i)] ^= static_cast<uint8_t>(1U << (random() % 8));
        const auto result = run_precompile(kP256Verify, input, 6'900, Revision::Osaka);
        EXPECT_EQ(result.outcome, Outcome::Success);
        EXPECT_TRUE(result.output.empty()) << i;
    }
}

}  // namespace
}  // namespace switchyard::precompiles::test
