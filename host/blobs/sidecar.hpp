// SPDX-License-Identifier: Apache-2.0
// What travels beside a transaction with blobs and is no part of it (EIP-4844, EIP-7594).
#pragma once

#include <memory>

#include "host/chain/revision.hpp"
#include "host/core/bytes.hpp"
#include "host/precompiles/blob_proofs.hpp"

namespace switchyard::blobs {

/// What proves the blobs: one proof each, or one for each cell of the extended blob.
enum class SidecarVersion : uint8_t {
    BlobProofs = 0,  ///< EIP-4844
    CellProofs = 1,  ///< EIP-7594, from Osaka on
};

[[nodiscard]] inline SidecarVersion sidecar_version_of(Revision revision) {
    return revision >= Revision::Osaka ? SidecarVersion::CellProofs : SidecarVersion::BlobProofs;
}

[[nodiscard]] constexpr size_t proofs_per_blob(SidecarVersion version) {
    return version == SidecarVersion::CellProofs ? precompiles::kCellsPerBlob : 1;
}

/// Blobs, commitments and proofs, each one after another. Whether they belong together is what
/// `check_sidecar` says.
struct BlobSidecar {
    SidecarVersion version = SidecarVersion::BlobProofs;
    Bytes blobs;        ///< `precompiles::kBlobBytes` each
    Bytes commitments;  ///< `precompiles::kKzgBytes` each
    Bytes proofs;       ///< `precompiles::kKzgBytes` each, `proofs_per_blob` for a blob

    bool operator==(const BlobSidecar&) const = default;

    [[nodiscard]] size_t blob_count() const { return blobs.size() / precompiles::kBlobBytes; }
    [[nodiscard]] size_t commitment_count() const {
        return commitments.size() / precompiles::kKzgBytes;
    }
    [[nodiscard]] size_t proof_count() const { return proofs.size() / precompiles::kKzgBytes; }
    [[nodiscard]] size_t bytes() const { return blobs.size() + commitments.size() + proofs.size(); }

    /// Precondition: `i` is below the count, and counts agree.
    [[nodiscard]] BytesView blob(size_t i) const {
        return BytesView(blobs).subspan(i * precompiles::kBlobBytes, precompiles::kBlobBytes);
    }
    [[nodiscard]] std::span<const uint8_t, precompiles::kKzgBytes> commitment(size_t i) const {
        return std::span<const uint8_t, precompiles::kKzgBytes>(
            commitments.data() + i * precompiles::kKzgBytes, precompiles::kKzgBytes);
    }
    /// All proofs of one blob.
    [[nodiscard]] BytesView proofs_of(size_t i) const {
        const size_t size = proofs_per_blob(version) * precompiles::kKzgBytes;
        return BytesView(proofs).subspan(i * size, size);
    }
};

/// Shared and never changed.
using SidecarPointer = std::shared_ptr<const BlobSidecar>;

}  // namespace switchyard::blobs
