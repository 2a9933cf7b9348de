// SPDX-License-Identifier: Apache-2.0
// Signs the traffic of a workload, for those who send it.
#pragma once

#include <span>
#include <vector>

#include "host/chain/transaction.hpp"
#include "tools/workloads/workload.hpp"

namespace switchyard::workloads {

/// Sets signature and canonical hash of transactions that `make_workload` gave with these options,
/// and returns their canonical encodings. On all cores, some 50 µs a transaction and core. Asserts
/// that each sender is of the workload.
[[nodiscard]] std::vector<Bytes> sign_transactions(std::span<SignedTransaction> transactions,
                                                   const WorkloadOptions& options);

}  // namespace switchyard::workloads
