// SPDX-License-Identifier: Apache-2.0
// Fees of the block after a block.
#pragma once

#include "host/node/eth/backend.hpp"

namespace switchyard::node::eth {

struct NextFees {
    std::optional<Uint256> base_fee;          ///< London on
    std::optional<uint64_t> excess_blob_gas;  ///< Cancun on
    std::optional<Uint256> blob_base_fee;     ///< Cancun on
};
/// Under the rules of the parent's time: nobody knows when the next block comes.
[[nodiscard]] NextFees fees_after(const Chain& chain, const ArchivedBlock& parent);

/// `eth_config`, `eth_capabilities`.
void add_config_methods(rpc::MethodTable& table, EthBackend& backend);

}  // namespace switchyard::node::eth
