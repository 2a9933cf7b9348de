// SPDX-License-Identifier: Apache-2.0
#include "tools/t8n/t8n_input.hpp"

#include "tools/fixtures/json_node.hpp"
#include "tools/fixtures/read_values.hpp"
#include "tools/t8n/read_transactions.hpp"

namespace switchyard::t8n {
namespace {

using fixtures::JsonNode;

constexpr std::string_view kStandardInput = "stdin";

/// Accounts as go-ethereum's genesis files list them: only the balance has to be there.
fixtures::PreState read_alloc(const JsonNode& node) {
    fixtures::PreState out;
    node.for_each_member([&](std::string_view address, const JsonNode& value) {
        fixtures::PreAccount account;
        account.balance = value.at("balance").uint256();
        if (const auto nonce = value.find("nonce")) account.nonce = nonce->uint64();
        if (const auto code = value.find("code"))
            if (!code->text().empty()) account.code = code->bytes();
        if (const auto storage = value.find("storage"))
            account.storage = fixtures::read_storage(*storage);
        out[value.fixed_from<20>(address)] = std::move(account);
    });
    return out;
}

std::optional<uint64_t> find_uint64(const JsonNode& node, std::string_view key) {
    const auto field = node.find(key);
    return field ? std::optional(field->uint64()) : std::nullopt;
}
std::optional<Uint256> find_uint256(const JsonNode& node, std::string_view key) {
    const auto field = node.find(key);
    return field ? std::optional(field->uint256()) : std::nullopt;
}
std::optional<Bytes32> find_hash(const JsonNode& node, std::string_view key) {
    const auto field = node.find(key);
    return field ? std::optional(field->fixed<32>()) : std::nullopt;
}

void read_parent(const JsonNode& node, Environment& out) {
    out.parent_difficulty = find_uint256(node, "parentDifficulty");
    out.parent_timestamp = find_uint64(node, "parentTimestamp");
    out.parent_ommers_hash = find_hash(node, "parentUncleHash");
    out.parent_base_fee = find_uint256(node, "parentBaseFee");
    out.parent_gas_used = find_uint64(node, "parentGasUsed").value_or(0);
    out.parent_gas_limit = find_uint64(node, "parentGasLimit").value_or(0);
    out.parent_excess_blob_gas = find_uint64(node, "parentExcessBlobGas");
    out.parent_blob_gas_used = find_uint64(node, "parentBlobGasUsed");
}

Environment environment_of(const JsonNode& node) {
    constexpr uint64_t kDeltaMax = 7;  // Yellow Paper, section 11.1
    Environment out;
    out.beneficiary = node.at("currentCoinbase").fixed<20>();
    out.gas_limit = node.at("currentGasLimit").uint64();
    out.number = node.at("currentNumber").uint64();
    out.timestamp = node.at("currentTimestamp").uint64();
    out.difficulty = find_uint256(node, "currentDifficulty");
    if (const auto random = find_uint256(node, "currentRandom")) out.random = to_bytes32(*random);
    out.base_fee = find_uint256(node, "currentBaseFee");
    out.excess_blob_gas = find_uint64(node, "currentExcessBlobGas");
    out.parent_beacon_block_root = find_hash(node, "parentBeaconBlockRoot");
    out.slot_number = find_uint64(node, "slotNumber");
    if (const auto list = node.find("withdrawals"))
        out.withdrawals = fixtures::read_withdrawals(*list);
    if (const auto list = node.find("ommers"))
        list->for_each([&](const JsonNode& value) {
            const JsonNode delta = value.at("delta");
            out.ommers.push_back({delta.uint64(), value.at("address").fixed<20>()});
            if (!delta.failed() &&
                (out.ommers.back().delta == 0 || out.ommers.back().delta > kDeltaMax))
                delta.fail("is not from 1 to 7");
        });
    if (const auto hashes = node.find("blockHashes"))
        hashes->for_each_member([&](std::string_view number, const JsonNode& value) {
            const Uint256 key = value.uint256_from(number);
            if (!key.fits_uint64()) value.fail("is the hash of a number above 64 bits");
            out.block_hashes[key.limb[0]] = value.fixed<32>();
        });
    read_parent(node, out);
    return out;
}

BlobParameters read_blob_parameters(const JsonNode& node) {
    BlobParameters out;
    out.target = node.at("target").uint64();
    out.max = node.at("max").uint64();
    out.base_fee_update_fraction = node.at("baseFeeUpdateFraction").uint64();
    if (out.base_fee_update_fraction == 0 && !node.failed())
        node.at("baseFeeUpdateFraction").fail("is 0");
    return out;
}

Result<std::vector<Candidate>> transactions_of_rlp(const std::string& name, const Bytes& list) {
    auto out = split_transactions(list);
    if (!out) return Error{out.error().code, name + ": " + out.error().message};
    return out;
}

/// The members of the object on standard input; absent ones stay null.
struct StandardInput {
    std::optional<fixtures::PreState> alloc;
    std::optional<Environment> environment;
    std::optional<std::vector<Candidate>> transactions;
    std::optional<Bytes> transactions_rlp;
    std::optional<BlobParameters> blob_parameters;
};

Result<StandardInput> read_standard_input(std::string_view text, uint64_t chain_id) {
    return fixtures::parse_json(text, std::string(kStandardInput), [&](const JsonNode& root) {
        StandardInput out;
        if (const auto node = root.find("alloc")) out.alloc = read_alloc(*node);
        if (const auto node = root.find("env")) out.environment = environment_of(*node);
        if (const auto node = root.find("txsRlp"); node && !node->text().empty())
            out.transactions_rlp = node->bytes();
        else if (const auto list = root.find("txs"))
            out.transactions = read_transactions(*list, chain_id);
        if (const auto node = root.find("blobParams"))
            out.blob_parameters = read_blob_parameters(*node);
        return out;
    });
}

/// The value of one part: from the member of standard input, or from the file by `load`.
template <typename T, typename Load>
Result<T> part(const std::string& source, std::optional<T>& member, std::string_view name,
               Load load) {
    if (source != kStandardInput) return fixtures::load_json(source, load);
    if (!member)
        return Error{ErrorCode::InvalidInput, "stdin: " + std::string(name) + " is missing"};
    return *std::move(member);
}

Result<std::vector<Candidate>> transactions_part(const std::string& source, StandardInput& input,
                                                 uint64_t chain_id) {
    if (source == kStandardInput && input.transactions_rlp)
        return transactions_of_rlp("stdin: txsRlp", *input.transactions_rlp);
    if (source.ends_with(".rlp")) {
        const auto list =
            fixtures::load_json(source, [](const JsonNode& root) { return root.bytes(); });
        return list ? transactions_of_rlp(source, *list)
                    : Result<std::vector<Candidate>>(list.error());
    }
    return part(source, input.transactions, "txs",
                [&](const JsonNode& root) { return read_transactions(root, chain_id); });
}

}  // namespace

Result<Input> read_input(const InputSources& sources, std::string_view standard_input,
                         uint64_t chain_id) {
    StandardInput members;
    if (!standard_input.empty()) {
        auto read = read_standard_input(standard_input, chain_id);
        if (!read) return read.error();
        members = *std::move(read);
    }
    Input out;
    auto alloc = part(sources.alloc, members.alloc, "alloc", read_alloc);
    if (!alloc) return alloc.error();
    out.alloc = *std::move(alloc);
    auto environment = part(sources.environment, members.environment, "env", environment_of);
    if (!environment) return environment.error();
    out.environment = *std::move(environment);
    auto transactions = transactions_part(sources.transactions, members, chain_id);
    if (!transactions) return transactions.error();
    out.transactions = *std::move(transactions);
    out.blob_parameters = members.blob_parameters;
    if (!sources.blob_parameters.empty()) {
        const auto parameters = part(sources.blob_parameters, members.blob_parameters, "blobParams",
                                     read_blob_parameters);
        if (!parameters) return parameters.error();
        out.blob_parameters = *parameters;
    }
    return out;
}

}  // namespace switchyard::t8n
