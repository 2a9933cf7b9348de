// SPDX-License-Identifier: Apache-2.0
// The rules in force for one block, resolved from a chain's configuration.
#pragma once

#include <cstdint>

#include "host/chain/revision.hpp"
#include "host/core/bytes.hpp"

namespace switchyard {
struct ChainConfig;
}

namespace switchyard::execute {

/// EIP-4844, with the parameters that EIP-7691 and EIP-7892 move from fork to fork.
struct BlobRules {
    uint64_t target_blobs = 0;
    uint64_t max_blobs = 0;
    uint64_t base_fee_update_fraction = 1;
    bool operator==(const BlobRules&) const = default;
};

/// Everything that execution must know of the chain for one block. A value: cheap to copy, safe to
/// share.
struct BlockRules {
    Revision revision = Revision::Frontier;
    uint64_t chain_id = 1;
    BlobRules blobs;           ///< meaningful from Cancun on
    bool is_dao_fork = false;  ///< this block makes EIP-779's irregular state change
    Address deposit_contract;  ///< EIP-6110; meaningful from Prague on
};

/// The rules of the block `number` at `timestamp` on the chain of `config`.
[[nodiscard]] BlockRules rules_for_block(const ChainConfig& config, uint64_t number,
                                         uint64_t timestamp);

}  // namespace switchyard::execute
