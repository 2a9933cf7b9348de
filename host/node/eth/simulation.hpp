// SPDX-License-Identifier: Apache-2.0
// `eth_simulateV1`: blocks of calls, one on the other, that never become part of the chain.
#pragma once

#include "host/node/eth/call_runner.hpp"
#include "host/node/eth/transfer_tracer.hpp"

namespace switchyard::node::eth {

struct SimulatedBlockRequest {
    BlockOverrides environment;
    StateOverrides state;
    std::vector<CallRequest> calls;
};
struct SimulationRequest {
    std::vector<SimulatedBlockRequest> blocks;
    bool trace_transfers = false;  ///< transfers of Ether are shown as logs
    bool validation = false;       ///< nonces and fees are checked as in a block
    bool whole_transactions = false;
};
[[nodiscard]] rpc::Answer<SimulationRequest> read_simulation(json::Element object,
                                                             const EthLimits& limits);

struct SimulatedCall {
    Bytes returned;
    std::vector<Log> logs;              ///< with transfers, if they are traced
    std::vector<uint64_t> log_indices;  ///< of each, in the block
    uint64_t gas_used = 0;
    uint64_t max_gas_used = 0;
    bool success = false;
    rpc::RpcError error;  ///< of a call that failed
};
struct SimulatedBlock {
    std::shared_ptr<ArchivedBlock> block;
    std::vector<SimulatedCall> calls;
};

/// Runs the blocks on top of `view.block()`. Codes of errors are those of the execution-apis
/// (-38010 to -38026).
[[nodiscard]] rpc::Answer<std::vector<SimulatedBlock>> simulate(const EthBackend& backend,
                                                                const ChainView& view,
                                                                SimulationRequest request,
                                                                const rpc::Context& context);
void write_simulation(json::Writer& out, const std::vector<SimulatedBlock>& blocks,
                      bool whole_transactions);

}  // namespace switchyard::node::eth
