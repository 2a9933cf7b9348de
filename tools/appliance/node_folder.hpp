// SPDX-License-Identifier: Apache-2.0
// A new folder for an appliance: configuration, secrets, and the chain's first block.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "host/core/bytes.hpp"
#include "host/core/result.hpp"
#include "tools/config/configuration.hpp"

namespace switchyard::appliance {

struct NodeFolderRequest {
    std::filesystem::path folder;
    /// In go-ethereum's format; copied into the folder. Empty: the development chain.
    std::filesystem::path genesis;
    /// Blocks by the clock, in ms; 0: a consensus client drives it by the Engine API.
    uint64_t interval_ms = 0;
};

struct NodeFolder {
    std::filesystem::path configuration;
    bool configuration_is_new = false;  ///< else it was there and was left as it is
    std::filesystem::path engine_secret;
    std::filesystem::path admin_secret;
    uint64_t chain_id = 0;
    Bytes32 genesis;    ///< hash of the first block
    uint64_t head = 0;  ///< of the chain that was there; 0 of a new one
};

inline constexpr std::string_view kConfigurationFile = "switchyard.toml";

/// Makes the folder (for its owner alone), or completes it: a configuration that is there stays,
/// and so do secrets. `InvalidInput` for a genesis that is wrong, or another one than that of the
/// chain in the folder; nothing of that chain has changed then. `Unavailable` while an appliance
/// runs in it.
[[nodiscard]] Result<NodeFolder> make_node_folder(const NodeFolderRequest& request);

}  // namespace switchyard::appliance
