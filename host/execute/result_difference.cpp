// SPDX-License-Identifier: Apache-2.0
#include "host/execute/result_difference.hpp"

#include <algorithm>

#include "host/core/hex.hpp"
#include "host/execute/access_list_difference.hpp"

namespace switchyard::execute {
namespace {

std::string describe(const std::string& what, const std::string& expected,
                     const std::string& found) {
    return what + ": expected " + expected + ", found " + found;
}

std::string number(uint64_t value) {
    return std::to_string(value);
}

std::optional<std::string> receipt_difference(size_t index, const Receipt& expected,
                                              const Receipt& found) {
    if (expected == found) return std::nullopt;
    const std::string where = "receipt " + number(index) + ", ";
    if (expected.success != found.success)
        return describe(where + "status", number(expected.success), number(found.success));
    if (expected.gas_used != found.gas_used)
        return describe(where + "gas used", number(expected.gas_used), number(found.gas_used));
    if (expected.logs.size() != found.logs.size())
        return describe(where + "logs", number(expected.logs.size()), number(found.logs.size()));
    for (size_t i = 0; i < expected.logs.size(); ++i)
        if (expected.logs[i] != found.logs[i])
            return describe(where + "log " + number(i) + " of " + to_hex(expected.logs[i].address),
                            to_hex(expected.logs[i].data), to_hex(found.logs[i].data));
    return where + "fields other than status, gas and logs differ";
}

std::string describe(const std::optional<Account>& account) {
    if (!account) return "no account";
    return "nonce " + number(account->nonce) + " balance " + to_hex_quantity(account->balance) +
           " code " + to_hex(account->code_hash);
}

std::optional<std::string> account_difference(const StateChanges& expected, const AccountChange& a,
                                              const StateChanges& found, const AccountChange& b) {
    const std::string where = "account " + to_hex(a.address);
    if (a.account != b.account) return describe(where, describe(a.account), describe(b.account));
    if (a.storage_cleared != b.storage_cleared)
        return describe(where + ", storage cleared", number(a.storage_cleared),
                        number(b.storage_cleared));
    const auto slots = expected.storage_of(a);
    const auto others = found.storage_of(b);
    for (size_t i = 0; i < std::min(slots.size(), others.size()); ++i)
        if (slots[i] != others[i])
            return describe(
                where + ", slot " + to_hex_quantity(slots[i].key), to_hex_quantity(slots[i].value),
                slots[i].key == others[i].key ? to_hex_quantity(others[i].value)
                                              : "slot " + to_hex_quantity(others[i].key));
    if (slots.size() != others.size())
        return describe(where + ", changed slots", number(slots.size()), number(others.size()));
    return std::nullopt;
}

std::optional<std::string> changes_difference(const StateChanges& expected,
                                              const StateChanges& found) {
    if (expected == found) return std::nullopt;
    for (size_t i = 0; i < std::min(expected.accounts.size(), found.accounts.size()); ++i) {
        const AccountChange& a = expected.accounts[i];
        const AccountChange& b = found.accounts[i];
        if (a.address != b.address)
            return describe("changed account", to_hex(a.address), to_hex(b.address));
        if (auto difference = account_difference(expected, a, found, b)) return difference;
    }
    if (expected.accounts.size() != found.accounts.size())
        return describe("changed accounts", number(expected.accounts.size()),
                        number(found.accounts.size()));
    return "state changes: the code or the form differs";
}

}  // namespace

std::optional<std::string> first_difference(const BlockResult& expected, const BlockResult& found) {
    for (size_t i = 0; i < std::min(expected.receipts.size(), found.receipts.size()); ++i)
        if (auto difference = receipt_difference(i, expected.receipts[i], found.receipts[i]))
            return difference;
    if (expected.receipts.size() != found.receipts.size())
        return describe("receipts", number(expected.receipts.size()),
                        number(found.receipts.size()));
    if (expected.gas_used != found.gas_used)
        return describe("gas used", number(expected.gas_used), number(found.gas_used));
    if (expected.regular_gas_used != found.regular_gas_used)
        return describe("regular gas used", number(expected.regular_gas_used),
                        number(found.regular_gas_used));
    if (expected.state_gas_used != found.state_gas_used)
        return describe("state gas used", number(expected.state_gas_used),
                        number(found.state_gas_used));
    if (expected.blob_gas_used != found.blob_gas_used)
        return describe("blob gas used", number(expected.blob_gas_used),
                        number(found.blob_gas_used));
    if (expected.logs_bloom != found.logs_bloom)
        return describe("logs bloom", to_hex(expected.logs_bloom), to_hex(found.logs_bloom));
    if (expected.requests != found.requests || expected.requests_hash != found.requests_hash)
        return "requests differ";
    if (expected.block_access_list.has_value() != found.block_access_list.has_value())
        return describe("block access lists", number(expected.block_access_list.has_value()),
                        number(found.block_access_list.has_value()));
    if (expected.block_access_list)
        if (auto difference =
                first_difference(*expected.block_access_list, *found.block_access_list))
            return difference;
    if (expected.block_access_list_hash != found.block_access_list_hash)
        return "block access lists hash to other values";
    return changes_difference(expected.changes, found.changes);
}

}  // namespace switchyard::execute
