// SPDX-License-Identifier: Apache-2.0
#include "host/node/eth/simulation.hpp"
#include "host/node/eth/write_values.hpp"
#include "host/node/rpc/arguments.hpp"

namespace switchyard::node::eth {
namespace {

constexpr size_t kCallsMax = 10'000;

}  // namespace

rpc::Answer<SimulationRequest> read_simulation(json::Element object, const EthLimits& limits) {
    SimulationRequest out;
    const json::Element blocks = object.find("blockStateCalls");
    if (blocks.size() == 0) return rpc::invalid_params("empty input");
    if (blocks.size() > limits.simulated_blocks)
        return rpc::RpcError{-38026, "too many blocks", {}};
    size_t calls = 0;
    for (const json::Element element : blocks.elements()) {
        SimulatedBlockRequest& block = out.blocks.emplace_back();
        auto environment = read_block_overrides(element.find("blockOverrides"));
        if (!environment) return environment.error();
        block.environment = *std::move(environment);
        auto state = read_state_overrides(element.find("stateOverrides"));
        if (!state) return state.error();
        block.state = *std::move(state);
        for (const json::Element call : element.find("calls").elements()) {
            if (++calls > kCallsMax) return rpc::RpcError{-38026, "too many calls", {}};
            auto request = read_call_request(call, limits.input_bytes);
            if (!request) return request.error();
            block.calls.push_back(*std::move(request));
        }
    }
    out.trace_transfers = object.find("traceTransfers").boolean().value_or(false);
    out.validation = object.find("validation").boolean().value_or(false);
    out.whole_transactions = object.find("returnFullTransactions").boolean().value_or(false);
    return out;
}

void write_simulation(json::Writer& out, const std::vector<SimulatedBlock>& blocks,
                      bool whole_transactions) {
    out.begin_array();
    for (const SimulatedBlock& simulated : blocks) {
        const ArchivedBlock& block = *simulated.block;
        out.begin_object();
        write_block_members(out, block, whole_transactions);
        out.key("calls");
        out.begin_array();
        for (size_t i = 0; i < simulated.calls.size(); ++i) {
            const SimulatedCall& call = simulated.calls[i];
            out.begin_object();
            out.member_data("returnData", call.returned);
            out.key("logs");
            out.begin_array();
            for (size_t l = 0; l < call.logs.size(); ++l)
                write_log(out, call.logs[l], block.transaction_hashes[i], place_of(block, i),
                          call.log_indices[l]);
            out.end_array();
            out.member_quantity("gasUsed", call.gas_used);
            out.member_quantity("maxUsedGas", call.max_gas_used);
            out.member_quantity("status", call.success ? uint64_t{1} : uint64_t{0});
            if (!call.success) {
                out.key("error");
                out.begin_object();
                out.member_string("message", call.error.message);
                out.key("code");
                out.number(int64_t{call.error.code});
                if (!call.error.data.empty()) {
                    out.key("data");
                    out.raw(call.error.data);
                }
                out.end_object();
            }
            out.end_object();
        }
        out.end_array();
        out.end_object();
    }
    out.end_array();
}

}  // namespace switchyard::node::eth
