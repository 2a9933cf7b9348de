// SPDX-License-Identifier: Apache-2.0
// A payload that was built here, with all that comes beside it.
#pragma once

#include "host/building/payload_builder.hpp"
#include "host/node/json/writer.hpp"

namespace switchyard::node::engine {

/// The answer of engine_getPayloadV1 to V6, by `version`.
void write_built_payload(json::Writer& out, const Payload& payload, int version);

}  // namespace switchyard::node::engine
