// SPDX-License-Identifier: Apache-2.0
#include "host/node/engine/blobs_bundle.hpp"

namespace switchyard::node::engine {
namespace {

using precompiles::kBlobBytes;
using precompiles::kKzgBytes;

/// Each `size` bytes of `strings` as one.
void write_strings(json::Writer& out, BytesView strings, size_t size) {
    for (size_t at = 0; at + size <= strings.size(); at += size)
        out.data(strings.subspan(at, size));
}

void write_all(json::Writer& out, std::string_view name,
               std::span<const blobs::SidecarPointer> sidecars, Bytes blobs::BlobSidecar::*part,
               size_t size) {
    out.key(name);
    out.begin_array();
    for (const blobs::SidecarPointer& sidecar : sidecars)
        write_strings(out, (*sidecar).*part, size);
    out.end_array();
}

}  // namespace

void write_blobs_bundle(json::Writer& out, std::span<const blobs::SidecarPointer> sidecars) {
    out.begin_object();
    write_all(out, "commitments", sidecars, &blobs::BlobSidecar::commitments, kKzgBytes);
    write_all(out, "proofs", sidecars, &blobs::BlobSidecar::proofs, kKzgBytes);
    write_all(out, "blobs", sidecars, &blobs::BlobSidecar::blobs, kBlobBytes);
    out.end_object();
}

void write_blob_and_proof(json::Writer& out, const blobs::BlobSidecar& sidecar, size_t index) {
    out.begin_object();
    out.member_data("blob", sidecar.blob(index));
    if (sidecar.version == blobs::SidecarVersion::BlobProofs) {
        out.member_data("proof", sidecar.proofs_of(index));
    } else {
        out.key("proofs");
        out.begin_array();
        write_strings(out, sidecar.proofs_of(index), kKzgBytes);
        out.end_array();
    }
    out.end_object();
}

}  // namespace switchyard::node::engine
