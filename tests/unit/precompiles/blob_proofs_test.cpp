// SPDX-License-Identifier: Apache-2.0
// Proofs of blobs against the consensus specifications' vectors.
#include "host/precompiles/blob_proofs.hpp"

#include <gtest/gtest.h>
#include <simdjson.h>

#include <fstream>
#include <map>

#include "host/core/hex.hpp"
#include "host/precompiles/cell_prover.hpp"
#include "host/precompiles/curve/trusted_setup_cells.hpp"
#include "tests/support/kzg_sidecars.hpp"
#include "tests/support/test_data.hpp"
#include "tests/unit/precompiles/vectors.hpp"

namespace switchyard::precompiles::test {
namespace {

/// A blob stands in the file itself, or in one of its own after an '@'. Of odd hexadecimal digits
/// there is no blob.
Bytes load_blob(const std::filesystem::path& root, std::string_view text) {
    std::string content(text);
    if (text.starts_with('@')) {
        std::ifstream file(root / text.substr(1));
        file >> content;
    }
    const auto bytes = from_hex(content);
    return bytes ? *bytes : Bytes{};
}

std::span<const uint8_t, 48> fixed(const Bytes& bytes) {
    return std::span<const uint8_t, 48>(bytes.data(), 48);
}

/// Of one blob.
bool verify_cells(const Bytes& blob, std::span<const uint8_t, 48> commitment, BytesView proofs) {
    const CellProofs one{blob, commitment, proofs};
    return verify_cell_proofs({&one, 1});
}

TEST(BlobProofs, AgreeWithTheConsensusSpecifications) {
    SWITCHYARD_REQUIRE_SUITE(root, "kzg");
    simdjson::dom::parser parser;
    const simdjson::dom::object cases =
        parser.load((root / "verify_blob_kzg_proof.json").string()).get_object();
    size_t valid = 0;
    size_t refused = 0;
    for (const auto& [name, item] : cases) {
        SCOPED_TRACE(name);
        const Bytes blob = load_blob(root, std::string_view{item["input"]["blob"]});
        const auto commitment = from_hex(std::string_view{item["input"]["commitment"]});
        const auto proof = from_hex(std::string_view{item["input"]["proof"]});
        // `null` stands for input that must be refused.
        bool expected = false;
        if (item["output"].get(expected) != simdjson::SUCCESS) expected = false;
        if (!commitment || !proof || commitment->size() != 48 || proof->size() != 48) {
            EXPECT_FALSE(expected);
            continue;
        }
        EXPECT_EQ(verify_blob_proof(blob, fixed(*commitment), fixed(*proof)), expected);
        ++(expected ? valid : refused);
    }
    EXPECT_GE(valid, 5U);
    EXPECT_GE(refused, 8U);
}

TEST(BlobProofs, CellProofsAgreeWithTheConsensusSpecifications) {
    SWITCHYARD_REQUIRE_SUITE(root, "kzg");
    simdjson::dom::parser commitment_parser;
    const simdjson::dom::object commitments =
        commitment_parser.load((root / "blob_to_kzg_commitment.json").string()).get_object();
    std::map<std::string, Bytes, std::less<>> commitment_of;
    for (const auto& [name, item] : commitments) {
        std::string_view text;
        if (item["output"].get(text) == simdjson::SUCCESS)
            commitment_of[std::string(std::string_view{item["input"]["blob"]})] = *from_hex(text);
    }
    simdjson::dom::parser parser;
    const simdjson::dom::object cases =
        parser.load((root / "compute_cells_and_kzg_proofs.json").string()).get_object();
    size_t valid = 0;
    for (const auto& [name, item] : cases) {
        SCOPED_TRACE(name);
        const std::string_view reference{item["input"]["blob"]};
        Bytes blob = load_blob(root, reference);
        const auto commitment = commitment_of.find(reference);
        simdjson::dom::array output;
        if (item["output"].get(output) != simdjson::SUCCESS) {
            // A blob that is none, whatever is said to prove it.
            Bytes proofs(kCellsPerBlob * kKzgBytes);
            for (size_t i = 0; i < kCellsPerBlob; ++i)
                proofs[i * kKzgBytes] = 0xc0;
            EXPECT_FALSE(verify_cells(blob, fixed(proofs), proofs));
            continue;
        }
        if (commitment == commitment_of.end()) continue;
        Bytes proofs;
        for (const std::string_view text : output.at(1).get_array()) {
            const Bytes proof = *from_hex(text);
            proofs.insert(proofs.end(), proof.begin(), proof.end());
        }
        EXPECT_TRUE(verify_cells(blob, fixed(commitment->second), proofs));
        ++valid;
        // Another blob, another commitment, two proofs in each other's place, one too few.
        Bytes other = blob;
        other[31] ^= 1;
        EXPECT_FALSE(verify_cells(other, fixed(commitment->second), proofs));
        Bytes swapped = proofs;
        std::swap_ranges(swapped.begin(), swapped.begin() + 48, swapped.begin() + 48 * 77);
        EXPECT_EQ(verify_cells(blob, fixed(commitment->second), swapped), swapped == proofs);
        for (const auto& [other_name, wrong] : commitment_of) {
            EXPECT_EQ(verify_cells(blob, fixed(wrong), proofs), wrong == commitment->second);
        }
        EXPECT_FALSE(verify_cells(blob, fixed(commitment->second),
                                  BytesView(proofs).first(proofs.size() - 48)));
    }
    EXPECT_GE(valid, 3U);
}

TEST(BlobProofs, CellProofsOfSeveralBlobsStandAndFallTogether) {
    SWITCHYARD_REQUIRE_SUITE(root, "kzg");
    const auto all = switchyard::test::load_proven_blobs(root);
    const auto proven = switchyard::test::proven_by(all, blobs::SidecarVersion::CellProofs);
    ASSERT_GE(proven.size(), 4U);
    std::vector<CellProofs> batch;
    EXPECT_TRUE(verify_cell_proofs(batch));
    for (const auto& each : proven) {
        batch.push_back({each.blob, fixed(each.commitment), each.cell_proofs});
        EXPECT_TRUE(verify_cell_proofs(batch));
    }
    for (size_t i = 0; i < batch.size(); ++i) {
        std::vector<CellProofs> wrong = batch;
        wrong[i].commitment = batch[(i + 1) % batch.size()].commitment;
        EXPECT_FALSE(verify_cell_proofs(wrong));
        wrong = batch;
        wrong[i].proofs = wrong[i].proofs.first(48);
        EXPECT_FALSE(verify_cell_proofs(wrong));
        // What is wrong in two must not cancel out.
        wrong = batch;
        std::swap(wrong[i].proofs, wrong[(i + 1) % batch.size()].proofs);
        EXPECT_FALSE(verify_cell_proofs(wrong));
    }
    EXPECT_TRUE(verify_cell_proofs(batch));
}

TEST(CellProver, AgreesWithTheConsensusSpecifications) {
    SWITCHYARD_REQUIRE_SUITE(root, "kzg");
    simdjson::dom::parser parser;
    const simdjson::dom::object cases =
        parser.load((root / "compute_cells_and_kzg_proofs.json").string()).get_object();
    size_t proven = 0;
    size_t refused = 0;
    for (const auto& [name, item] : cases) {
        SCOPED_TRACE(name);
        const auto found = prove_cells(load_blob(root, std::string_view{item["input"]["blob"]}));
        simdjson::dom::array output;
        if (item["output"].get(output) != simdjson::SUCCESS) {
            EXPECT_FALSE(found.has_value());
            ++refused;
            continue;
        }
        Bytes proofs;
        for (const std::string_view text : output.at(1).get_array()) {
            const Bytes proof = *from_hex(text);
            proofs.insert(proofs.end(), proof.begin(), proof.end());
        }
        ASSERT_TRUE(found.has_value());
        EXPECT_EQ(*found, proofs);
        ++proven;
    }
    EXPECT_GE(proven, 3U);
    EXPECT_GE(refused, 3U);
}

TEST(BlobProofs, TheSetupIsTheCeremonys) {
    SWITCHYARD_REQUIRE_SUITE(root, "kzg");
    std::ifstream file(root / "trusted_setup.txt");
    size_t lagrange = 0;
    size_t monomial = 0;
    file >> lagrange >> monomial;
    std::string text;
    for (size_t i = 0; i < lagrange + monomial; ++i)
        file >> text;
    for (const char* const ours : curve::kTrustedSetupMonomialG1) {
        file >> text;
        ASSERT_EQ(ours, text);
    }
}

}  // namespace
}  // namespace switchyard::precompiles::test
