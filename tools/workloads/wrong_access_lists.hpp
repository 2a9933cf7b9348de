// SPDX-License-Identifier: Apache-2.0
// Block access lists that are wrong on purpose.
#pragma once

#include <optional>
#include <random>
#include <string>

#include "host/chain/block_access_list.hpp"

namespace switchyard::workloads {

inline constexpr uint32_t kListDamageCount = 24;

/// Does damage of one kind, 0 to kListDamageCount - 1, at a place drawn at random, and says in
/// words which. The list is another one afterwards; no value where it has nothing for this kind to
/// damage. Precondition: the list is well-formed. Kinds of the second half leave lists that are
/// not.
[[nodiscard]] std::optional<std::string> damage_access_list(BlockAccessList& list, uint32_t kind,
                                                            std::mt19937_64& generator);

}  // namespace switchyard::workloads
