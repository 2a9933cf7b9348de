// SPDX-License-Identifier: Apache-2.0
// From a payload of the Engine API to the block that it stands for.
#pragma once

#include "host/core/result.hpp"
#include "tools/fixtures/blockchain_test.hpp"

namespace switchyard::conformance {

/// The encoding of the block, with the roots that a payload leaves to its receiver computed from
/// its parts. Checks what the Engine API checks before a block is executed (execution-apis, Paris
/// to Osaka): the block's hash, and the blob hashes of its transactions (EIP-4844). `InvalidInput`
/// says which differs.
[[nodiscard]] Result<Bytes> block_of_payload(const fixtures::EnginePayload& payload);

}  // namespace switchyard::conformance
