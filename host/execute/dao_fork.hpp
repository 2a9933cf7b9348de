// SPDX-License-Identifier: Apache-2.0
// The irregular state change of the DAO fork (EIP-779).
#pragma once

#include <span>
#include <string_view>

#include "host/core/bytes.hpp"

namespace switchyard::execute {

/// The accounts whose whole balance moves to the refund contract: the DAO, its extra balance, and
/// all children with theirs.
[[nodiscard]] std::span<const Address> dao_drained_accounts();
[[nodiscard]] Address dao_refund_contract();

/// What the extra data of the fork block and the nine after it must be.
inline constexpr std::string_view kDaoExtraData = "dao-hard-fork";
inline constexpr uint64_t kDaoExtraDataBlocks = 10;

}  // namespace switchyard::execute
