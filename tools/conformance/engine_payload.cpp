// SPDX-License-Identifier: Apache-2.0
#include "tools/conformance/engine_payload.hpp"

#include "host/chain/hash.hpp"
#include "host/chain/rlp.hpp"
#include "host/core/hex.hpp"
#include "host/execute/block_roots.hpp"
#include "host/execute/requests.hpp"
#include "host/state/trie/ordered_trie.hpp"

namespace switchyard::conformance {
namespace {

using fixtures::EnginePayload;

constexpr uint8_t kFirstListPrefix = 0xc0;  // RLP; a type byte (EIP-2718) is below

Error invalid(std::string message) {
    return {ErrorCode::InvalidInput, std::move(message)};
}

Result<BlockHeader> header_of(const EnginePayload& payload) {
    BlockHeader header = payload.header;
    header.ommers_hash = keccak256(Bytes{kFirstListPrefix});
    for (const Bytes& transaction : payload.transactions)
        if (transaction.empty()) return invalid("transaction: empty");
    header.transactions_root = trie::ordered_trie_root(payload.transactions);
    if (payload.withdrawals)
        header.withdrawals_root = execute::withdrawals_root(*payload.withdrawals);
    if (!header.requests_hash) return header;
    const auto requests = execute::requests_hash(payload.execution_requests);
    if (!requests) return requests.error();
    header.requests_hash = *requests;
    return header;
}

/// Transactions that do not decode are left to the import, which refuses them.
Result<void> check_blob_hashes(const EnginePayload& payload) {
    if (!payload.blob_versioned_hashes) return {};
    std::vector<Bytes32> found;
    for (const Bytes& encoded : payload.transactions) {
        const auto transaction = decode_transaction(encoded);
        if (!transaction) return {};
        found.insert(found.end(), transaction->blob_versioned_hashes.begin(),
                     transaction->blob_versioned_hashes.end());
    }
    if (found == *payload.blob_versioned_hashes) return {};
    return invalid("blob versioned hashes: not those of the payload's transactions");
}

}  // namespace

Result<Bytes> block_of_payload(const EnginePayload& payload) {
    const auto header = header_of(payload);
    if (!header) return header.error();
    if (const Bytes32 hash = header_hash(*header); hash != payload.block_hash)
        return invalid("block hash: " + to_hex(payload.block_hash) +
                       " is stated, the header's is " + to_hex(hash));
    if (const auto checked = check_blob_hashes(payload); !checked) return checked.error();

    Bytes out;
    rlp::Encoder encoder(out);
    const size_t block = encoder.begin_list();
    encoder.raw(encode_header(*header));
    const size_t transactions = encoder.begin_list();
    for (const Bytes& transaction : payload.transactions) {
        if (transaction[0] >= kFirstListPrefix)
            encoder.raw(transaction);
        else
            encoder.string(transaction);
    }
    encoder.end_list(transactions);
    encoder.end_list(encoder.begin_list());  // no ommers
    if (payload.withdrawals) {
        const size_t withdrawals = encoder.begin_list();
        for (const Withdrawal& withdrawal : *payload.withdrawals) {
            const size_t one = encoder.begin_list();
            encoder.uint64(withdrawal.index);
            encoder.uint64(withdrawal.validator_index);
            encoder.string(withdrawal.address);
            encoder.uint64(withdrawal.amount_gwei);
            encoder.end_list(one);
        }
        encoder.end_list(withdrawals);
    }
    encoder.end_list(block);
    return out;
}

}  // namespace switchyard::conformance
