// SPDX-License-Identifier: Apache-2.0
#include "host/node/eth/backend.hpp"

namespace switchyard::node::eth {

void add_eth_methods(rpc::MethodTable& table, EthBackend& backend) {
    add_chain_methods(table, backend);
    add_log_methods(table, backend);
    add_fee_methods(table, backend);
    add_call_methods(table, backend);
    add_pool_methods(table, backend);
    add_debug_methods(table, backend);
    add_simulate_methods(table, backend);
}

}  // namespace switchyard::node::eth
