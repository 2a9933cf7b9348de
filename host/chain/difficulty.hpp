// SPDX-License-Identifier: Apache-2.0
// The difficulty of a proof-of-work block from its parent (Yellow Paper, section 4.4.4; EIP-2,
// EIP-100, and the EIPs that set the difficulty bomb back).
#pragma once

#include <cstdint>

#include "host/chain/revision.hpp"
#include "host/core/uint256.hpp"

namespace switchyard {

inline constexpr uint64_t kMinimumDifficulty = 131'072;

struct DifficultyParent {
    Uint256 difficulty;
    uint64_t timestamp = 0;   ///< seconds
    bool has_ommers = false;  ///< EIP-100, from Byzantium on
};

/// The difficulty that block `number` at `timestamp` must have. `bomb_delay` is
/// `ChainConfig::bomb_delay_at(number)`. 0 from Paris on (EIP-3675). Precondition: `timestamp` is
/// above the parent's and `number` above 0.
[[nodiscard]] Uint256 next_difficulty(Revision revision, uint64_t bomb_delay,
                                      const DifficultyParent& parent, uint64_t number,
                                      uint64_t timestamp);

}  // namespace switchyard
