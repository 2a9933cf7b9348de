// SPDX-License-Identifier: Apache-2.0
#include "host/node/submit/blob_transactions.hpp"

#include <mutex>

#include "host/blobs/cell_proofs.hpp"
#include "host/blobs/network_form.hpp"
#include "host/blobs/sidecar_check.hpp"
#include "host/chain/hash.hpp"
#include "host/chain/sender.hpp"
#include "host/core/limits.hpp"
#include "host/pool/refusal_text.hpp"

namespace switchyard::submit {
namespace {

using rpc::RpcError;

RpcError refused(std::string text) {
    return {rpc::code::kServer, std::move(text), {}};
}

RpcError refused(Verdict verdict) {
    return refused(std::string(refusal_text(verdict)));
}

/// Hash, length and sender, or why not.
rpc::Failure complete(Transaction transaction, uint64_t chain_id, SignedTransaction& out) {
    const Bytes encoded = encode_transaction(transaction);
    if (encoded.size() > kTransactionBytesMax) return refused(Verdict::TooLarge);
    if (transaction.chain_id != chain_id) return refused(Verdict::WrongChain);
    std::vector<SenderResult> sender(1);
    recover_senders(std::span(&transaction, 1), sender);
    if (sender[0].status != SenderStatus::Ok) return refused(Verdict::InvalidSignature);
    out.hash = keccak256(encoded);
    out.sender = sender[0].sender;
    out.encoded_bytes = static_cast<uint32_t>(encoded.size());
    out.transaction = std::move(transaction);
    return {};
}

RpcError busy(const std::string& why) {
    return {rpc::code::kBusy, "server busy: " + why, {}};
}

/// Checks the sidecar, and gives it the proofs of the next block's fork.
rpc::Failure prepare(const Transaction& transaction, blobs::SidecarVersion wanted,
                     std::mutex& conversion, blobs::BlobSidecar& sidecar) {
    using blobs::SidecarVersion;
    const bool is_old =
        sidecar.version == SidecarVersion::BlobProofs && wanted == SidecarVersion::CellProofs;
    const auto fault =
        blobs::fault_of_sidecar(transaction, sidecar, is_old ? SidecarVersion::BlobProofs : wanted);
    if (fault) return refused(*fault);
    if (!is_old) return {};
    // The other workers stay free for others.
    const std::unique_lock lock(conversion, std::try_to_lock);
    if (!lock.owns_lock()) return busy("cell proofs are made for another transaction");
    auto converted = blobs::with_cell_proofs(sidecar);
    if (!converted) return refused(converted.error().message);
    sidecar = *std::move(converted);
    return {};
}

rpc::Failure submit(const BlobDoor& door, std::mutex& conversion, BytesView network_form,
                    Bytes32& hash) {
    auto form = blobs::decode_network_form(network_form);
    if (!form) return refused(form.error().message);
    SignedTransaction transaction;
    if (auto failure = complete(std::move(form->transaction), door.chain_id, transaction))
        return failure;
    hash = transaction.hash;
    // Whoever could not stand in the pool anyway does not make us prove blobs.
    if (const Verdict verdict = door.pool.preview(transaction); verdict != Verdict::Accepted)
        return refused(verdict);
    if (auto failure =
            prepare(transaction.transaction, door.wanted_version(), conversion, form->sidecar))
        return failure;
    auto staged = door.sidecars.stage(
        hash, std::make_shared<const blobs::BlobSidecar>(std::move(form->sidecar)));
    if (!staged && staged.error().code == ErrorCode::LimitExceeded)
        return busy(staged.error().message);
    if (!staged) return refused(Verdict::NotDurable);
    const Verdict verdict = door.pool.add(std::move(transaction), Origin::Public);
    door.sidecars.unstage(hash);
    if (verdict != Verdict::Accepted) return refused(verdict);
    return {};
}

}  // namespace

SidecarHandler make_sidecar_handler(BlobDoor door) {
    return [door = std::move(door), conversion = std::make_shared<std::mutex>()](
               BytesView network_form, Bytes32& hash) {
        return submit(door, *conversion, network_form, hash);
    };
}

}  // namespace switchyard::submit
