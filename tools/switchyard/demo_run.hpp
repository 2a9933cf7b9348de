// SPDX-License-Identifier: Apache-2.0
// The demo's job: a generated workload over the whole road, followed by the serial executor.
#pragma once

#include <string>

#include "host/road/road.hpp"
#include "tools/switchyard/wire.hpp"
#include "tools/workloads/demo_workload.hpp"

namespace switchyard::tool {

struct DemoSettings {
    workloads::DemoOptions workload;
    BlockRoadConfig lanes;
    std::string store;      ///< folder to keep; empty: one that is removed
    std::string templates;  ///< file of what was learned; empty: none
    bool no_hints = false;  ///< the gateway does not name senders
    bool json = false;
};

struct DemoReport {
    WireCounters wire;
    std::string wire_description;
    VerifyStatistics verify;
    RoadCounters stations;
    StationCounters serial;
    DetectorHealth health;
    std::string detector;
    uint64_t blocks = 0;
    uint64_t transactions = 0;
    uint64_t gas = 0;
    uint64_t aborts = 0;
    uint64_t waits = 0;
    PredictionStatistics prediction;
    std::string templates_error;  ///< why a file of templates was not read; empty: it was
    uint64_t wall_ns = 0;
    uint32_t token_transfers = 0;
    uint32_t payments = 0;
    Bytes32 state_root;
};

/// Signs the workload, sends it through the wire, builds blocks from it until all of it is in one,
/// and executes each block again serially. `Mismatch` when anything differs or a transaction is
/// missing.
[[nodiscard]] Result<DemoReport> run_demo(const DemoSettings& settings);

}  // namespace switchyard::tool
