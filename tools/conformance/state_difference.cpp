// SPDX-License-Identifier: Apache-2.0
#include "tools/conformance/state_difference.hpp"

#include <map>

#include "host/chain/hash.hpp"
#include "host/core/hex.hpp"

namespace switchyard::conformance {
namespace {

using fixtures::PreAccount;
using Storage = std::map<Uint256, Uint256>;

std::string differ(const std::string& what, const std::string& expected, const std::string& found) {
    return what + ": expected " + expected + ", found " + found;
}

Bytes32 code_hash_of(const PreAccount& account) {
    if (account.unknown_code_hash) return *account.unknown_code_hash;
    return account.code.empty() ? kEmptyCodeHash : keccak256(account.code);
}

std::optional<std::string> storage_difference(const std::string& name, const Storage& expected,
                                              const Storage& found) {
    const auto value_in = [](const Storage& storage, const Uint256& key) {
        const auto at = storage.find(key);
        return at == storage.end() ? Uint256{} : at->second;
    };
    for (const Storage* keys : {&expected, &found})
        for (const auto& [key, unused] : *keys)
            if (value_in(expected, key) != value_in(found, key))
                return differ(name + " slot " + to_hex_quantity(key),
                              to_hex_quantity(value_in(expected, key)),
                              to_hex_quantity(value_in(found, key)));
    return std::nullopt;
}

std::optional<std::string> account_difference(const std::string& name, const PreAccount& expected,
                                              const Account& found, const Storage& storage) {
    if (expected.nonce != found.nonce)
        return differ(name + " nonce", std::to_string(expected.nonce), std::to_string(found.nonce));
    if (expected.balance != found.balance)
        return differ(name + " balance", to_decimal(expected.balance), to_decimal(found.balance));
    if (code_hash_of(expected) != found.code_hash)
        return differ(name + " code hash", to_hex(code_hash_of(expected)), to_hex(found.code_hash));
    return storage_difference(name, expected.storage, storage);
}

}  // namespace

std::optional<std::string> first_state_difference(const fixtures::PreState& expected,
                                                  const MemoryState& found) {
    const StateChanges all = found.all();
    std::map<Address, const AccountChange*> found_accounts;
    for (const AccountChange& change : all.accounts)
        found_accounts.emplace(change.address, &change);
    for (const auto& [address, account] : expected) {
        const std::string name = "account " + to_hex(address);
        const auto at = found_accounts.find(address);
        if (at == found_accounts.end()) return differ(name, "present", "absent");
        Storage storage;
        for (const StorageChange& slot : all.storage_of(*at->second))
            storage.emplace(slot.key, slot.value);
        if (auto difference = account_difference(name, account, *at->second->account, storage))
            return difference;
    }
    for (const auto& [address, unused] : found_accounts)
        if (!expected.contains(address))
            return differ("account " + to_hex(address), "absent", "present");
    return std::nullopt;
}

}  // namespace switchyard::conformance
