// SPDX-License-Identifier: Apache-2.0
// testing_buildBlockV1 (execution-apis, src/testing).
#pragma once

#include "host/node/engine/engine.hpp"

namespace switchyard::node::testing {

struct BuildBlockOptions {
    uint64_t gas_limit = 36'000'000;  ///< towards which blocks move
    Bytes extra_data = {};            ///< where the call names none
};

/// Adds the method. Parameters: the parent's hash, payload attributes, the transactions (null: what
/// the backend's builder takes of the pool), extra data (optional). The answer is
/// engine_getPayload's of the block's fork; a transaction that may not stand where it stands is an
/// error in go-ethereum's words. Nothing is kept of the block. `backend` outlives the table.
void add_build_block(rpc::MethodTable& table, engine::EngineBackend& backend,
                     BuildBlockOptions options);

}  // namespace switchyard::node::testing
