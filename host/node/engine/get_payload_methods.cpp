// SPDX-License-Identifier: Apache-2.0
// engine_getPayload.
#include "host/node/building/chain_parent.hpp"
#include "host/node/engine/engine.hpp"
#include "host/node/engine/fork_window.hpp"
#include "host/node/engine/payload.hpp"
#include "host/node/rpc/arguments.hpp"

namespace switchyard::node::engine {
namespace {

using rpc::Failure;
using rpc::Params;
using rpc::RpcError;

struct Version {
    int number;
    ForkWindow window;
};
constexpr std::array<Version, 6> kVersions{{
    {1, {Revision::Frontier, Revision::Paris}},
    {2, {Revision::Frontier, Revision::Shanghai}},
    {3, {Revision::Cancun, Revision::Cancun}},
    {4, {Revision::Prague, Revision::Prague}},
    {5, {Revision::Osaka, Revision::Osaka}},
    {6, {Revision::Amsterdam, Revision::Amsterdam}},
}};

void write_list(json::Writer& out, std::string_view name, const std::vector<Bytes>& items) {
    out.key(name);
    out.begin_array();
    for (const Bytes& each : items)
        out.data(each);
    out.end_array();
}

PayloadStructure structure_of(int version, const Block& block) {
    if (version >= 6) return PayloadStructure::V4;
    if (version >= 3) return PayloadStructure::V3;
    return block.withdrawals ? PayloadStructure::V2 : PayloadStructure::V1;
}

void write(json::Writer& out, const Payload& payload, int version) {
    const SealedBlock& sealed = payload.block;
    const Block block = block_of(sealed);
    const auto structure = structure_of(version, block);
    std::optional<Bytes> access_list;
    if (sealed.access_list) access_list = encode_block_access_list(*sealed.access_list);
    if (version == 1) return write_payload(out, block, sealed.hash, access_list, structure);
    out.begin_object();
    out.key("executionPayload");
    write_payload(out, block, sealed.hash, access_list, structure);
    out.member_quantity("blockValue", payload.fees);
    if (version >= 3) {
        out.key("blobsBundle");
        out.begin_object();
        write_list(out, "commitments", {});
        write_list(out, "proofs", {});
        write_list(out, "blobs", {});
        out.end_object();
        out.member("shouldOverrideBuilder", false);
    }
    if (version >= 4) write_list(out, "executionRequests", sealed.requests);
    out.end_object();
}

/// Blobs come beside their transactions, and this node has none of them.
bool has_blobs(const SealedBlock& block) {
    return std::ranges::any_of(block.transactions, [](const SignedTransaction& each) {
        return !each.transaction.blob_versioned_hashes.empty();
    });
}

}  // namespace

void add_get_payload_methods(rpc::MethodTable& table, EngineBackend& backend) {
    for (const Version& version : kVersions)
        table.add(
            "engine_getPayloadV" + std::to_string(version.number),
            [&backend, &version](const Params& params, rpc::Context&,
                                 json::Writer& out) -> Failure {
                rpc::Arguments arguments(params, 1);
                const Bytes bytes = arguments.data(0, sizeof(PayloadId));
                PayloadId id;
                if (bytes.size() != id.size()) arguments.refuse(0, "not 8 bytes");
                if (arguments.failure()) return arguments.failure();
                std::copy(bytes.begin(), bytes.end(), id.begin());
                const RpcError unknown{code::kUnknownPayload, "Unknown payload", {}};
                if (backend.builder == nullptr) return unknown;
                const auto payload = backend.builder->get(id);
                if (!payload && payload.error().code == ErrorCode::NotFound) return unknown;
                if (!payload) return RpcError{rpc::code::kServer, payload.error().message, {}};
                const SealedBlock& block = (*payload)->block;
                if (auto failure = outside(version.window, backend.chain.config(),
                                           block.header.number, block.header.timestamp))
                    return failure;
                if (has_blobs(block))
                    return RpcError{rpc::code::kServer, "the payload's blobs are not here", {}};
                // It comes back by newPayload if the consensus client proposes it.
                backend.chain.expect(judged_block_of(**payload));
                write(out, **payload, version.number);
                return {};
            });
}

}  // namespace switchyard::node::engine
