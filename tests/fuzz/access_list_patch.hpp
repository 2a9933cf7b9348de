// SPDX-License-Identifier: Apache-2.0
// From records of a fuzzer's input to a block access list that holds anything in any field.
#pragma once

#include <span>

#include "host/chain/block_access_list.hpp"

namespace switchyard::fuzz {

/// Inputs of the target of access lists are records of this size: what to patch, the position (two
/// bytes), how, and the value (four bytes). Rests are left.
inline constexpr size_t kPatchBytes = 8;

/// Changes one field of the list, or the length of one of its vectors. Any bytes are a patch.
void patch_access_list(BlockAccessList& list, std::span<const uint8_t, kPatchBytes> record);

}  // namespace switchyard::fuzz
