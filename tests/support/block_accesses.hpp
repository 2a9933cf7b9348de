// SPDX-License-Identifier: Apache-2.0
// What the transactions of a real block accessed, as a batch for conflict detectors.
#pragma once

#include "host/core/result.hpp"
#include "host/offload/access_batch.hpp"
#include "tools/fixtures/mainnet_block.hpp"

namespace switchyard::test {

/// What is one key.
enum class KeyGrain : uint8_t {
    Account,  ///< an account; a storage slot: as the planner has it
    Field,    ///< a balance; nonce and code of an account; a storage slot: as the executor has it
};

/// Executes `block` serially and returns, for each transaction, the gas that it used and what its
/// outcome depended on (`ReadSet`) and changed (`StateChanges`). Balances that a transaction only
/// added to are added to. Where storage is deleted as a whole, each slot of that account counts as
/// a read of a key that the deletion writes. Errors: those of `execute_block_serial`.
[[nodiscard]] Result<AccessBatch> executed_accesses(const fixtures::MainnetBlock& block,
                                                    KeyGrain grain);

}  // namespace switchyard::test
