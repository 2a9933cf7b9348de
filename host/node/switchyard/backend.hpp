// SPDX-License-Identifier: Apache-2.0
// The `switchyard_*` methods: what is this product's own, for whoever wants to see it work.
#pragma once

#include <functional>
#include <mutex>

#include "host/node/chain/chain.hpp"
#include "host/node/rpc/method.hpp"
#include "host/road/detector_summary.hpp"

namespace switchyard::node::appliance {

/// Shared by all methods; everything that it names outlives them.
struct ApplianceBackend {
    Chain& chain;
    /// What blocks are planned and executed again with.
    BlockRoadConfig lanes{};
    /// Of the stations that serve, from any thread; empty: `switchyard_stations` has zeros.
    std::function<RoadCounters()> stations{};
    /// Of the detector that serves, from any thread; empty: `switchyard_backends` names none.
    std::function<DetectorSummary()> detector{};
    uint64_t learn_blocks_max = 64;  ///< of one request
    /// One request at a time executes blocks; others are told to come again.
    std::mutex replaying{};
};

/// `switchyard_lanePlan`, `switchyard_accessSets`: a block planned and executed again over the
/// state after its parent, beside whatever runs. `switchyard_stations`, `switchyard_backends`.
void add_switchyard_methods(rpc::MethodTable& table, ApplianceBackend& backend);

}  // namespace switchyard::node::appliance
