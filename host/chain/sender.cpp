// SPDX-License-Identifier: Apache-2.0
#include "host/chain/sender.hpp"

#include "host/chain/signature_batch.hpp"
#include "host/core/assert.hpp"

namespace switchyard {
namespace {

SignatureBatch& thread_batch() {
    thread_local SignatureBatch batch;
    return batch;
}

}  // namespace

void recover_senders(std::span<Transaction> transactions, std::span<SenderResult> senders) {
    SWITCHYARD_ASSERT(transactions.size() == senders.size());
    SignatureBatch& batch = thread_batch();
    for (size_t i = 0; i < transactions.size(); ++i) {
        batch.add(transactions[i], senders[i]);
        for (Authorization& authorization : transactions[i].authorization_list)
            batch.add(authorization);
    }
    batch.flush();
}

uint64_t verify_senders(std::span<Transaction> transactions, std::span<const SenderClaim> claims,
                        std::span<simd::PublicKey> keys, std::span<SenderResult> senders) {
    SWITCHYARD_ASSERT(transactions.size() == senders.size() &&
                      transactions.size() == claims.size() && transactions.size() == keys.size());
    SignatureBatch& batch = thread_batch();
    const uint64_t proven_before = batch.proven();
    for (size_t i = 0; i < transactions.size(); ++i) {
        batch.add(transactions[i], claims[i], keys[i], senders[i]);
        for (Authorization& authorization : transactions[i].authorization_list)
            batch.add(authorization);
    }
    batch.flush();
    return batch.proven() - proven_before;
}

}  // namespace switchyard
