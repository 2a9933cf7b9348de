// SPDX-License-Identifier: Apache-2.0
// From `env` to the header of the block that is built.
#pragma once

#include "host/execute/block_rules.hpp"
#include "tools/t8n/t8n_input.hpp"

namespace switchyard::t8n {

/// The header's fields that execution reads; base fee, difficulty and excess blob gas from the
/// parent's where `env` does not state them. `InvalidInput` names the field that the fork needs.
[[nodiscard]] Result<BlockHeader> header_of(const Environment& environment,
                                            const execute::BlockRules& rules);

}  // namespace switchyard::t8n
