// SPDX-License-Identifier: Apache-2.0
#include "tests/conformance/engine/engine_request.hpp"

#include "host/core/hex.hpp"

namespace switchyard::test {
namespace {

using nlohmann::json;

std::string quantity(const Uint256& value) {
    const std::string digits = to_hex(to_bytes32(value)).substr(2);
    std::string out = "0x";
    out += digits.substr(std::min(digits.find_first_not_of('0'), digits.size() - 1));
    return out;
}
std::string quantity(uint64_t value) {
    return quantity(Uint256(value));
}

json hex_list(const auto& items) {
    json out = json::array();
    for (const auto& each : items)
        out.push_back(to_hex(each));
    return out;
}

/// A member that the header lacks is left out.
json payload_of(const BlockHeader& header, const Bytes32& hash, const json& transactions,
                const std::optional<std::vector<Withdrawal>>& withdrawals) {
    json out = {{"parentHash", to_hex(header.parent_hash)},
                {"feeRecipient", to_hex(header.beneficiary)},
                {"stateRoot", to_hex(header.state_root)},
                {"receiptsRoot", to_hex(header.receipts_root)},
                {"logsBloom", to_hex(header.logs_bloom)},
                {"prevRandao", to_hex(header.prev_randao)},
                {"blockNumber", quantity(header.number)},
                {"gasLimit", quantity(header.gas_limit)},
                {"gasUsed", quantity(header.gas_used)},
                {"timestamp", quantity(header.timestamp)},
                {"extraData", to_hex(header.extra_data)},
                {"baseFeePerGas", quantity(header.base_fee_per_gas.value_or(Uint256{}))},
                {"blockHash", to_hex(hash)},
                {"transactions", transactions}};
    if (withdrawals) {
        out["withdrawals"] = json::array();
        for (const Withdrawal& each : *withdrawals)
            out["withdrawals"].push_back({{"index", quantity(each.index)},
                                          {"validatorIndex", quantity(each.validator_index)},
                                          {"address", to_hex(each.address)},
                                          {"amount", quantity(each.amount_gwei)}});
    }
    if (header.blob_gas_used) out["blobGasUsed"] = quantity(*header.blob_gas_used);
    if (header.excess_blob_gas) out["excessBlobGas"] = quantity(*header.excess_blob_gas);
    if (header.slot_number) out["slotNumber"] = quantity(*header.slot_number);
    return out;
}

int version_of(Revision revision) {
    if (revision >= Revision::Amsterdam) return 5;
    if (revision >= Revision::Prague) return 4;
    if (revision >= Revision::Cancun) return 3;
    return revision >= Revision::Shanghai ? 2 : 1;
}

EngineRequest request_of(Revision revision, json payload, const json& blob_hashes,
                         const std::optional<Bytes32>& beacon_root, const json& requests) {
    const int version = version_of(revision);
    EngineRequest out{"engine_newPayloadV", json::array({std::move(payload)})};
    out.method += std::to_string(version);
    if (version >= 3) {
        out.params.push_back(blob_hashes);
        out.params.push_back(beacon_root ? json(to_hex(*beacon_root)) : json());
    }
    if (version >= 4) out.params.push_back(requests);
    return out;
}

}  // namespace

EngineRequest new_payload_request(Revision revision, const Block& block, BytesView encoded,
                                  const Bytes32& hash, const std::vector<Bytes>& requests,
                                  const Bytes& access_list) {
    json transactions = json::array();
    if (const auto parts = split_block_transactions(encoded))
        for (const BytesView part : *parts)
            transactions.push_back(to_hex(part));
    json payload = payload_of(block.header, hash, transactions, block.withdrawals);
    if (block.header.block_access_list_hash) payload["blockAccessList"] = to_hex(access_list);
    json blob_hashes = json::array();
    for (const Transaction& transaction : block.transactions)
        for (const Bytes32& each : transaction.blob_versioned_hashes)
            blob_hashes.push_back(to_hex(each));
    return request_of(revision, std::move(payload), blob_hashes,
                      block.header.parent_beacon_block_root, hex_list(requests));
}

EngineRequest new_payload_request(Revision revision, const fixtures::EnginePayload& payload) {
    return request_of(revision,
                      payload_of(payload.header, payload.block_hash, hex_list(payload.transactions),
                                 payload.withdrawals),
                      hex_list(payload.blob_versioned_hashes.value_or(std::vector<Bytes32>{})),
                      payload.header.parent_beacon_block_root,
                      hex_list(payload.execution_requests));
}

EngineRequest forkchoice_request(Revision revision, const Bytes32& head) {
    const int version = revision >= Revision::Amsterdam  ? 4
                        : revision >= Revision::Cancun   ? 3
                        : revision >= Revision::Shanghai ? 2
                                                         : 1;
    const std::string none = to_hex(Bytes32{});
    EngineRequest out{"engine_forkchoiceUpdatedV", json::array({{{"headBlockHash", to_hex(head)},
                                                                 {"safeBlockHash", none},
                                                                 {"finalizedBlockHash", none}},
                                                                nullptr})};
    out.method += std::to_string(version);
    return out;
}

}  // namespace switchyard::test
