// SPDX-License-Identifier: Apache-2.0
// EIP-2124: four bytes that name a chain's forks so far.
#pragma once

#include <cstdint>
#include <span>

#include "host/core/bytes.hpp"

namespace switchyard::node::eth {

/// CRC-32 (IEEE 802.3) of the genesis hash and of every fork that is active, ascending, each once.
[[nodiscard]] FixedBytes<4> fork_id(const Bytes32& genesis, std::span<const uint64_t> fork_blocks,
                                    std::span<const uint64_t> fork_times, uint64_t genesis_time,
                                    uint64_t number, uint64_t timestamp);

}  // namespace switchyard::node::eth
