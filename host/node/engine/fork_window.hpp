// SPDX-License-Identifier: Apache-2.0
// Which forks each version of a method serves.
#pragma once

#include "host/chain/chain_config.hpp"
#include "host/node/engine/engine_error.hpp"

namespace switchyard::node::engine {

/// The first and the last revision.
struct ForkWindow {
    Revision first = Revision::Frontier;
    Revision last = Revision::Amsterdam;
};

/// -38005 when a payload of this number and time is of another fork.
[[nodiscard]] inline rpc::Failure outside(const ForkWindow& window, const ChainConfig& config,
                                          uint64_t number, uint64_t timestamp) {
    // Only forks before Shanghai begin by number or difficulty, and no window tells those apart.
    const Revision revision = config.revision_at(number, timestamp);
    if (revision >= window.first && revision <= window.last) return {};
    return rpc::RpcError{
        code::kUnsupportedFork,
        "Unsupported fork: the payload's timestamp is of " + std::string(to_string(revision)),
        {}};
}

}  // namespace switchyard::node::engine
