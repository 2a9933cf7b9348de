// SPDX-License-Identifier: Apache-2.0
// A workload's block 0 as go-ethereum's `genesis.json`, so that other clients can run its traffic.
#pragma once

#include <string>

#include "host/core/result.hpp"
#include "tools/workloads/workload_chain.hpp"

namespace switchyard::workloads {

/// Writes rules, header and whole state of `chain`, on which no block has run yet. `Io` when the
/// file cannot be written, with the system's reason.
[[nodiscard]] Result<void> write_genesis_file(const WorkloadChain& chain, const std::string& file);

}  // namespace switchyard::workloads
