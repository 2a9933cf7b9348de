// SPDX-License-Identifier: Apache-2.0
#include "host/node/eth/chain_methods.hpp"

#include "host/chain/hash.hpp"
#include "host/node/rpc/arguments.hpp"

namespace switchyard::node::eth {

using rpc::Arguments;
using rpc::Context;
using rpc::Failure;
using rpc::Params;

void add_chain_methods(rpc::MethodTable& table, EthBackend& backend) {
    add_block_methods(table, backend);
    add_transaction_methods(table, backend);
    add_account_methods(table, backend);
    // It holds no keys.
    table.add("eth_accounts", [](const Params&, Context&, json::Writer& out) -> Failure {
        out.begin_array();
        out.end_array();
        return {};
    });
    table.add("net_version", [&](const Params&, Context&, json::Writer& out) -> Failure {
        out.string(std::to_string(backend.chain.config().chain_id));
        return {};
    });
    table.add("net_listening", [](const Params&, Context&, json::Writer& out) -> Failure {
        out.boolean(true);
        return {};
    });
    // It has no peers: blocks come from its own consensus client.
    table.add("net_peerCount", [](const Params&, Context&, json::Writer& out) -> Failure {
        out.quantity(uint64_t{0});
        return {};
    });
    table.add("web3_clientVersion", [&](const Params&, Context&, json::Writer& out) -> Failure {
        out.string(backend.client_version);
        return {};
    });
    table.add("web3_sha3", [&](const Params& params, Context&, json::Writer& out) -> Failure {
        Arguments arguments(params, 1);
        const Bytes data = arguments.data(0, backend.limits.input_bytes);
        if (arguments.failure()) return arguments.failure();
        out.data(keccak256(data));
        return {};
    });
    table.add("eth_syncing", [](const Params&, Context&, json::Writer& out) -> Failure {
        out.boolean(false);
        return {};
    });
}

}  // namespace switchyard::node::eth
