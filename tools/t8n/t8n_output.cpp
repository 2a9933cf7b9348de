// SPDX-License-Identifier: Apache-2.0
#include "tools/t8n/t8n_output.hpp"

#include "host/chain/blob_fee.hpp"
#include "host/chain/hash.hpp"
#include "host/chain/rlp.hpp"
#include "host/core/hex.hpp"
#include "host/execute/block_roots.hpp"
#include "host/state/trie/state_trie.hpp"

namespace switchyard::t8n {
namespace {

using nlohmann::json;

std::string quantity(const Uint256& value) {
    return to_hex_quantity(value);
}

json log_json(const Log& log, size_t log_index, const Transition& transition, size_t index) {
    json topics = json::array();
    for (const Bytes32& topic : log.topics)
        topics.push_back(to_hex(topic));
    return {{"address", to_hex(log.address)},
            {"topics", topics},
            {"data", to_hex(log.data)},
            {"blockNumber", quantity(transition.header.number)},
            {"transactionHash", to_hex(transition.included[index].hash)},
            {"transactionIndex", quantity(index)},
            {"blockHash", to_hex(Bytes32{})},
            {"logIndex", quantity(log_index)},
            {"removed", false}};
}

json receipt_json(const Transition& transition, size_t index, size_t& log_index) {
    const Receipt& receipt = transition.result.receipts[index];
    const SignedTransaction& from = transition.included[index];
    const Transaction& transaction = from.transaction;
    json logs = json::array();
    for (const Log& log : receipt.logs)
        logs.push_back(log_json(log, log_index++, transition, index));
    const Uint256 base_fee = transition.header.base_fee_per_gas.value_or(Uint256{});
    json out = {
        {"type", quantity(static_cast<uint64_t>(receipt.type))},
        {"root", receipt.post_state_root ? to_hex(*receipt.post_state_root) : "0x"},
        {"status", receipt.success ? "0x1" : "0x0"},
        {"cumulativeGasUsed", quantity(receipt.cumulative_gas_used)},
        {"logsBloom", to_hex(receipt.logs_bloom)},
        {"logs", receipt.logs.empty() ? json() : logs},
        {"transactionHash", to_hex(from.hash)},
        {"contractAddress",
         to_hex(transaction.is_create() ? evm::create_address(from.sender, transaction.nonce)
                                        : Address{})},
        {"gasUsed", quantity(receipt.gas_used)},
        {"effectiveGasPrice", quantity(execute::effective_gas_price(transaction, base_fee))},
        {"blockHash", to_hex(Bytes32{})},
        {"blockNumber", quantity(transition.header.number)},
        {"transactionIndex", quantity(index)},
    };
    if (transaction.type == TransactionType::Blob) {
        out["blobGasUsed"] = quantity(execute::blob_gas(transaction));
        out["blobGasPrice"] = quantity(
            blob_base_fee(transition.header.excess_blob_gas.value_or(0), transition.rules.blobs));
    }
    return out;
}

/// One kind of EIP-7928's changes; `show` makes the value.
template <typename Entry, typename Show>
json changes_json(std::span<const Entry> entries, const char* name, Show show) {
    json out = json::array();
    for (const Entry& entry : entries)
        out.push_back({{"blockAccessIndex", quantity(entry.index)}, {name, show(entry.value)}});
    return out;
}

/// In the JSON of the official tests.
json access_list_json(const BlockAccessList& list) {
    json out = json::array();
    for (const BlockAccessList::Account& account : list.accounts) {
        json slots = json::array();
        for (const auto& slot : BlockAccessList::of(list.slots, account.slots))
            slots.push_back(
                {{"slot", quantity(slot.key)},
                 {"slotChanges", changes_json(BlockAccessList::of(list.values, slot.values),
                                              "postValue", quantity)}});
        json reads = json::array();
        for (const Uint256& key : BlockAccessList::of(list.reads, account.reads))
            reads.push_back(quantity(key));
        out.push_back(
            {{"address", to_hex(account.address)},
             {"storageChanges", slots},
             {"storageReads", reads},
             {"balanceChanges", changes_json(BlockAccessList::of(list.balances, account.balances),
                                             "postBalance", quantity)},
             {"nonceChanges", changes_json(BlockAccessList::of(list.nonces, account.nonces),
                                           "postNonce", quantity)},
             {"codeChanges", changes_json(BlockAccessList::of(list.codes, account.codes), "newCode",
                                          [](const Bytes& code) { return to_hex(code); })}});
    }
    return out;
}

/// The fields that a fork brought.
void add_fork_fields(const Transition& transition, const Environment& environment, json& out) {
    const Revision revision = transition.rules.revision;
    out["currentDifficulty"] =
        revision >= Revision::Paris ? json() : json(quantity(transition.header.difficulty));
    if (revision >= Revision::London)
        out["currentBaseFee"] = quantity(*transition.header.base_fee_per_gas);
    if (revision >= Revision::Shanghai)
        out["withdrawalsRoot"] = to_hex(execute::withdrawals_root(*environment.withdrawals));
    if (revision >= Revision::Cancun) {
        out["currentExcessBlobGas"] = quantity(*transition.header.excess_blob_gas);
        out["blobGasUsed"] = quantity(transition.result.blob_gas_used);
    }
    if (revision >= Revision::Prague) {
        out["requestsHash"] = to_hex(transition.result.requests_hash.value_or(Bytes32{}));
        out["requests"] = json::array();
        for (const Bytes& request : transition.result.requests)
            out["requests"].push_back(to_hex(request));
    }
    if (transition.result.block_access_list) {
        out["blockAccessListHash"] =
            to_hex(transition.result.block_access_list_hash.value_or(Bytes32{}));
        out["blockAccessList"] = access_list_json(*transition.result.block_access_list);
    }
}

}  // namespace

json result_json(const Transition& transition, const Environment& environment) {
    std::vector<Log> logs;
    json receipts = json::array();
    size_t log_index = 0;
    for (size_t i = 0; i < transition.result.receipts.size(); ++i) {
        const auto& of_receipt = transition.result.receipts[i].logs;
        logs.insert(logs.end(), of_receipt.begin(), of_receipt.end());
        receipts.push_back(receipt_json(transition, i, log_index));
    }
    json out = {{"stateRoot", to_hex(trie::state_root(transition.state.all()))},
                {"txRoot", to_hex(execute::transactions_root(transition.included))},
                {"receiptsRoot", to_hex(execute::receipts_root(transition.result.receipts))},
                {"logsHash", to_hex(keccak256(encode_logs(logs)))},
                {"logsBloom", to_hex(transition.result.logs_bloom)},
                {"receipts", receipts},
                {"gasUsed", quantity(transition.result.gas_used)}};
    if (!transition.rejected.empty()) {
        out["rejected"] = json::array();
        for (const Rejection& rejection : transition.rejected)
            out["rejected"].push_back({{"index", rejection.index}, {"error", rejection.error}});
    }
    add_fork_fields(transition, environment, out);
    return out;
}

json alloc_json(const MemoryState& state) {
    const StateChanges all = state.all();
    json out = json::object();
    for (const AccountChange& change : all.accounts) {
        const Account& account = *change.account;
        json entry = {{"balance", quantity(account.balance)}};
        if (account.nonce != 0) entry["nonce"] = quantity(account.nonce);
        if (account.has_code()) entry["code"] = to_hex(state.code(account.code_hash)->bytes());
        for (const StorageChange& slot : all.storage_of(change))
            entry["storage"][to_hex(to_bytes32(slot.key))] = to_hex(to_bytes32(slot.value));
        out[to_hex(change.address)] = std::move(entry);
    }
    return out;
}

json body_json(const std::vector<SignedTransaction>& included) {
    Bytes out;
    rlp::Encoder encoder(out);
    const size_t mark = encoder.begin_list();
    for (const SignedTransaction& transaction : included) {
        const Bytes encoded = encode_transaction(transaction.transaction);
        if (transaction.transaction.type == TransactionType::Legacy)
            encoder.raw(encoded);
        else
            encoder.string(encoded);
    }
    encoder.end_list(mark);
    return to_hex(out);
}

}  // namespace switchyard::t8n
