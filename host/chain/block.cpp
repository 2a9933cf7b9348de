// SPDX-License-Identifier: Apache-2.0
#include "host/chain/block.hpp"

#include "host/chain/hash.hpp"
#include "host/chain/rlp.hpp"
#include "host/core/limits.hpp"

namespace switchyard {
namespace {

using rlp::Encoder;
using rlp::Failure;
using rlp::Fault;
using rlp::Reader;

/// Fields that forks appended: present or absent from the first absent one on.
bool decode_appended_fields(Reader& fields, BlockHeader& out) {
    return (fields.at_end() || fields.uint256("baseFeePerGas", out.base_fee_per_gas.emplace())) &&
           (fields.at_end() || fields.fixed("withdrawalsRoot", out.withdrawals_root.emplace())) &&
           (fields.at_end() || fields.uint64("blobGasUsed", out.blob_gas_used.emplace())) &&
           (fields.at_end() || fields.uint64("excessBlobGas", out.excess_blob_gas.emplace())) &&
           (fields.at_end() ||
            fields.fixed("parentBeaconBlockRoot", out.parent_beacon_block_root.emplace())) &&
           (fields.at_end() || fields.fixed("requestsHash", out.requests_hash.emplace())) &&
           (fields.at_end() ||
            fields.fixed("blockAccessListHash", out.block_access_list_hash.emplace())) &&
           (fields.at_end() || fields.uint64("slotNumber", out.slot_number.emplace()));
}

bool decode_header_members(BytesView members, Failure& failure, BlockHeader& out) {
    Reader fields(members, failure);
    return fields.fixed("parentHash", out.parent_hash) &&
           fields.fixed("sha3Uncles", out.ommers_hash) && fields.fixed("miner", out.beneficiary) &&
           fields.fixed("stateRoot", out.state_root) &&
           fields.fixed("transactionsRoot", out.transactions_root) &&
           fields.fixed("receiptsRoot", out.receipts_root) &&
           fields.fixed("logsBloom", out.logs_bloom) &&
           fields.uint256("difficulty", out.difficulty) && fields.uint64("number", out.number) &&
           fields.uint64("gasLimit", out.gas_limit) && fields.uint64("gasUsed", out.gas_used) &&
           fields.uint64("timestamp", out.timestamp) && fields.bytes("extraData", out.extra_data) &&
           fields.fixed("mixHash", out.prev_randao) && fields.fixed("nonce", out.nonce) &&
           decode_appended_fields(fields, out) && fields.finish("header");
}

void encode_header_item(Encoder& encoder, const BlockHeader& header) {
    const size_t list = encoder.begin_list();
    encoder.string(header.parent_hash);
    encoder.string(header.ommers_hash);
    encoder.string(header.beneficiary);
    encoder.string(header.state_root);
    encoder.string(header.transactions_root);
    encoder.string(header.receipts_root);
    encoder.string(header.logs_bloom);
    encoder.uint256(header.difficulty);
    encoder.uint64(header.number);
    encoder.uint64(header.gas_limit);
    encoder.uint64(header.gas_used);
    encoder.uint64(header.timestamp);
    encoder.string(header.extra_data);
    encoder.string(header.prev_randao);
    encoder.string(header.nonce);
    if (header.base_fee_per_gas) encoder.uint256(*header.base_fee_per_gas);
    if (header.withdrawals_root) encoder.string(*header.withdrawals_root);
    if (header.blob_gas_used) encoder.uint64(*header.blob_gas_used);
    if (header.excess_blob_gas) encoder.uint64(*header.excess_blob_gas);
    if (header.parent_beacon_block_root) encoder.string(*header.parent_beacon_block_root);
    if (header.requests_hash) encoder.string(*header.requests_hash);
    if (header.block_access_list_hash) encoder.string(*header.block_access_list_hash);
    if (header.slot_number) encoder.uint64(*header.slot_number);
    encoder.end_list(list);
}

/// The canonical encodings that the members of a block's list of transactions stand for.
Result<std::vector<BytesView>> split_transactions(BytesView members) {
    Failure failure;
    Reader items(members, failure);
    std::vector<BytesView> out;
    while (!items.at_end()) {
        rlp::Item item;
        if (out.size() == kBlockTransactionsMax)
            return Error{ErrorCode::LimitExceeded, "transactions: more than a block may hold"};
        if (!items.item("transactions", item)) return failure.error();
        // EIP-2718: a typed transaction stands in the list as a byte string.
        const BytesView envelope = item.is_list ? item.encoded : item.content;
        if (!item.is_list && (envelope.empty() || envelope[0] >= 0x80))
            return Error{ErrorCode::InvalidInput, "transaction " + std::to_string(out.size()) +
                                                      ": string without a type byte"};
        out.push_back(envelope);
    }
    return out;
}

Result<void> decode_transactions(BytesView members, std::vector<Transaction>& out) {
    const auto envelopes = split_transactions(members);
    if (!envelopes) return envelopes.error();
    out.reserve(envelopes->size());
    for (const BytesView envelope : *envelopes) {
        auto transaction = decode_transaction(envelope);
        if (!transaction)
            return Error{transaction.error().code, "transaction " + std::to_string(out.size()) +
                                                       ": " + transaction.error().message};
        out.push_back(*std::move(transaction));
    }
    return {};
}

bool decode_ommers(BytesView members, Failure& failure, std::vector<BlockHeader>& out) {
    Reader items(members, failure);
    while (!items.at_end()) {
        BytesView header;
        if (!items.list("ommer", header) ||
            !decode_header_members(header, failure, out.emplace_back()))
            return false;
    }
    return true;
}

bool decode_withdrawals(BytesView members, Failure& failure, std::vector<Withdrawal>& out) {
    Reader items(members, failure);
    while (!items.at_end()) {
        BytesView tuple;
        Withdrawal& withdrawal = out.emplace_back();
        if (!items.list("withdrawal", tuple)) return false;
        Reader fields(tuple, failure);
        if (!fields.uint64("withdrawal index", withdrawal.index) ||
            !fields.uint64("withdrawal validatorIndex", withdrawal.validator_index) ||
            !fields.fixed("withdrawal address", withdrawal.address) ||
            !fields.uint64("withdrawal amount", withdrawal.amount_gwei) ||
            !fields.finish("withdrawal"))
            return false;
    }
    return true;
}

}  // namespace

Result<BlockHeader> decode_header(BytesView encoded) {
    Failure failure;
    Reader envelope(encoded, failure);
    BytesView members;
    BlockHeader out;
    if (!envelope.list("header", members) || !envelope.finish("header") ||
        !decode_header_members(members, failure, out))
        return failure.error();
    return out;
}

Bytes encode_header(const BlockHeader& header) {
    // Fifteen fields of the first fork take about 530 bytes, those appended 170 more.
    constexpr size_t kUsualSize = 768;
    Bytes out;
    out.reserve(kUsualSize);
    Encoder encoder(out);
    encode_header_item(encoder, header);
    return out;
}

Bytes32 header_hash(const BlockHeader& header) {
    return keccak256(encode_header(header));
}

Result<Block> decode_block(BytesView encoded) {
    Failure failure;
    Reader envelope(encoded, failure);
    BytesView members;
    BytesView header;
    BytesView transactions;
    BytesView ommers;
    if (!envelope.list("block", members) || !envelope.finish("block")) return failure.error();
    Reader parts(members, failure);
    Block out;
    if (!parts.list("header", header) || !decode_header_members(header, failure, out.header) ||
        !parts.list("transactions", transactions) || !parts.list("ommers", ommers) ||
        !decode_ommers(ommers, failure, out.ommers))
        return failure.error();
    if (!parts.at_end()) {
        BytesView withdrawals;
        if (!parts.list("withdrawals", withdrawals) ||
            !decode_withdrawals(withdrawals, failure, out.withdrawals.emplace()) ||
            !parts.finish("block"))
            return failure.error();
    }
    if (auto decoded = decode_transactions(transactions, out.transactions); !decoded)
        return decoded.error();
    return out;
}

Result<std::vector<BytesView>> split_block_transactions(BytesView encoded_block) {
    Failure failure;
    Reader envelope(encoded_block, failure);
    BytesView members;
    if (!envelope.list("block", members) || !envelope.finish("block")) return failure.error();
    Reader parts(members, failure);
    BytesView header;
    BytesView transactions;
    if (!parts.list("header", header) || !parts.list("transactions", transactions))
        return failure.error();
    return split_transactions(transactions);
}

Bytes encode_block(const Block& block) {
    Bytes out;
    Encoder encoder(out);
    const size_t list = encoder.begin_list();
    encode_header_item(encoder, block.header);
    const size_t transactions = encoder.begin_list();
    for (const Transaction& transaction : block.transactions) {
        const Bytes encoded = encode_transaction(transaction);
        if (transaction.type == TransactionType::Legacy)
            encoder.raw(encoded);
        else
            encoder.string(encoded);
    }
    encoder.end_list(transactions);
    const size_t ommers = encoder.begin_list();
    for (const BlockHeader& ommer : block.ommers)
        encode_header_item(encoder, ommer);
    encoder.end_list(ommers);
    if (block.withdrawals) {
        const size_t withdrawals = encoder.begin_list();
        for (const Withdrawal& withdrawal : *block.withdrawals) {
            const size_t tuple = encoder.begin_list();
            encoder.uint64(withdrawal.index);
            encoder.uint64(withdrawal.validator_index);
            encoder.string(withdrawal.address);
            encoder.uint64(withdrawal.amount_gwei);
            encoder.end_list(tuple);
        }
        encoder.end_list(withdrawals);
    }
    encoder.end_list(list);
    return out;
}

}  // namespace switchyard
