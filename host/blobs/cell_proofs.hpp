// SPDX-License-Identifier: Apache-2.0
// From the sidecar of an older wallet to the one that Osaka asks for.
#pragma once

#include "host/blobs/sidecar.hpp"
#include "host/core/result.hpp"

namespace switchyard::blobs {

/// The same blobs and commitments, each blob with the proofs of its cells. Precondition: the
/// sidecar was checked (`fault_of_sidecar` with `BlobProofs`). `InvalidInput`: a blob is none.
/// About 0.25 s of CPU a blob, and some 3 s once in a process. Safe from any thread.
[[nodiscard]] Result<BlobSidecar> with_cell_proofs(const BlobSidecar& sidecar);

}  // namespace switchyard::blobs
