// SPDX-License-Identifier: Apache-2.0
// Where the effects of a block's parts go.
#pragma once

#include "host/execute/block_access_list_builder.hpp"
#include "host/state/block_state.hpp"

namespace switchyard::execute {

/// The state of a block in execution, and the access list that grows with it. Borrows both.
struct BlockEffects {
    BlockState& state;
    BlockAccessListBuilder* access_list = nullptr;  ///< null: none is made
    uint32_t index = 0;                             ///< block access index (EIP-7928)

    /// Applies `changes` to the state; the access list sees the state before and after.
    void apply(const StateChanges& changes) const {
        if (access_list != nullptr) access_list->add(index, changes, state);
        state.apply(changes);
    }
};

}  // namespace switchyard::execute
