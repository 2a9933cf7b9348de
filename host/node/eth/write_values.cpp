// SPDX-License-Identifier: Apache-2.0
#include "host/node/eth/write_values.hpp"

#include <algorithm>

#include "host/chain/blob_fee.hpp"
#include "host/chain/hash.hpp"
#include "host/core/hex.hpp"
#include "host/evm/evm.hpp"

namespace switchyard::node::eth {
namespace {

void write_place(json::Writer& out, const Place& place) {
    if (place.block_hash) {
        out.member_data("blockHash", *place.block_hash);
        out.member_quantity("blockNumber", place.number);
        out.member_quantity("blockTimestamp", place.timestamp);
        out.member_quantity("transactionIndex", place.position);
        return;
    }
    out.member_null("blockHash");
    out.member_null("blockNumber");
    out.member_null("blockTimestamp");
    out.member_null("transactionIndex");
}

void write_authorizations(json::Writer& out, std::span<const Authorization> list) {
    out.begin_array();
    for (const Authorization& authorization : list) {
        out.begin_object();
        out.member_quantity("chainId", authorization.chain_id);
        out.member_data("address", authorization.address);
        out.member_quantity("nonce", authorization.nonce);
        out.member_quantity("yParity", authorization.y_parity);
        out.member_quantity("r", authorization.r);
        out.member_quantity("s", authorization.s);
        out.end_object();
    }
    out.end_array();
}

void write_signature(json::Writer& out, const Transaction& transaction) {
    const Signature& signature = transaction.signature;
    if (transaction.type == TransactionType::Legacy) {
        // EIP-155; without it 27 and 28.
        const Uint256 v = transaction.chain_id
                              ? Uint256(*transaction.chain_id) * Uint256(2) + Uint256(35)
                              : Uint256(27);
        out.member_quantity("v", v + Uint256(signature.y_parity));
    } else {
        out.member_quantity("v", uint64_t{signature.y_parity});
        out.member_quantity("yParity", uint64_t{signature.y_parity});
    }
    out.member_quantity("r", signature.r);
    out.member_quantity("s", signature.s);
}

void write_fees(json::Writer& out, const Transaction& transaction, const Place& place) {
    const bool is_mined = place.block_hash.has_value();
    out.member_quantity("gasPrice", is_mined ? paid_gas_price(transaction, place.base_fee)
                                             : transaction.max_fee_per_gas);
    if (transaction.type < TransactionType::DynamicFee) return;
    out.member_quantity("maxFeePerGas", transaction.max_fee_per_gas);
    out.member_quantity("maxPriorityFeePerGas", transaction.max_priority_fee_per_gas);
    if (transaction.type != TransactionType::Blob) return;
    out.member_quantity("maxFeePerBlobGas", transaction.max_fee_per_blob_gas);
}

}  // namespace

Place place_of(const ArchivedBlock& block, uint64_t position) {
    return {block.hash, block.number(), block.header().timestamp, position,
            block.header().base_fee_per_gas};
}

std::optional<Uint256> blob_fee_of(const ChainConfig& config, const BlockHeader& header) {
    if (!header.excess_blob_gas) return std::nullopt;
    const auto parameters = config.blob_parameters_at(header.timestamp);
    if (!parameters) return std::nullopt;
    return blob_base_fee(*header.excess_blob_gas, *parameters);
}

Uint256 paid_gas_price(const Transaction& transaction, const std::optional<Uint256>& base_fee) {
    if (!base_fee || transaction.max_fee_per_gas < *base_fee) return transaction.max_fee_per_gas;
    return *base_fee +
           std::min(transaction.max_priority_fee_per_gas, transaction.max_fee_per_gas - *base_fee);
}

std::string checksummed(const Address& address) {
    std::string out = to_hex(address);
    const BytesView digits(reinterpret_cast<const uint8_t*>(out.data()) + 2, out.size() - 2);
    const Bytes32 hash = keccak256(digits);
    for (size_t i = 0; i < 2 * Address::kSize; ++i) {
        const unsigned nibble = i % 2 == 0 ? hash[i / 2] >> 4u : hash[i / 2] & 0xfu;
        char& digit = out[i + 2];
        if (nibble >= 8 && digit >= 'a' && digit <= 'f')
            digit = static_cast<char>(digit - 'a' + 'A');
    }
    return out;
}

void write_access_list(json::Writer& out, const AccessList& list) {
    out.begin_array();
    for (const AccessListEntry& entry : list) {
        out.begin_object();
        out.member_data("address", entry.address);
        out.key("storageKeys");
        out.begin_array();
        for (const Bytes32& key : entry.storage_keys)
            out.data(key);
        out.end_array();
        out.end_object();
    }
    out.end_array();
}

void write_withdrawals(json::Writer& out, std::span<const Withdrawal> withdrawals) {
    out.begin_array();
    for (const Withdrawal& withdrawal : withdrawals) {
        out.begin_object();
        out.member_quantity("index", withdrawal.index);
        out.member_quantity("validatorIndex", withdrawal.validator_index);
        out.member_data("address", withdrawal.address);
        out.member_quantity("amount", withdrawal.amount_gwei);
        out.end_object();
    }
    out.end_array();
}

void write_header(json::Writer& out, const BlockHeader& header, const Bytes32& hash) {
    out.member_quantity("number", header.number);
    out.member_data("hash", hash);
    out.member_data("parentHash", header.parent_hash);
    out.member_data("nonce", header.nonce);
    out.member_data("mixHash", header.prev_randao);
    out.member_data("sha3Uncles", header.ommers_hash);
    out.member_data("logsBloom", header.logs_bloom);
    out.member_data("stateRoot", header.state_root);
    out.member_data("miner", header.beneficiary);
    out.member_quantity("difficulty", header.difficulty);
    out.member_data("extraData", header.extra_data);
    out.member_quantity("gasLimit", header.gas_limit);
    out.member_quantity("gasUsed", header.gas_used);
    out.member_quantity("timestamp", header.timestamp);
    out.member_data("transactionsRoot", header.transactions_root);
    out.member_data("receiptsRoot", header.receipts_root);
    if (header.base_fee_per_gas) out.member_quantity("baseFeePerGas", *header.base_fee_per_gas);
    if (header.withdrawals_root) out.member_data("withdrawalsRoot", *header.withdrawals_root);
    if (header.blob_gas_used) out.member_quantity("blobGasUsed", *header.blob_gas_used);
    if (header.excess_blob_gas) out.member_quantity("excessBlobGas", *header.excess_blob_gas);
    if (header.parent_beacon_block_root)
        out.member_data("parentBeaconBlockRoot", *header.parent_beacon_block_root);
    if (header.requests_hash) out.member_data("requestsHash", *header.requests_hash);
    if (header.block_access_list_hash)
        out.member_data("blockAccessListHash", *header.block_access_list_hash);
    if (header.slot_number) out.member_quantity("slotNumber", *header.slot_number);
}

void write_block_members(json::Writer& out, const ArchivedBlock& block, bool whole_transactions) {
    write_header(out, block.header(), block.hash);
    out.member_quantity("size", block.encoded_bytes);
    out.key("transactions");
    out.begin_array();
    for (size_t i = 0; i < block.block.transactions.size(); ++i) {
        if (whole_transactions)
            write_transaction(out, block.block.transactions[i], block.transaction_hashes[i],
                              block.senders[i], place_of(block, i));
        else
            out.data(block.transaction_hashes[i]);
    }
    out.end_array();
    out.key("uncles");
    out.begin_array();
    for (const BlockHeader& ommer : block.block.ommers)
        out.data(header_hash(ommer));
    out.end_array();
    if (block.block.withdrawals) {
        out.key("withdrawals");
        write_withdrawals(out, *block.block.withdrawals);
    }
}

void write_block(json::Writer& out, const ArchivedBlock& block, bool whole_transactions) {
    out.begin_object();
    write_block_members(out, block, whole_transactions);
    out.end_object();
}

void write_transaction(json::Writer& out, const Transaction& transaction, const Bytes32& hash,
                       const Address& sender, const Place& place) {
    out.begin_object();
    write_place(out, place);
    out.member_data("from", sender);
    out.member_quantity("gas", transaction.gas_limit);
    write_fees(out, transaction, place);
    out.member_data("hash", hash);
    out.member_data("input", transaction.data);
    out.member_quantity("nonce", transaction.nonce);
    if (transaction.to)
        out.member_data("to", *transaction.to);
    else
        out.member_null("to");
    out.member_quantity("value", transaction.value);
    out.member_quantity("type", static_cast<uint64_t>(transaction.type));
    if (transaction.type >= TransactionType::AccessList) {
        out.key("accessList");
        write_access_list(out, transaction.access_list);
    }
    if (transaction.chain_id) out.member_quantity("chainId", *transaction.chain_id);
    if (transaction.type == TransactionType::Blob) {
        out.key("blobVersionedHashes");
        out.begin_array();
        for (const Bytes32& blob : transaction.blob_versioned_hashes)
            out.data(blob);
        out.end_array();
    }
    if (transaction.type == TransactionType::SetCode) {
        out.key("authorizationList");
        write_authorizations(out, transaction.authorization_list);
    }
    write_signature(out, transaction);
    out.end_object();
}

void write_log(json::Writer& out, const Log& log, const Bytes32& transaction_hash,
               const Place& place, uint64_t index) {
    out.begin_object();
    out.member_data("address", log.address);
    out.key("topics");
    out.begin_array();
    for (const Bytes32& topic : log.topics)
        out.data(topic);
    out.end_array();
    out.member_data("data", log.data);
    write_place(out, place);
    out.member_data("transactionHash", transaction_hash);
    out.member_quantity("logIndex", index);
    out.member("removed", false);
    out.end_object();
}

void write_receipt(json::Writer& out, const ArchivedBlock& block, size_t position,
                   const std::optional<Uint256>& blob_fee) {
    const Receipt& receipt = block.receipts[position];
    const Transaction& transaction = block.block.transactions[position];
    const Bytes32& hash = block.transaction_hashes[position];
    const Place place = place_of(block, position);
    out.begin_object();
    out.member_data("blockHash", block.hash);
    out.member_quantity("blockNumber", block.number());
    out.member_data("transactionHash", hash);
    out.member_quantity("transactionIndex", uint64_t{position});
    out.member_data("from", block.senders[position]);
    if (transaction.to)
        out.member_data("to", *transaction.to);
    else
        out.member_null("to");
    out.member_quantity("gasUsed", receipt.gas_used);
    out.member_quantity("cumulativeGasUsed", receipt.cumulative_gas_used);
    if (transaction.is_create())
        out.member_data("contractAddress",
                        evm::create_address(block.senders[position], transaction.nonce));
    else
        out.member_null("contractAddress");
    uint64_t index = 0;
    for (size_t i = 0; i < position; ++i)
        index += block.receipts[i].logs.size();
    out.key("logs");
    out.begin_array();
    for (const Log& log : receipt.logs)
        write_log(out, log, hash, place, index++);
    out.end_array();
    out.member_data("logsBloom", receipt.logs_bloom);
    out.member_quantity("type", static_cast<uint64_t>(transaction.type));
    out.member_quantity("effectiveGasPrice",
                        paid_gas_price(transaction, block.header().base_fee_per_gas));
    if (receipt.post_state_root)
        out.member_data("root", *receipt.post_state_root);
    else
        out.member_quantity("status", receipt.success ? uint64_t{1} : uint64_t{0});
    if (transaction.type == TransactionType::Blob) {
        out.member_quantity("blobGasUsed", kGasPerBlob * transaction.blob_versioned_hashes.size());
        out.member_quantity("blobGasPrice", blob_fee.value_or(Uint256(0)));
    }
    out.end_object();
}

}  // namespace switchyard::node::eth
