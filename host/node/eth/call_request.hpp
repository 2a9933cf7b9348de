// SPDX-License-Identifier: Apache-2.0
// The transaction object of `eth_call` and its relatives.
#pragma once

#include "host/chain/transaction.hpp"
#include "host/node/json/document.hpp"
#include "host/node/rpc/rpc_error.hpp"

namespace switchyard::node::eth {

/// As it was asked for: what was left out has no value.
struct CallRequest {
    Address from;
    std::optional<Address> to;
    std::optional<uint64_t> gas;
    std::optional<Uint256> gas_price;
    std::optional<Uint256> max_fee_per_gas;
    std::optional<Uint256> max_priority_fee_per_gas;
    std::optional<Uint256> max_fee_per_blob_gas;
    std::optional<uint64_t> nonce;
    std::optional<uint64_t> chain_id;
    Uint256 value;
    Bytes data;
    std::optional<AccessList> access_list;
    std::optional<std::vector<Bytes32>> blob_hashes;
    std::optional<std::vector<Authorization>> authorizations;
};

/// -32602 names the member that does not fit. Data of at most `data_bytes_max`.
[[nodiscard]] rpc::Answer<CallRequest> read_call_request(json::Element object,
                                                         size_t data_bytes_max);

/// The request as a transaction without a signature, of the type that its members ask for, with
/// `gas` and `nonce` where it names none; authorities recovered.
[[nodiscard]] SignedTransaction transaction_of(const CallRequest& request, uint64_t chain_id,
                                               uint64_t gas, uint64_t nonce);

}  // namespace switchyard::node::eth
