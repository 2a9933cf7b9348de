// SPDX-License-Identifier: Apache-2.0
// A block of the chain to build on.
#pragma once

#include <memory>

#include "host/building/build_parent.hpp"
#include "host/building/payload_builder.hpp"
#include "host/node/chain/chain.hpp"
#include "host/road/seal.hpp"

namespace switchyard::node {

/// `block` with the state after it, for a `PayloadBuilder`. The chain must outlive it. `NotFound`:
/// its state is not kept any more.
[[nodiscard]] Result<std::shared_ptr<BuildParent>> make_chain_parent(Chain& chain,
                                                                     const BlockPointer& block);

/// What `Chain::import` takes, of a block that was built.
[[nodiscard]] Block block_of(const SealedBlock& sealed);

/// What `Chain::expect` takes: the block with what its execution gave when it was built.
[[nodiscard]] JudgedBlock judged_block_of(const Payload& payload);

}  // namespace switchyard::node
