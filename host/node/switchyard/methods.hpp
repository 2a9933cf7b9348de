// SPDX-License-Identifier: Apache-2.0
// The handlers, and what they write alike.
#pragma once

#include "host/node/switchyard/backend.hpp"

namespace switchyard::node::appliance {

[[nodiscard]] rpc::Failure lane_plan(ApplianceBackend& backend, const rpc::Params& params,
                                     const rpc::Context& context, json::Writer& out);
[[nodiscard]] rpc::Failure access_sets(ApplianceBackend& backend, const rpc::Params& params,
                                       const rpc::Context& context, json::Writer& out);
[[nodiscard]] rpc::Failure stations(ApplianceBackend& backend, const rpc::Params& params,
                                    json::Writer& out);
[[nodiscard]] rpc::Failure backends(ApplianceBackend& backend, const rpc::Params& params,
                                    json::Writer& out);

/// The member "prediction" of an object that is open.
void write_prediction(json::Writer& out, const PredictionStatistics& prediction);

}  // namespace switchyard::node::appliance
