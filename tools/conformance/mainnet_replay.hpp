// SPDX-License-Identifier: Apache-2.0
// Replays one mainnet block and compares everything that its file lets one check.
#pragma once

#include "tools/conformance/block_executor.hpp"
#include "tools/fixtures/mainnet_block.hpp"

namespace switchyard::conformance {

/// Checks hashes and senders of the transactions, the header against its parent and the body where
/// they are known, then what `executor` gives: gas, bloom, receipts (root and one by one), and
/// over a witness the whole block with its state root and every account after it.
[[nodiscard]] Result<void> replay_mainnet_block(const fixtures::MainnetBlock& block,
                                                BlockExecutor& executor);

}  // namespace switchyard::conformance
