// SPDX-License-Identifier: Apache-2.0
// Sidecars made of the consensus specifications' published blobs and proofs.
#pragma once

#include <filesystem>
#include <span>
#include <vector>

#include "host/blobs/sidecar.hpp"

namespace switchyard::test {

/// A blob with what the specifications say of it.
struct ProvenBlob {
    Bytes blob;
    Bytes commitment;
    Bytes blob_proof;   ///< empty: none is published
    Bytes cell_proofs;  ///< empty: none are published
};

/// All valid blobs of the suite "kzg", in the order of their names.
[[nodiscard]] std::vector<ProvenBlob> load_proven_blobs(const std::filesystem::path& suite);

/// Those that have the proofs of a version.
[[nodiscard]] std::vector<ProvenBlob> proven_by(std::span<const ProvenBlob> blobs,
                                                blobs::SidecarVersion version);

/// A sidecar of these blobs; each has the proofs of the version.
[[nodiscard]] blobs::BlobSidecar sidecar_of(std::span<const ProvenBlob> blobs,
                                            blobs::SidecarVersion version);
[[nodiscard]] std::vector<Bytes32> versioned_hashes_of(const blobs::BlobSidecar& sidecar);

/// Random bytes in the form of a sidecar of `count` blobs: nothing proves anything.
[[nodiscard]] blobs::BlobSidecar unproven_sidecar(uint64_t salt, size_t count,
                                                  blobs::SidecarVersion version);

}  // namespace switchyard::test
