// SPDX-License-Identifier: Apache-2.0
// The Engine API: how a consensus client drives the chain (execution-apis, src/engine).
#pragma once

#include <string>

#include "host/blobs/sidecar_store.hpp"
#include "host/building/payload_builder.hpp"
#include "host/node/chain/chain.hpp"
#include "host/node/rpc/method.hpp"

namespace switchyard::node::engine {

/// Shared by all methods; everything that it names outlives them.
struct EngineBackend {
    Chain& chain;
    PayloadBuilder* builder = nullptr;  ///< null: this node builds no payloads
    std::string version = {};           ///< of the software, as engine_getClientVersionV1 has it
    std::string commit = {};            ///< its first 4 bytes in hexadecimal, with 0x
    size_t bodies_max = 1024;           ///< of one request, 32 or more
    const blobs::SidecarStore* sidecars = nullptr;  ///< null: this node keeps no blobs
};

/// engine_newPayloadV1 to V5: validates a payload and executes it.
void add_payload_methods(rpc::MethodTable& table, EngineBackend& backend);
/// engine_forkchoiceUpdatedV1 to V4: moves the head, and begins to build on it.
void add_forkchoice_methods(rpc::MethodTable& table, EngineBackend& backend);
/// engine_getPayloadV1 to V6.
void add_get_payload_methods(rpc::MethodTable& table, EngineBackend& backend);
/// engine_getPayloadBodiesByHash and ByRange, V1 and V2.
void add_body_methods(rpc::MethodTable& table, EngineBackend& backend);

/// engine_getBlobsV1 to V3, where the node keeps blobs.
void add_blob_methods(rpc::MethodTable& table, EngineBackend& backend);

/// All of the above, engine_exchangeCapabilities and engine_getClientVersionV1.
void add_engine_methods(rpc::MethodTable& table, EngineBackend& backend);

}  // namespace switchyard::node::engine
