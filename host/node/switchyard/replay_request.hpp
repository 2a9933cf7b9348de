// SPDX-License-Identifier: Apache-2.0
// What a caller may choose about a block that is planned and executed again.
#pragma once

#include "host/node/rpc/arguments.hpp"
#include "host/node/switchyard/backend.hpp"

namespace switchyard::node::appliance {

struct ReplayRequest {
    BlockPointer block;
    std::optional<size_t> only;  ///< of accessSets: one transaction of the block
    uint64_t learn_from = 0;     ///< blocks before it
    uint32_t lanes = 0;
};

/// Parameter 0: a block (number, tag, hash or EIP-1898), or with `by_transaction` also the hash of
/// a transaction on the chain of the head. Parameter 1 may be absent:
/// {"learnFrom": quantity, "lanes": quantity}.
[[nodiscard]] rpc::Answer<ReplayRequest> read_replay_request(const ApplianceBackend& backend,
                                                             const rpc::Params& params,
                                                             bool by_transaction);

}  // namespace switchyard::node::appliance
