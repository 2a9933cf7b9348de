// SPDX-License-Identifier: Apache-2.0
// What the methods of the execution-apis stand on.
#pragma once

#include "host/node/chain/chain.hpp"
#include "host/node/rpc/method.hpp"

namespace switchyard {
class Pool;
}

namespace switchyard::node::eth {

/// Bounds on everything that a request may execute or scan; time is `rpc::Context::deadline`.
struct EthLimits {
    uint64_t call_gas = 50'000'000;  ///< of one call, and of all calls of a simulation
    LogLimits logs{};                ///< of one `eth_getLogs`
    uint64_t fee_history_blocks = 1024;
    size_t fee_history_percentiles = 100;
    size_t storage_keys = 1024;            ///< of one `eth_getProof` or `eth_getStorageValues`
    size_t input_bytes = size_t{1} << 20;  ///< of a call's data
    uint64_t simulated_blocks = 256;
    size_t traced_steps = 5'000'000;          ///< of one request
    size_t traced_bytes = size_t{256} << 20;  ///< that its traces keep; an answer is smaller
};

/// Shared by all methods; everything that it names outlives them.
struct EthBackend {
    Chain& chain;
    EthLimits limits{};
    const Pool* pool = nullptr;  ///< null: there is none, and it reads as empty
    std::string client_version = "switchyard";
    Uint256 min_priority_fee =
        Uint256(1'000'000);  ///< what `eth_maxPriorityFeePerGas` says at least
};

/// Blocks, transactions, receipts, accounts, proofs.
void add_chain_methods(rpc::MethodTable& table, EthBackend& backend);
/// `eth_getLogs`.
void add_log_methods(rpc::MethodTable& table, EthBackend& backend);
/// Fees and the chain's configuration.
void add_fee_methods(rpc::MethodTable& table, EthBackend& backend);
/// `eth_call`, `eth_estimateGas`, `eth_createAccessList`.
void add_call_methods(rpc::MethodTable& table, EthBackend& backend);
/// `eth_simulateV1`.
void add_simulate_methods(rpc::MethodTable& table, EthBackend& backend);
/// `debug_getRaw*`, `debug_trace*`.
void add_debug_methods(rpc::MethodTable& table, EthBackend& backend);

/// `txpool_*`.
void add_pool_methods(rpc::MethodTable& table, EthBackend& backend);

/// A transaction that waits in the pool; false: none of this hash.
[[nodiscard]] bool write_pooled_transaction(json::Writer& out, const EthBackend& backend,
                                            const Bytes32& hash);
/// The nonce after the sender's executable transactions in the pool; none: it has none there.
[[nodiscard]] std::optional<uint64_t> pooled_nonce(const EthBackend& backend,
                                                   const Address& sender);

/// All of the above.
void add_eth_methods(rpc::MethodTable& table, EthBackend& backend);

}  // namespace switchyard::node::eth
