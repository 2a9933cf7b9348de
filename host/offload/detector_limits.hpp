// SPDX-License-Identifier: Apache-2.0
// What every backend checks before it takes a batch.
#pragma once

#include "host/core/result.hpp"
#include "host/offload/access_batch.hpp"

namespace switchyard::offload {

/// Errors: InvalidInput (lanes outside 1 to kLanesMax), LimitExceeded (more transactions than
/// kBlockTransactionsMax or more accesses than kBatchAccessesMax).
[[nodiscard]] Result<void> check_batch(const AccessBatch& batch, uint32_t lanes);

}  // namespace switchyard::offload
