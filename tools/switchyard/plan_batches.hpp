// SPDX-License-Identifier: Apache-2.0
// The blocks that `bench plan` spreads over lanes.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "host/offload/access_batch.hpp"

namespace switchyard::tool {

/// Accesses of each transaction: about what a token transfer has.
inline constexpr uint32_t kPlanKeysPerTransaction = 8;

/// One kind of block. Gas is 21,000 to 200,000.
struct PlanWorkload {
    std::string name;         ///< for JSON: "uniform"
    std::string description;  ///< for people
    AccessBatch (*make)(uint32_t transactions, uint64_t seed);
};

/// - uniform: keys drawn from as many as there are accesses, half read, half written;
/// - hot: the same, but three of ten accesses go to one key;
/// - erc20: transfers of twenty tokens: sender, two balances and an allowance written, contract,
///   its implementation and its settings read, the fee added;
/// - one_key: every access writes one key.
[[nodiscard]] const std::vector<PlanWorkload>& plan_workloads();

}  // namespace switchyard::tool
