// SPDX-License-Identifier: Apache-2.0
// engine_getBlobs: what the pool has of the blobs that a block names.
#include "host/node/engine/blobs_bundle.hpp"
#include "host/node/engine/engine.hpp"
#include "host/node/engine/engine_error.hpp"
#include "host/node/engine/object_reader.hpp"
#include "host/node/rpc/arguments.hpp"

namespace switchyard::node::engine {
namespace {

using blobs::SidecarStore;
using blobs::SidecarVersion;
using rpc::Failure;
using rpc::Params;
using rpc::RpcError;

/// Hashes of one request that must be served (execution-apis, src/engine/cancun.md).
constexpr size_t kHashesMax = 128;

struct Version {
    int number;
    SidecarVersion sidecars;
    bool is_whole;  ///< null instead of an answer in which one is missing
};
constexpr std::array<Version, 3> kVersions{{
    {1, SidecarVersion::BlobProofs, false},
    {2, SidecarVersion::CellProofs, true},
    {3, SidecarVersion::CellProofs, false},
}};

bool is_osaka(const Chain& chain) {
    const HeadPointer head = chain.head();
    const BlockHeader& header = head->block->header();
    return chain.config().revision_at(header.number, header.timestamp) >= Revision::Osaka;
}

Failure get_blobs(const EngineBackend& backend, const Version& version, const Params& params,
                  json::Writer& out) {
    rpc::Arguments arguments(params, 1);
    const json::Element list = arguments.element(0);
    if (arguments.failure()) return arguments.failure();
    std::vector<Bytes32> hashes;
    if (const auto fault = read_hash_list(list, hashes)) {
        arguments.refuse(0, *fault);
        return arguments.failure();
    }
    if (hashes.size() > kHashesMax)
        return RpcError{code::kTooLargeRequest,
                        "Too large request: " + std::to_string(hashes.size()) +
                            " blobs are asked for, " + std::to_string(kHashesMax) + " may be",
                        {}};
    // osaka.md, Update the methods of previous forks.
    if (version.number == 1 && is_osaka(backend.chain))
        return RpcError{
            code::kUnsupportedFork, "Unsupported fork: engine_getBlobsV1 ended with Osaka", {}};
    // osaka.md, engine_getBlobsV2, 4, and V3, 4. The first version may say that all are missing
    // (cancun.md), and says what it has instead.
    if (version.number > 1 && backend.chain.is_syncing()) {
        out.null();
        return {};
    }
    std::vector<SidecarStore::FoundBlob> found;
    found.reserve(hashes.size());
    for (const Bytes32& hash : hashes) {
        found.push_back(backend.sidecars->find_blob(hash, version.sidecars));
        if (version.is_whole && found.back().sidecar == nullptr) {
            out.null();
            return {};
        }
    }
    out.begin_array();
    for (const auto& each : found) {
        if (each.sidecar == nullptr)
            out.null();
        else
            write_blob_and_proof(out, *each.sidecar, each.index);
    }
    out.end_array();
    return {};
}

}  // namespace

void add_blob_methods(rpc::MethodTable& table, EngineBackend& backend) {
    if (backend.sidecars == nullptr) return;
    for (const Version& version : kVersions)
        table.add("engine_getBlobsV" + std::to_string(version.number),
                  [&backend, &version](const Params& params, rpc::Context&, json::Writer& out) {
                      return get_blobs(backend, version, params, out);
                  });
}

}  // namespace switchyard::node::engine
