// SPDX-License-Identifier: Apache-2.0
// What a whole block makes of the state, as its access list tells it.
#pragma once

#include "host/execute/access_list/access_list_state.hpp"

namespace switchyard::execute {

/// The net effect of the block, in the canonical form of `StateChanges`, before anything of it was
/// executed: what a root can be started from. It is the `BlockResult::changes` of every block whose
/// execution agrees with the list. Precondition: all jobs of `state` have run. Thread-safe.
[[nodiscard]] StateChanges final_changes(const AccessListState& state);

/// The same for a list alone. `InvalidInput` where its shape is wrong (`check_list_shape`);
/// `last_index` is the number of transactions plus one.
[[nodiscard]] Result<StateChanges> final_changes(const BlockAccessList& list, uint32_t last_index,
                                                 const StateView& parent);

}  // namespace switchyard::execute
