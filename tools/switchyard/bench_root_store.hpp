// SPDX-License-Identifier: Apache-2.0
// The part of `switchyard bench root` that needs a disk.
#pragma once

#include "tools/switchyard/benchmarks.hpp"

namespace switchyard::tool {

/// Adds the costs of an update with the records in a store and a tenth of it in memory.
[[nodiscard]] Result<void> add_store_table(const BenchmarkOptions& options,
                                           BenchmarkReport& report);

}  // namespace switchyard::tool
