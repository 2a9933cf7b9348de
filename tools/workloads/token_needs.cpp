// SPDX-License-Identifier: Apache-2.0
#include "tools/workloads/token_needs.hpp"

#include <map>

#include "tools/workloads/contracts.hpp"

namespace switchyard::workloads {
namespace {

/// A mint to a new holder costs 50 k gas, so that a batch stays below a transaction's 8 M.
constexpr size_t kHoldersInBatch = 100;

}  // namespace

size_t TokenNeeds::KeyHash::operator()(const Key& key) const {
    const uint64_t spender = mix_bytes(key.spender.data(), Address::kSize, key.user);
    return mix_bytes(key.token.data(), Address::kSize, spender);
}

TokenNeeds::TokenNeeds(std::string_view contract, const Uint256& amount)
    : mint_batch_(selector(contract, "mintBatch(address[],uint256)")),
      approve_(selector(contract, "approve(address,uint256)")),
      amount_(amount) {}

void TokenNeeds::holds(uint32_t user, const Address& token) {
    const Key key{user, token, {}};
    if (known_.insert(key).second) holdings_.push_back(key);
}

void TokenNeeds::allows(uint32_t user, const Address& token, const Address& spender) {
    const Key key{user, token, spender};
    if (known_.insert(key).second) allowances_.push_back(key);
}

void TokenNeeds::prepare(TrafficBuilder& traffic) {
    std::map<Address, std::vector<Address>> holders;
    for (const Key& key : holdings_)
        holders[key.token].push_back(traffic.address(key.user));
    for (const auto& [token, all] : holders)
        for (size_t i = 0; i < all.size(); i += kHoldersInBatch) {
            const auto batch = std::span(all).subspan(i, std::min(kHoldersInBatch, all.size() - i));
            traffic.prepare(Role::Deployer, token,
                            abi_call(mint_batch_, {AbiValue::array(batch), amount_}));
        }
    for (const Key& key : allowances_)
        traffic.prepare(key.user, key.token, abi_call(approve_, {key.spender, kUnlimited}));
}

}  // namespace switchyard::workloads
