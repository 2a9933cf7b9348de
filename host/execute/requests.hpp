// SPDX-License-Identifier: Apache-2.0
// EIP-7685: requests of the execution layer to the consensus layer.
#pragma once

#include <span>
#include <vector>

#include "host/chain/receipt.hpp"
#include "host/core/result.hpp"

namespace switchyard::execute {

/// EIP-7685 request types.
enum class RequestType : uint8_t {
    Deposit = 0x00,        ///< EIP-6110
    Withdrawal = 0x01,     ///< EIP-7002
    Consolidation = 0x02,  ///< EIP-7251
};

/// EIP-6110: appends the deposits that `deposit_contract` logged to `deposits`, each 192 bytes.
/// Error `InvalidInput` when a deposit event has another layout than the contract's.
[[nodiscard]] Result<void> append_deposits(std::span<const Log> logs,
                                           const Address& deposit_contract, Bytes& deposits);

/// Appends `type` and `data` as one request; nothing for empty data, which the requests hash leaves
/// out.
void append_request(std::vector<Bytes>& requests, RequestType type, BytesView data);

/// EIP-7685, `compute_requests_hash`: SHA-256 over the SHA-256 of each request. Error `Internal`
/// when the system's OpenSSL refuses SHA-256.
[[nodiscard]] Result<Bytes32> requests_hash(std::span<const Bytes> requests);

}  // namespace switchyard::execute
