// SPDX-License-Identifier: Apache-2.0
#include "tests/integration/protocols/protocol_fixture.hpp"

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>

#include "host/chain/hash.hpp"
#include "host/core/hex.hpp"

namespace switchyard::test {
namespace {

using nlohmann::json;

Bytes bytes_of(const json& value) {
    return from_hex(value.get<std::string>()).value();
}

Address address_of(const json& value) {
    const Bytes bytes = bytes_of(value);
    Address out;
    if (bytes.size() != out.size()) throw std::invalid_argument("an address of another length");
    std::copy(bytes.begin(), bytes.end(), out.begin());
    return out;
}

SignedTransaction transaction_of(const json& from, uint64_t number) {
    SignedTransaction out;
    out.sender = address_of(from["from"]);
    for (size_t i = 0; i < 8; ++i)
        out.hash[31 - i] = static_cast<uint8_t>(number >> (8 * i));
    Transaction& transaction = out.transaction;
    transaction.type = TransactionType::DynamicFee;
    transaction.chain_id = 1;
    transaction.nonce = from["nonce"];
    transaction.max_fee_per_gas = Uint256{1'000'000'000};
    transaction.max_priority_fee_per_gas = Uint256{1};
    transaction.gas_limit = from["gas"];
    if (!from["to"].is_null()) transaction.to = address_of(from["to"]);
    std::string value = from["value"].get<std::string>().substr(2);
    value.insert(0, 64 - std::min<size_t>(64, value.size()), '0');
    transaction.value = load_big_endian(from_hex(value).value().data());
    transaction.data = bytes_of(from["data"]);
    return out;
}

ProtocolFixture fixture_of(const json& from) {
    ProtocolFixture out;
    uint64_t number = 0;
    for (const json& account : from["accounts"])
        out.accounts.push_back(address_of(account));
    for (const json& block : from["blocks"]) {
        out.blocks.emplace_back();
        out.blocks.back().timestamp = block["timestamp"];
        for (const json& transaction : block["transactions"]) {
            out.blocks.back().transactions.push_back(transaction_of(transaction, ++number));
            out.blocks.back().succeeds.push_back(transaction["succeeds"]);
        }
    }
    for (const json& check : from["checks"]) {
        const bool is_prefix = check.contains("prefix");
        out.checks.push_back({.name = check["name"],
                              .to = address_of(check["to"]),
                              .data = bytes_of(check["data"]),
                              .output = bytes_of(check[is_prefix ? "prefix" : "output"]),
                              .is_prefix = is_prefix});
    }
    return out;
}

}  // namespace

Result<ProtocolFixture> load_protocol_fixture(const std::string& file) {
    std::ifstream in(file);
    if (!in) return Error{ErrorCode::NotFound, file + ": cannot be read"};
    try {
        return fixture_of(json::parse(in));
    } catch (const std::exception& error) {
        return Error{ErrorCode::InvalidInput, file + ": " + error.what()};
    }
}

}  // namespace switchyard::test
