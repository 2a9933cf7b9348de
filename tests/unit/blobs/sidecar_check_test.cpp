// SPDX-License-Identifier: Apache-2.0
// Sidecars of the consensus specifications' blobs, right and wrong, in geth's words.
#include "host/blobs/sidecar_check.hpp"

#include <gtest/gtest.h>

#include "tests/support/kzg_sidecars.hpp"
#include "tests/support/test_data.hpp"

namespace switchyard::blobs {
namespace {

Transaction transaction_of(const BlobSidecar& sidecar) {
    Transaction out;
    out.type = TransactionType::Blob;
    out.blob_versioned_hashes = test::versioned_hashes_of(sidecar);
    return out;
}

class SidecarCheckTest : public ::testing::TestWithParam<SidecarVersion> {
  protected:
    void load(const std::filesystem::path& suite) {
        const auto all = test::load_proven_blobs(suite);
        blobs_ = test::proven_by(all, GetParam());
        ASSERT_GE(blobs_.size(), 4U);
    }
    [[nodiscard]] std::optional<std::string> fault(const BlobSidecar& sidecar) const {
        return fault_of_sidecar(transaction_of(sidecar), sidecar, GetParam());
    }
    std::vector<test::ProvenBlob> blobs_;
};

TEST_P(SidecarCheckTest, TakesThePublishedBlobsWithTheirProofs) {
    SWITCHYARD_REQUIRE_SUITE(suite, "kzg");
    load(suite);
    EXPECT_EQ(fault(test::sidecar_of(blobs_, GetParam())), std::nullopt);
    for (const test::ProvenBlob& blob : blobs_)
        EXPECT_EQ(fault(test::sidecar_of(std::span(&blob, 1), GetParam())), std::nullopt);
}

TEST_P(SidecarCheckTest, RefusesWhatIsNotProven) {
    SWITCHYARD_REQUIRE_SUITE(suite, "kzg");
    load(suite);
    const BlobSidecar right = test::sidecar_of(std::span(blobs_).first(2), GetParam());
    const std::string words = "KZG verification error: can't verify opening proof";
    BlobSidecar wrong = right;
    wrong.blobs[precompiles::kBlobBytes + 31] ^= 1;
    EXPECT_EQ(fault(wrong), words);
    wrong = right;
    // Not a field element.
    std::fill_n(wrong.blobs.begin() + precompiles::kBlobBytes, 32, 0xff);
    EXPECT_EQ(fault(wrong), words);
    wrong = right;
    // Not a point.
    wrong.proofs.back() ^= 1;
    EXPECT_EQ(fault(wrong), words);
    // The other blob's commitment: the hashes agree, the proofs do not.
    wrong = right;
    std::copy(right.commitments.begin(), right.commitments.begin() + precompiles::kKzgBytes,
              wrong.commitments.begin() + precompiles::kKzgBytes);
    EXPECT_EQ(fault(wrong), words);
}

TEST_P(SidecarCheckTest, SaysWhatDoesNotFit) {
    SWITCHYARD_REQUIRE_SUITE(suite, "kzg");
    load(suite);
    const BlobSidecar two = test::sidecar_of(std::span(blobs_).first(2), GetParam());
    Transaction transaction = transaction_of(two);
    const auto said = [&](const BlobSidecar& sidecar) {
        return fault_of_sidecar(transaction, sidecar, GetParam()).value_or("");
    };
    BlobSidecar wrong = two;
    wrong.blobs.resize(precompiles::kBlobBytes);
    EXPECT_EQ(said(wrong), "invalid number of 1 blobs compared to 2 blob hashes");
    wrong = two;
    wrong.commitments.resize(precompiles::kKzgBytes);
    EXPECT_EQ(said(wrong), "invalid number of 1 blob commitments compared to 2 blob hashes");
    wrong = two;
    wrong.proofs.resize(wrong.proofs.size() - precompiles::kKzgBytes);
    const size_t proofs = 2 * proofs_per_blob(GetParam());
    EXPECT_EQ(said(wrong), "invalid number of " + std::to_string(proofs - 1) +
                               " blob proofs expected " + std::to_string(proofs));
    wrong = two;
    const bool is_cells = GetParam() == SidecarVersion::CellProofs;
    wrong.version = is_cells ? SidecarVersion::BlobProofs : SidecarVersion::CellProofs;
    EXPECT_EQ(said(wrong), is_cells ? "unexpected sidecar version, want: 1, got: 0"
                                    : "unexpected sidecar version, want: 0, got: 1");
    std::swap(transaction.blob_versioned_hashes[0], transaction.blob_versioned_hashes[1]);
    EXPECT_TRUE(said(two).starts_with("blob 0: computed hash 0x01")) << said(two);
    transaction.blob_versioned_hashes.clear();
    EXPECT_EQ(said(two), "blobless blob transaction");
    transaction.blob_versioned_hashes.resize(7);
    if (is_cells) {
        EXPECT_EQ(said(two), "too many blobs in transaction: have 7, permitted 6");
    }
}

INSTANTIATE_TEST_SUITE_P(Versions, SidecarCheckTest,
                         ::testing::Values(SidecarVersion::BlobProofs, SidecarVersion::CellProofs),
                         [](const auto& of) {
                             return of.param == SidecarVersion::BlobProofs ? "BlobProofs"
                                                                           : "CellProofs";
                         });

}  // namespace
}  // namespace switchyard::blobs
