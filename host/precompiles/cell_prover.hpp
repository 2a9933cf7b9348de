// SPDX-License-Identifier: Apache-2.0
// The proofs that a blob's cells need (EIP-7594), from the blob alone.
#pragma once

#include <optional>

#include "host/precompiles/blob_proofs.hpp"

namespace switchyard::precompiles {

/// The proofs of all cells of a blob's extension, `kCellsPerBlob` times `kKzgBytes` bytes: those of
/// `compute_cells_and_kzg_proofs` (fulu/polynomial-commitments-sampling.md). No value for a blob
/// that is none. Safe from any thread; the first call of the process makes a table of 0.8 MB, for
/// which others wait.
///
/// Source: Feist and Khovratovich, "Fast amortized KZG proofs" (ePrint 2023/033), section 3, with
/// the cosets of a cell in place of single points.
[[nodiscard]] std::optional<Bytes> prove_cells(BytesView blob);

}  // namespace switchyard::precompiles
