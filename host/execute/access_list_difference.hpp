// SPDX-License-Identifier: Apache-2.0
// Where two block access lists part (EIP-7928).
#pragma once

#include <optional>
#include <string>

#include "host/chain/block_access_list.hpp"

namespace switchyard::execute {

/// The first entry, in the order of the lists, that `found` holds otherwise than `expected`: one
/// line with the account, the entry and both values. No value: the lists are equal.
[[nodiscard]] std::optional<std::string> first_difference(const BlockAccessList& expected,
                                                          const BlockAccessList& found);

}  // namespace switchyard::execute
