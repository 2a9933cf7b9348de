// SPDX-License-Identifier: Apache-2.0
// A chain for development: every fork at once, and accounts whose keys everybody knows.
#pragma once

#include <span>

#include "host/node/genesis/genesis.hpp"

namespace switchyard::node {

/// An account whose secret is public knowledge: never for a chain that is worth something.
struct DevelopmentAccount {
    Address address;
    Bytes32 secret;  ///< of secp256k1
};

/// The first ten accounts (m/44'/60'/0'/0/0 to 9) of the mnemonic "test test test test test test
/// test test test test test junk", which development tools share.
[[nodiscard]] std::span<const DevelopmentAccount> development_accounts();

struct DevelopmentOptions {
    uint64_t chain_id = 31'337;           ///< not 0
    Revision revision = Revision::Osaka;  ///< from the genesis block on; Paris or later
    uint64_t gas_limit = 36'000'000;
    uint64_t balance_ether = 10'000;  ///< of each account
    uint32_t accounts = 10;           ///< 0 to 10, of `development_accounts`
    uint64_t timestamp = 0;           ///< of the genesis block, in seconds
};

/// The same options give the same genesis block. The system contracts of the revision are there.
/// `InvalidInput` for options outside their ranges.
[[nodiscard]] Result<Genesis> development_genesis(const DevelopmentOptions& options = {});

}  // namespace switchyard::node
