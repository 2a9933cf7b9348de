// SPDX-License-Identifier: Apache-2.0
#include "tools/diff/result_lines.hpp"

#include "host/chain/hash.hpp"
#include "host/core/hex.hpp"

namespace switchyard::diff {
namespace {

using Lines = std::vector<ResultLine>;

void add_receipts(const execute::BlockResult& result, Lines& out) {
    for (size_t i = 0; i < result.receipts.size(); ++i) {
        const Receipt& receipt = result.receipts[i];
        const std::string name = "receipt " + std::to_string(i) + ", ";
        out.push_back({name + "status", receipt.success ? "1" : "0"});
        out.push_back({name + "gas used", std::to_string(receipt.gas_used)});
        out.push_back({name + "logs", std::to_string(receipt.logs.size())});
        out.push_back({name + "encoding", to_hex(keccak256(encode_receipt(receipt)))});
    }
    out.push_back({"gas used", std::to_string(result.gas_used)});
    out.push_back({"blob gas used", std::to_string(result.blob_gas_used)});
    out.push_back({"logs bloom", to_hex(result.logs_bloom)});
    if (result.requests_hash) out.push_back({"requests hash", to_hex(*result.requests_hash)});
    if (result.block_access_list_hash)
        out.push_back({"block access list hash", to_hex(*result.block_access_list_hash)});
}

void add_account(const StateChanges& changes, const AccountChange& change, Lines& out) {
    const std::string name = "account " + to_hex(change.address);
    if (!change.account) {
        out.push_back({name, "absent"});
        return;
    }
    out.push_back({name + ", nonce", std::to_string(change.account->nonce)});
    out.push_back({name + ", balance", to_hex_quantity(change.account->balance)});
    out.push_back({name + ", code hash", to_hex(change.account->code_hash)});
    if (change.storage_cleared) out.push_back({name + ", storage before", "cleared"});
    for (const StorageChange& slot : changes.storage_of(change))
        out.push_back({name + ", slot " + to_hex_quantity(slot.key), to_hex_quantity(slot.value)});
}

}  // namespace

std::vector<ResultLine> result_lines(const Result<execute::BlockResult>& result) {
    Lines out;
    if (!result) {
        out.push_back({"refused for", result.error().message});
        return out;
    }
    add_receipts(*result, out);
    for (const AccountChange& change : result->changes.accounts)
        add_account(result->changes, change, out);
    return out;
}

}  // namespace switchyard::diff
