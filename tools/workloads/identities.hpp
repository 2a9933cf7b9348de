// SPDX-License-Identifier: Apache-2.0
// Who sends in a workload: users, and the few that run its contracts.
#pragma once

#include <vector>

#include "tools/workloads/signer.hpp"

namespace switchyard::workloads {

/// Those who are not users. They have identities of their own, funded as users are.
enum class Role : uint8_t {
    Deployer,  ///< deploys and owns the contracts
    Oracle,    ///< reports prices, weather and readings
    Keeper,    ///< liquidates, settles, executes
    Issuer,    ///< certifies, attests, distributes
};
inline constexpr uint32_t kRoleCount = 4;

/// The identities of users 0 to `users` - 1, then of the roles. Computed on all cores: a curve
/// multiplication each.
[[nodiscard]] std::vector<Identity> make_identities(uint64_t seed, uint32_t users);

}  // namespace switchyard::workloads
