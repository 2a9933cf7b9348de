// SPDX-License-Identifier: Apache-2.0
// Ommers ("uncles"): blocks have them no more since the Merge, but clients still ask.
#pragma once

#include "host/node/eth/backend.hpp"

namespace switchyard::node::eth {

/// `eth_getUncleByBlockHashAndIndex`, `eth_getUncleByBlockNumberAndIndex`.
void add_ommer_methods(rpc::MethodTable& table, EthBackend& backend);

}  // namespace switchyard::node::eth
