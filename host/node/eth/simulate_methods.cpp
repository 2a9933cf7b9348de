// SPDX-License-Identifier: Apache-2.0
#include "host/node/eth/read_values.hpp"
#include "host/node/eth/simulation.hpp"

namespace switchyard::node::eth {

void add_simulate_methods(rpc::MethodTable& table, EthBackend& backend) {
    table.add(
        "eth_simulateV1",
        [&](const rpc::Params& params, rpc::Context& context, json::Writer& out) -> rpc::Failure {
            rpc::Arguments arguments(params, 2);
            const json::Element object = arguments.element(0);
            const BlockId id = read_block_id(arguments, params, 1);
            if (arguments.failure()) return arguments.failure();
            const auto request = read_simulation(object, backend.limits);
            if (!request) return request.error();
            const auto mark = out.mark();
            return with_state(backend, id, [&](const ChainView& view) -> rpc::Failure {
                out.rewind(mark);
                const auto blocks = simulate(backend, view, *request, context);
                if (!blocks) return blocks.error();
                write_simulation(out, *blocks, request->whole_transactions);
                return {};
            });
        });
}

}  // namespace switchyard::node::eth
