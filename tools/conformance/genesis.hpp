// SPDX-License-Identifier: Apache-2.0
// The genesis header of chains whose files state only what does not follow from the rest.
#pragma once

#include "host/node/genesis/genesis.hpp"
#include "tools/fixtures/blockchain_test.hpp"

namespace switchyard::conformance {

using node::complete_genesis;

/// The header that the test's first block builds on; where the file states an environment instead,
/// the one that has it, over `state_root`. Its hash is for the caller to compare.
[[nodiscard]] Result<BlockHeader> genesis_of(const fixtures::BlockchainTest& test,
                                             const Bytes32& state_root);

}  // namespace switchyard::conformance
