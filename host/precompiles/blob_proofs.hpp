// SPDX-License-Identifier: Apache-2.0
// Whether a blob is the one that a commitment stands for (EIP-4844, EIP-7594).
#pragma once

#include <span>

#include "host/core/bytes.hpp"

namespace switchyard::precompiles {

inline constexpr size_t kBlobElements = 4096;
inline constexpr size_t kBlobBytes = 32 * kBlobElements;
inline constexpr size_t kCellsPerBlob = 128;  ///< of the extended blob (EIP-7594)
inline constexpr size_t kKzgBytes = 48;       ///< of a commitment and of a proof

/// One proof for the blob: `verify_blob_kzg_proof` of the consensus specifications
/// (deneb/polynomial-commitments.md). False too for anything malformed, a blob of another length
/// included. Safe from any thread. Takes about 3 ms.
[[nodiscard]] bool verify_blob_proof(BytesView blob, std::span<const uint8_t, 48> commitment,
                                     std::span<const uint8_t, 48> proof);

/// A blob with a proof for each cell of its extension, one after another.
struct CellProofs {
    BytesView blob;
    std::span<const uint8_t, kKzgBytes> commitment;
    BytesView proofs;
};

/// All proofs of several blobs, by one equation: what `verify_cell_kzg_proof_batch`
/// (fulu/polynomial-commitments-sampling.md) says of all cells of the blobs. The cells need not be
/// computed: the polynomial that takes a cell's values is the blob's modulo X^64 - w, where w is
/// the 64th power of the cell's coset, so that all that the proofs are compared with is a sum over
/// the blob's coefficients. False too for anything malformed. Safe from any thread. Takes 18.5 ms
/// for one blob, 88 ms for six (one thread of a Zen 4).
[[nodiscard]] bool verify_cell_proofs(std::span<const CellProofs> blobs);

/// EIP-4844: `kzg_to_versioned_hash`. All-zero when the system's OpenSSL refuses SHA-256.
[[nodiscard]] Bytes32 versioned_hash_of(std::span<const uint8_t, 48> commitment);

}  // namespace switchyard::precompiles
