// SPDX-License-Identifier: Apache-2.0
// What the keys of `state` become.
#pragma once

#include "host/node/chain/chain.hpp"
#include "tools/config/configuration.hpp"

namespace switchyard::appliance {

[[nodiscard]] journal::SyncPolicy policy_of(const config::StateSection& state);
/// All but `execute`.
[[nodiscard]] node::ChainOptions chain_options_of(const config::StateSection& state);

/// The chain id is in no block: the folder says it in a file of its own, made where it is missing.
/// `InvalidInput` when it is another one, `Io`.
[[nodiscard]] Result<void> keep_chain_id(const std::filesystem::path& folder, uint64_t chain_id);

}  // namespace switchyard::appliance
