// SPDX-License-Identifier: Apache-2.0
// engine_getPayload.
#include "host/node/building/chain_parent.hpp"
#include "host/node/engine/built_payload.hpp"
#include "host/node/engine/engine.hpp"
#include "host/node/engine/fork_window.hpp"
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

/// Whether the sidecars of all transactions with blobs came with the payload.
bool is_complete(const Payload& payload) {
    const auto with_blobs =
        std::ranges::count_if(payload.block.transactions, [](const SignedTransaction& each) {
            return each.transaction.type == TransactionType::Blob;
        });
    return static_cast<size_t>(with_blobs) == payload.sidecars.size();
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
                if (!is_complete(**payload))
                    return RpcError{rpc::code::kServer, "the payload's blobs are not here", {}};
                // It comes back by newPayload if the consensus client proposes it.
                backend.chain.expect(judged_block_of(**payload));
                write_built_payload(out, **payload, version.number);
                return {};
            });
}

}  // namespace switchyard::node::engine
