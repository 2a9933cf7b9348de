// SPDX-License-Identifier: Apache-2.0
// Who needs which token, and who may spend it: found while traffic is drawn, prepared afterwards.
#pragma once

#include <unordered_set>

#include "tools/workloads/traffic.hpp"

namespace switchyard::workloads {

/// The allowance that is never used up.
inline constexpr Uint256 kUnlimited{UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX};

/// Tokens that derive from `shared/AssetToken.sol`. A workload prepares the holdings and allowances
/// that its traffic uses, and no others, so that the size of the preparation follows the traffic.
class TokenNeeds {
  public:
    /// Each holder gets `amount`. `contract` names an artifact that has AssetToken's methods.
    TokenNeeds(std::string_view contract, const Uint256& amount);

    void holds(uint32_t user, const Address& token);
    /// An unlimited allowance.
    void allows(uint32_t user, const Address& token, const Address& spender);

    /// Adds the mints, many holders at a time, and the approvals to the preparation.
    void prepare(TrafficBuilder& traffic);

  private:
    struct Key {
        uint32_t user;
        Address token;
        Address spender;
        bool operator==(const Key&) const = default;
    };
    struct KeyHash {
        size_t operator()(const Key& key) const;
    };
    uint32_t mint_batch_;
    uint32_t approve_;
    Uint256 amount_;
    std::unordered_set<Key, KeyHash> known_;
    std::vector<Key> holdings_;    ///< in the order in which they were found
    std::vector<Key> allowances_;  ///< the same
};

}  // namespace switchyard::workloads
