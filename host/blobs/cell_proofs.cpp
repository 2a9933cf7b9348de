// SPDX-License-Identifier: Apache-2.0
#include "host/blobs/cell_proofs.hpp"

#include "host/precompiles/cell_prover.hpp"

namespace switchyard::blobs {

Result<BlobSidecar> with_cell_proofs(const BlobSidecar& sidecar) {
    BlobSidecar out{SidecarVersion::CellProofs, sidecar.blobs, sidecar.commitments, {}};
    out.proofs.reserve(sidecar.blob_count() * proofs_per_blob(out.version) *
                       precompiles::kKzgBytes);
    for (size_t i = 0; i < sidecar.blob_count(); ++i) {
        const auto proofs = precompiles::prove_cells(sidecar.blob(i));
        if (!proofs)
            return Error{ErrorCode::InvalidInput, "blob " + std::to_string(i) + " is none"};
        out.proofs.insert(out.proofs.end(), proofs->begin(), proofs->end());
    }
    return out;
}

}  // namespace switchyard::blobs
