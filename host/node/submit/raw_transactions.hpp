// SPDX-License-Identifier: Apache-2.0
// eth_sendRawTransaction: from JSON-RPC onto the road.
#pragma once

#include <functional>

#include "host/core/bytes.hpp"
#include "host/ingest/submission_queue.hpp"
#include "host/node/rpc/method.hpp"

namespace switchyard::submit {

/// Takes a type-3 transaction in its network form, with its sidecar (EIP-4844): they are too large
/// for the road. Writes the hash to `hash` or returns why not. Any worker thread.
using SidecarHandler = std::function<rpc::Failure(BytesView network_form, Bytes32& hash)>;

/// Called with the hashes of a batch's accepted transactions before they are answered; the answers
/// wait until it returns. Any worker thread; it must heed the context's deadline.
using BeforeAnswer = std::function<void(std::span<const Bytes32> accepted, rpc::Context& context)>;

/// Largest network form: nine blobs of 128 KiB (all of a block before Osaka; six from there on,
/// with cell proofs), commitments, proofs and the transaction.
inline constexpr size_t kNetworkFormBytesMax = 1536 * 1024;

/// Adds the method to `table`. A batch of calls goes into `queue` together and is answered when
/// every one has its verdict, so that the verify station sees a batch, too: a call that was
/// accepted is in the pool (durable by the pool's policy), a refused one has go-ethereum's text
/// with -32000. A full queue holds the batch up until its deadline; what found no room by then gets
/// -32005. A deadline that passes after that answers -32002: the transaction may be accepted yet.
///
/// Without `sidecars`, type-3 transactions in network form are refused. `queue` must outlive the
/// tables; somebody else consumes it. With `before_answer` a node can hold its answers back, as a
/// development chain does until the transactions stand in a block.
void add_submission_methods(rpc::MethodTable& table, SubmissionQueue& queue,
                            SidecarHandler sidecars = {}, BeforeAnswer before_answer = {});

}  // namespace switchyard::submit
