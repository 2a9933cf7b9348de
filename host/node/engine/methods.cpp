// SPDX-License-Identifier: Apache-2.0
#include "host/node/engine/engine.hpp"
#include "host/node/rpc/arguments.hpp"

namespace switchyard::node::engine {
namespace {

using rpc::Failure;
using rpc::Params;

/// What the consensus side may call; the exchange itself is not named, as the specification has it.
void add_exchange(rpc::MethodTable& table) {
    std::vector<std::string> names;
    for (const std::string_view name : table.names())
        if (name.starts_with("engine_")) names.emplace_back(name);
    table.add("engine_exchangeCapabilities",
              [names](const Params& params, rpc::Context&, json::Writer& out) -> Failure {
                  rpc::Arguments arguments(params, 1);
                  if (!arguments.element(0).is_array()) arguments.refuse(0, "not an array");
                  if (arguments.failure()) return arguments.failure();
                  out.begin_array();
                  for (const std::string& name : names)
                      out.string(name);
                  out.end_array();
                  return {};
              });
}

/// execution-apis, src/engine/identification.md.
void add_client_version(rpc::MethodTable& table, const EngineBackend& backend) {
    table.add("engine_getClientVersionV1",
              [&backend](const Params& params, rpc::Context&, json::Writer& out) -> Failure {
                  rpc::Arguments arguments(params, 1);
                  if (!arguments.element(0).is_object()) arguments.refuse(0, "not an object");
                  if (arguments.failure()) return arguments.failure();
                  out.begin_array();
                  out.begin_object();
                  out.member_string("code", "SY");
                  out.member_string("name", "Switchyard");
                  out.member_string("version", backend.version);
                  out.member_string("commit", backend.commit);
                  out.end_object();
                  out.end_array();
                  return {};
              });
}

}  // namespace

void add_engine_methods(rpc::MethodTable& table, EngineBackend& backend) {
    add_payload_methods(table, backend);
    add_forkchoice_methods(table, backend);
    add_get_payload_methods(table, backend);
    add_body_methods(table, backend);
    add_blob_methods(table, backend);
    add_client_version(table, backend);
    add_exchange(table);
}

}  // namespace switchyard::node::engine
