// SPDX-License-Identifier: Apache-2.0
// Where a chain starts: its rules, its first header and its first state.
#pragma once

#include <string_view>

#include "host/chain/block.hpp"
#include "host/chain/chain_config.hpp"
#include "host/core/result.hpp"
#include "host/state/state_view.hpp"

namespace switchyard::node {

/// The header is complete (`complete_genesis`); `state` is canonical, over the empty state.
struct Genesis {
    ChainConfig config;
    BlockHeader header;
    StateChanges state;
    /// Every fork that the configuration names, for EIP-2124: those by block, those by time.
    std::vector<uint64_t> fork_blocks{};
    std::vector<uint64_t> fork_times{};
};

/// `stated` with the hashes and roots of an empty block over `state_root`, and with the fields that
/// the forks up to `revision` appended where they are absent. `Internal` when the system's OpenSSL
/// refuses SHA-256.
[[nodiscard]] Result<BlockHeader> complete_genesis(BlockHeader stated, Revision revision,
                                                   const Bytes32& state_root);

/// Reads a genesis in the format of go-ethereum (`genesis.json`). Forks up to Paris start at
/// blocks, later ones at times; `terminalTotalDifficulty` starts Paris. `InvalidInput` names the
/// member.
[[nodiscard]] Result<Genesis> read_genesis(std::string_view json);
/// The same from a file, which the errors name.
[[nodiscard]] Result<Genesis> load_genesis(const std::string& file);

}  // namespace switchyard::node
