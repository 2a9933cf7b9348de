// SPDX-License-Identifier: Apache-2.0
#include "host/blobs/sidecar_check.hpp"

#include "host/chain/blob_fee.hpp"
#include "host/core/hex.hpp"

namespace switchyard::blobs {
namespace {

std::optional<std::string> fault_of_counts(const Transaction& transaction,
                                           const BlobSidecar& sidecar, SidecarVersion wanted) {
    const size_t hashes = transaction.blob_versioned_hashes.size();
    const auto text = [](size_t value) { return std::to_string(value); };
    if (sidecar.version != wanted)
        return "unexpected sidecar version, want: " + text(static_cast<size_t>(wanted)) +
               ", got: " + text(static_cast<size_t>(sidecar.version));
    if (hashes == 0) return "blobless blob transaction";
    // Before Osaka the blobs of a block are the limit (EIP-4844), which the pool's rules know.
    if (wanted == SidecarVersion::CellProofs && hashes > kMaxBlobsPerTransaction)
        return "too many blobs in transaction: have " + text(hashes) + ", permitted " +
               text(kMaxBlobsPerTransaction);
    if (sidecar.blob_count() != hashes)
        return "invalid number of " + text(sidecar.blob_count()) + " blobs compared to " +
               text(hashes) + " blob hashes";
    if (sidecar.commitment_count() != hashes)
        return "invalid number of " + text(sidecar.commitment_count()) +
               " blob commitments compared to " + text(hashes) + " blob hashes";
    const size_t proofs = hashes * proofs_per_blob(wanted);
    if (sidecar.proof_count() != proofs)
        return "invalid number of " + text(sidecar.proof_count()) + " blob proofs expected " +
               text(proofs);
    return std::nullopt;
}

bool has_blob_proofs(const BlobSidecar& sidecar) {
    for (size_t i = 0; i < sidecar.blob_count(); ++i) {
        const std::span<const uint8_t, precompiles::kKzgBytes> proof(sidecar.proofs_of(i).data(),
                                                                     precompiles::kKzgBytes);
        if (!precompiles::verify_blob_proof(sidecar.blob(i), sidecar.commitment(i), proof))
            return false;
    }
    return true;
}

bool has_cell_proofs(const BlobSidecar& sidecar) {
    std::vector<precompiles::CellProofs> blobs;
    for (size_t i = 0; i < sidecar.blob_count(); ++i)
        blobs.push_back({sidecar.blob(i), sidecar.commitment(i), sidecar.proofs_of(i)});
    return precompiles::verify_cell_proofs(blobs);
}

}  // namespace

std::optional<std::string> fault_of_sidecar(const Transaction& transaction,
                                            const BlobSidecar& sidecar, SidecarVersion wanted) {
    if (auto fault = fault_of_counts(transaction, sidecar, wanted)) return fault;
    const auto& hashes = transaction.blob_versioned_hashes;
    for (size_t i = 0; i < hashes.size(); ++i) {
        const Bytes32 found = precompiles::versioned_hash_of(sidecar.commitment(i));
        if (found != hashes[i])
            return "blob " + std::to_string(i) + ": computed hash " + to_hex(found) +
                   " mismatches transaction one " + to_hex(hashes[i]);
    }
    const bool is_proven =
        wanted == SidecarVersion::CellProofs ? has_cell_proofs(sidecar) : has_blob_proofs(sidecar);
    if (!is_proven) return "KZG verification error: can't verify opening proof";
    return std::nullopt;
}

}  // namespace switchyard::blobs
