// SPDX-License-Identifier: Apache-2.0
// What a builder must know of the block that it builds on.
#pragma once

#include "host/chain/block.hpp"
#include "host/core/result.hpp"
#include "host/evm/evm.hpp"
#include "host/state/state_view.hpp"

namespace switchyard {

/// The block below, with the state after it. Safe from any thread; stays as it is whatever happens
/// to the chain, or says so (`failure`).
class BuildParent {
  public:
    virtual ~BuildParent() = default;
    [[nodiscard]] virtual const BlockHeader& header() const = 0;
    [[nodiscard]] virtual const Bytes32& hash() const = 0;
    [[nodiscard]] virtual const StateView& state() const = 0;
    /// BLOCKHASH for a child.
    [[nodiscard]] virtual const evm::BlockHashes& hashes() const = 0;
    /// The state root after `changes`, those of a whole block. Changes nothing.
    [[nodiscard]] virtual Result<Bytes32> root_over(StateChanges changes) = 0;
    /// What was read since the last look means nothing.
    [[nodiscard]] virtual std::optional<Error> failure() const = 0;
};

}  // namespace switchyard
