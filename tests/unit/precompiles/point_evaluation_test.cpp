// SPDX-License-Identifier: Apache-2.0
// Point evaluation against the consensus specifications' vectors for `verify_kzg_proof`.
#include "host/precompiles/point_evaluation.hpp"

#include <gtest/gtest.h>
#include <simdjson.h>

#include <fstream>

#include "host/core/hex.hpp"
#include "host/precompiles/bls12_381_encoding.hpp"
#include "host/precompiles/curve/trusted_setup.hpp"
#include "host/precompiles/openssl/digest.hpp"
#include "tests/support/test_data.hpp"
#include "tests/unit/precompiles/vectors.hpp"

namespace switchyard::precompiles::test {
namespace {

const Address kPointEvaluation = numbered_address(0x0a);

/// The call data that asks the precompile, or none when a part has a length that it cannot have.
std::optional<Bytes> call_data(const simdjson::dom::element& input) {
    const auto field = [&input](const char* key) {
        return *from_hex(std::string_view{input[key]});
    };
    const Bytes commitment = field("commitment");
    const Bytes proof = field("proof");
    const Bytes z = field("z");
    const Bytes y = field("y");
    if (commitment.size() != 48 || proof.size() != 48 || z.size() != 32 || y.size() != 32)
        return std::nullopt;
    const auto digest = sha256(commitment);
    Bytes out(digest->begin(), digest->end());
    out[0] = 1;
    for (const Bytes* part : {&z, &y, &commitment, &proof})
        out.insert(out.end(), part->begin(), part->end());
    return out;
}

TEST(PointEvaluation, AgreesWithTheConsensusSpecifications) {
    SWITCHYARD_REQUIRE_SUITE(root, "kzg");
    simdjson::dom::parser parser;
    const simdjson::dom::object cases =
        parser.load((root / "verify_kzg_proof.json").string()).get_object();
    size_t valid = 0;
    size_t refused = 0;
    for (const auto& [name, item] : cases) {
        SCOPED_TRACE(name);
        const auto input = call_data(item["input"]);
        bool expected = false;
        // `null` stands for input that must be refused; the precompile fails as for a wrong proof.
        if (item["output"].get(expected) != simdjson::SUCCESS) expected = false;
        if (!input) {
            EXPECT_FALSE(expected);
            continue;
        }
        const auto result = run_precompile(kPointEvaluation, *input, 50'000, Revision::Cancun);
        EXPECT_EQ(result.outcome, expected ? Outcome::Success : Outcome::Failure);
        ++(expected ? valid : refused);
    }
    EXPECT_GE(valid, 30);
    EXPECT_GE(refused, 40);
}

TEST(PointEvaluation, ChecksTheVersionedHashAndTheLength) {
    SWITCHYARD_REQUIRE_SUITE(root, "crypto");
    const auto vectors =
        load_vectors(root / "go-ethereum-vm-testdata/precompiles/pointEvaluation.json");
    ASSERT_FALSE(vectors.empty());
    const Bytes valid = vectors[0].input;
    const auto outcome = [](const Bytes& input) {
        return run_precompile(kPointEvaluation, input, 50'000, Revision::Cancun).outcome;
    };
    EXPECT_EQ(outcome(valid), Outcome::Success);
    for (const size_t at : {0U, 1U, 31U, 63U, 95U, 96U, 140U, 144U, 191U}) {
        Bytes input = valid;
        input[at] ^= 1;
        EXPECT_EQ(outcome(input), Outcome::Failure) << at;
    }
    Bytes input = valid;
    input.push_back(0);
    EXPECT_EQ(outcome(input), Outcome::Failure);
    input.resize(191);
    EXPECT_EQ(outcome(input), Outcome::Failure);
    EXPECT_EQ(outcome({}), Outcome::Failure);
}

/// The first 48 bytes of the compressed form: the flags and the imaginary part of x.
TEST(TrustedSetup, IsTheSecondPointOfG2OfTheCeremony) {
    SWITCHYARD_REQUIRE_SUITE(root, "kzg");
    std::ifstream file(root / "trusted_setup.txt");
    size_t lagrange = 0;
    size_t monomial = 0;
    file >> lagrange >> monomial;
    ASSERT_EQ(lagrange, 4096);
    ASSERT_EQ(monomial, 65);
    std::string text;
    for (size_t i = 0; i < lagrange + 2; ++i)
        file >> text;
    const auto bytes = fixed_from_hex<96>(text);
    ASSERT_TRUE(bytes);

    const auto& point = curve::kTrustedSetupTauG2;
    EXPECT_TRUE(is_on_curve(point, curve::Bls12381::b2()));
    EXPECT_TRUE(curve::Bls12381::is_in_g2(point));
    FixedBytes<96> compressed;
    point.x.c1.to_bytes(compressed.data());
    point.x.c0.to_bytes(compressed.data() + 48);
    constexpr auto kHalf = curve::divide_small(curve::Bls12381::Fp::kModulus, 2);
    ASSERT_FALSE(point.y.c1.is_zero());
    const bool larger = curve::less(kHalf, point.y.c1.to_integer());
    compressed[0] |= static_cast<uint8_t>(larger ? 0xa0 : 0x80);
    EXPECT_EQ(to_hex(BytesView{compressed.bytes}), to_hex(BytesView{bytes->bytes}));
}

}  // namespace
}  // namespace switchyard::precompiles::test
