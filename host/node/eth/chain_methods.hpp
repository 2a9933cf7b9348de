// SPDX-License-Identifier: Apache-2.0
// The parts of `add_chain_methods`, by what they are about.
#pragma once

#include "host/node/eth/backend.hpp"

namespace switchyard::node::eth {

/// Blocks, receipts of a block, counts, ommers.
void add_block_methods(rpc::MethodTable& table, EthBackend& backend);
/// Transactions, receipts of one.
void add_transaction_methods(rpc::MethodTable& table, EthBackend& backend);
/// Balances, nonces, codes, storage, proofs.
void add_account_methods(rpc::MethodTable& table, EthBackend& backend);

}  // namespace switchyard::node::eth
