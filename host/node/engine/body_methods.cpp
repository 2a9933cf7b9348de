// SPDX-License-Identifier: Apache-2.0
// engine_getPayloadBodies.
#include "host/node/engine/engine.hpp"
#include "host/node/engine/engine_error.hpp"
#include "host/node/engine/object_reader.hpp"
#include "host/node/engine/payload.hpp"
#include "host/node/rpc/arguments.hpp"

namespace switchyard::node::engine {
namespace {

using rpc::Failure;
using rpc::Params;
using rpc::RpcError;

RpcError too_large(size_t most) {
    return {code::kTooLargeRequest,
            "Too large request: at most " + std::to_string(most) + " bodies are given at once",
            {}};
}

RpcError server(const Error& error) {
    return {rpc::code::kServer, error.message, {}};
}

Failure write_by_hash(const EngineBackend& backend, const Params& params, json::Writer& out,
                      bool with_access_list) {
    rpc::Arguments arguments(params, 1);
    const json::Element list = arguments.element(0);
    if (arguments.failure()) return arguments.failure();
    if (list.size() > backend.bodies_max) return too_large(backend.bodies_max);
    std::vector<Bytes32> hashes;
    if (const auto fault = read_hash_list(list, hashes)) arguments.refuse(0, *fault);
    if (arguments.failure()) return arguments.failure();
    out.begin_array();
    for (const Bytes32& hash : hashes) {
        const auto block = backend.chain.archive().block(hash);
        if (!block) return server(block.error());
        if (*block == nullptr)
            out.null();
        else
            write_payload_body(out, **block, with_access_list);
    }
    out.end_array();
    return {};
}

Failure write_by_range(const EngineBackend& backend, const Params& params, json::Writer& out,
                       bool with_access_list) {
    rpc::Arguments arguments(params, 2);
    const uint64_t start = arguments.quantity(0);
    const uint64_t count = arguments.quantity(1);
    if (start == 0) arguments.refuse(0, "blocks begin at 1");
    if (count == 0) arguments.refuse(1, "no block is asked for");
    if (arguments.failure()) return arguments.failure();
    if (count > backend.bodies_max) return too_large(backend.bodies_max);
    const uint64_t head = backend.chain.head()->block->number();
    out.begin_array();
    for (uint64_t number = start; number - start < count && number <= head; ++number) {
        const auto block = backend.chain.archive().canonical_block(number);
        if (!block) return server(block.error());
        if (*block == nullptr)
            out.null();
        else
            write_payload_body(out, **block, with_access_list);
    }
    out.end_array();
    return {};
}

}  // namespace

void add_body_methods(rpc::MethodTable& table, EngineBackend& backend) {
    for (const int version : {1, 2}) {
        const std::string suffix = version == 1 ? "V1" : "V2";
        const bool lists = version == 2;
        table.add("engine_getPayloadBodiesByHash" + suffix,
                  [&backend, lists](const Params& params, rpc::Context&, json::Writer& out) {
                      return write_by_hash(backend, params, out, lists);
                  });
        table.add("engine_getPayloadBodiesByRange" + suffix,
                  [&backend, lists](const Params& params, rpc::Context&, json::Writer& out) {
                      return write_by_range(backend, params, out, lists);
                  });
    }
}

}  // namespace switchyard::node::engine
