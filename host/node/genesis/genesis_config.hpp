// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/chain/chain_config.hpp"
#include "host/node/genesis/genesis_reader.hpp"

namespace switchyard::node {

/// Reads the member `config`.
[[nodiscard]] ChainConfig read_chain_config(json::Element config, GenesisReader& reader);

}  // namespace switchyard::node
