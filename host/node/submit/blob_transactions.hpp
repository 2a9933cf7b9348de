// SPDX-License-Identifier: Apache-2.0
// eth_sendRawTransaction for transactions with blobs: from their network form into the pool.
#pragma once

#include "host/blobs/sidecar_store.hpp"
#include "host/node/submit/raw_transactions.hpp"
#include "host/pool/pool.hpp"

namespace switchyard::submit {

/// Everything that it names outlives the handler.
struct BlobDoor {
    Pool& pool;  ///< with the store as its `PoolConfig::blob_keeper`
    blobs::SidecarStore& sidecars;
    uint64_t chain_id = 1;
    /// The version that the next block's fork asks for. Any thread.
    std::function<blobs::SidecarVersion()> wanted_version;
};

/// Decodes, asks the pool whether it would have the transaction, proves the blobs on the calling
/// thread (up to 19 ms each), keeps the sidecar, and adds the transaction (`Origin::Public`). What
/// is accepted is durable by the policies of the pool and of the store. From Osaka on a sidecar
/// with blob proofs, as wallets of the fork before send it, gets cell proofs first, as go-ethereum
/// does (internal/ethapi): 0.25 s a blob, and some 3 s once in a process; one at a time.
/// Refusals have go-ethereum's text with -32000; -32005 when too many sidecars wait at the same
/// time, or cell proofs are being made already.
[[nodiscard]] SidecarHandler make_sidecar_handler(BlobDoor door);

}  // namespace switchyard::submit
