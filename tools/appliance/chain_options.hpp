// SPDX-License-Identifier: Apache-2.0
// What the keys of `state` become.
#pragma once

#include "host/node/chain/chain.hpp"
#include "tools/config/configuration.hpp"

namespace switchyard::appliance {

[[nodiscard]] journal::SyncPolicy policy_of(const config::StateSection& state);
/// All but `execute`.
[[nodiscard]] node::ChainOptions chain_options_of(const config::StateSection& state);

}  // namespace switchyard::appliance
