// SPDX-License-Identifier: Apache-2.0
// The genesis header of chains whose files state only what does not follow from the rest.
#pragma once

#include "host/chain/block.hpp"
#include "host/core/result.hpp"
#include "host/execute/block_rules.hpp"

namespace switchyard::conformance {

/// `stated` with the hashes and roots of an empty block over `state_root`, and with the fields that
/// the forks up to `revision` appended where they are absent. `Internal` when the system's OpenSSL
/// refuses SHA-256.
[[nodiscard]] Result<BlockHeader> complete_genesis(BlockHeader stated, Revision revision,
                                                   const Bytes32& state_root);

}  // namespace switchyard::conformance
