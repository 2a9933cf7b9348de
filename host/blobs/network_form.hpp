// SPDX-License-Identifier: Apache-2.0
// A transaction with blobs as it travels between nodes and from wallets: with its sidecar.
#pragma once

#include "host/blobs/sidecar.hpp"
#include "host/chain/transaction.hpp"
#include "host/core/result.hpp"

namespace switchyard::blobs {

/// A transaction and what came beside it.
struct NetworkForm {
    Transaction transaction;
    BlobSidecar sidecar;
};

/// Decodes 0x03 and rlp([transaction, blobs, commitments, proofs]) (EIP-4844), or, with cell
/// proofs, rlp([transaction, 1, blobs, commitments, proofs]) (EIP-7594). `InvalidInput` names the
/// field that is at fault; `Unsupported`: a wrapper of another version. Numbers of blobs,
/// commitments and proofs may differ here. Safe on any input; cost and memory linear in its length.
/// What decodes is encoded again to the same bytes.
[[nodiscard]] Result<NetworkForm> decode_network_form(BytesView encoded);

/// The inverse. `transaction` is of type 3.
[[nodiscard]] Bytes encode_network_form(const Transaction& transaction, const BlobSidecar& sidecar);

}  // namespace switchyard::blobs
