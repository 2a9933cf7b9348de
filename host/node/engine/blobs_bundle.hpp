// SPDX-License-Identifier: Apache-2.0
// Sidecars as the Engine API writes them.
#pragma once

#include <span>

#include "host/blobs/sidecar.hpp"
#include "host/node/json/writer.hpp"

namespace switchyard::node::engine {

/// BlobsBundleV1, or V2 of sidecars with cell proofs: one object with the commitments, proofs and
/// blobs of all, in order.
void write_blobs_bundle(json::Writer& out, std::span<const blobs::SidecarPointer> sidecars);

/// BlobAndProofV1, or V2: one blob with its proof or proofs.
void write_blob_and_proof(json::Writer& out, const blobs::BlobSidecar& sidecar, size_t index);

}  // namespace switchyard::node::engine
