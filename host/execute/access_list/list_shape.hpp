// SPDX-License-Identifier: Apache-2.0
// Whether a block access list that nobody decoded is one that a reader can rely on.
#pragma once

#include "host/chain/block_access_list.hpp"
#include "host/core/result.hpp"

namespace switchyard::execute {

/// Checks every invariant of `BlockAccessList`: ranges lie one behind another and cover their
/// vectors, accounts, keys and indices ascend, no slot is both changed and read, none is without a
/// value; and that no index is above `last_index`. Safe on any list. `InvalidInput` names the
/// first account that breaks a rule. Linear in the list; thread-safe.
[[nodiscard]] Result<void> check_list_shape(const BlockAccessList& list, uint32_t last_index);

}  // namespace switchyard::execute
