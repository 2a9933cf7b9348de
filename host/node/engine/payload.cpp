// SPDX-License-Identifier: Apache-2.0
#include "host/node/engine/payload.hpp"

#include "host/chain/hash.hpp"
#include "host/execute/block_roots.hpp"
#include "host/execute/requests.hpp"
#include "host/node/engine/object_reader.hpp"
#include "host/node/eth/write_values.hpp"
#include "host/state/trie/ordered_trie.hpp"

namespace switchyard::node::engine {
namespace {

/// Of one item; the server bounds the whole request.
constexpr size_t kItemBytesMax = size_t{32} << 20;
constexpr size_t kExtraDataMax = 32;

/// Of the empty list's encoding.
Bytes32 hash_of_no_ommers() {
    constexpr std::array<uint8_t, 1> kEmptyList{0xc0};
    return keccak256(kEmptyList);
}

void write_transactions(json::Writer& out, std::span<const Transaction> transactions) {
    out.begin_array();
    for (const Transaction& each : transactions)
        out.data(encode_transaction(each));
    out.end_array();
}

}  // namespace

PayloadStructure structure_of(json::Element payload) {
    const auto has = [&](std::string_view name) { return !payload.find(name).is_absent_or_null(); };
    if (!has("withdrawals")) return PayloadStructure::V1;
    if (!has("blobGasUsed") || !has("excessBlobGas")) return PayloadStructure::V2;
    if (!has("blockAccessList") || !has("slotNumber")) return PayloadStructure::V3;
    return PayloadStructure::V4;
}

std::optional<std::string> read_payload(json::Element element, PayloadStructure structure,
                                        ExecutionPayload& out) {
    ObjectReader reader(element);
    BlockHeader& header = out.header;
    header.parent_hash = reader.fixed<32>("parentHash");
    header.ommers_hash = hash_of_no_ommers();
    header.beneficiary = reader.fixed<20>("feeRecipient");
    header.state_root = reader.fixed<32>("stateRoot");
    header.receipts_root = reader.fixed<32>("receiptsRoot");
    header.logs_bloom = reader.fixed<256>("logsBloom");
    header.prev_randao = reader.fixed<32>("prevRandao");
    header.number = reader.quantity("blockNumber");
    header.gas_limit = reader.quantity("gasLimit");
    header.gas_used = reader.quantity("gasUsed");
    header.timestamp = reader.quantity("timestamp");
    header.extra_data = reader.data("extraData", kExtraDataMax);
    header.base_fee_per_gas = reader.word("baseFeePerGas");
    out.block_hash = reader.fixed<32>("blockHash");
    out.transactions = reader.data_list("transactions", kItemBytesMax);
    for (const Bytes& transaction : out.transactions)
        if (transaction.empty()) reader.refuse("transactions", "an item is empty");
    if (structure >= PayloadStructure::V2) out.withdrawals = reader.withdrawals("withdrawals");
    if (structure >= PayloadStructure::V3) {
        header.blob_gas_used = reader.quantity("blobGasUsed");
        header.excess_blob_gas = reader.quantity("excessBlobGas");
    }
    if (structure >= PayloadStructure::V4) {
        out.access_list = reader.data("blockAccessList", kItemBytesMax);
        header.slot_number = reader.quantity("slotNumber");
    }
    if (!reader.fault().empty()) return reader.fault();
    header.transactions_root = trie::ordered_trie_root(out.transactions);
    if (out.withdrawals) header.withdrawals_root = execute::withdrawals_root(*out.withdrawals);
    if (out.access_list) header.block_access_list_hash = keccak256(*out.access_list);
    return std::nullopt;
}

Result<Bytes32> complete_header(ExecutionPayload& payload, const PayloadCompanions& companions) {
    payload.header.parent_beacon_block_root = companions.parent_beacon_block_root;
    if (companions.requests) {
        const auto hash = execute::requests_hash(*companions.requests);
        if (!hash) return hash.error();
        payload.header.requests_hash = *hash;
    }
    return header_hash(payload.header);
}

Result<Block> to_block(ExecutionPayload payload, std::span<const Bytes32> versioned_hashes) {
    Block out;
    out.header = std::move(payload.header);
    out.withdrawals = std::move(payload.withdrawals);
    out.transactions.reserve(payload.transactions.size());
    size_t blobs = 0;
    bool blobs_agree = true;
    for (size_t i = 0; i < payload.transactions.size(); ++i) {
        auto transaction = decode_transaction(payload.transactions[i]);
        if (!transaction)
            return Error{ErrorCode::InvalidInput,
                         "transaction " + std::to_string(i) + ": " + transaction.error().message};
        for (const Bytes32& hash : transaction->blob_versioned_hashes) {
            blobs_agree &= blobs < versioned_hashes.size() && versioned_hashes[blobs] == hash;
            ++blobs;
        }
        out.transactions.push_back(std::move(*transaction));
    }
    if (!blobs_agree || blobs != versioned_hashes.size())
        return Error{ErrorCode::InvalidInput,
                     "the transactions' blob hashes are not the expected versioned hashes"};
    return out;
}

void write_payload(json::Writer& out, const Block& block, const Bytes32& hash,
                   const std::optional<Bytes>& access_list, PayloadStructure structure) {
    const BlockHeader& header = block.header;
    out.begin_object();
    out.member_data("parentHash", header.parent_hash);
    out.member_data("feeRecipient", header.beneficiary);
    out.member_data("stateRoot", header.state_root);
    out.member_data("receiptsRoot", header.receipts_root);
    out.member_data("logsBloom", header.logs_bloom);
    out.member_data("prevRandao", header.prev_randao);
    out.member_quantity("blockNumber", header.number);
    out.member_quantity("gasLimit", header.gas_limit);
    out.member_quantity("gasUsed", header.gas_used);
    out.member_quantity("timestamp", header.timestamp);
    out.member_data("extraData", header.extra_data);
    out.member_quantity("baseFeePerGas", header.base_fee_per_gas.value_or(Uint256{}));
    out.member_data("blockHash", hash);
    out.key("transactions");
    write_transactions(out, block.transactions);
    if (structure >= PayloadStructure::V2) {
        out.key("withdrawals");
        eth::write_withdrawals(out, block.withdrawals.value_or(std::vector<Withdrawal>{}));
    }
    if (structure >= PayloadStructure::V3) {
        out.member_quantity("blobGasUsed", header.blob_gas_used.value_or(0));
        out.member_quantity("excessBlobGas", header.excess_blob_gas.value_or(0));
    }
    if (structure >= PayloadStructure::V4) {
        if (access_list)
            out.member_data("blockAccessList", *access_list);
        else
            out.member_null("blockAccessList");
        out.member_quantity("slotNumber", header.slot_number.value_or(0));
    }
    out.end_object();
}

void write_payload_body(json::Writer& out, const ArchivedBlock& block, bool with_access_list) {
    out.begin_object();
    out.key("transactions");
    write_transactions(out, block.block.transactions);
    out.key("withdrawals");
    if (block.block.withdrawals)
        eth::write_withdrawals(out, *block.block.withdrawals);
    else
        out.null();
    if (with_access_list) {
        out.key("blockAccessList");
        if (block.access_list)
            out.data(*block.access_list);
        else
            out.null();
    }
    out.end_object();
}

}  // namespace switchyard::node::engine
