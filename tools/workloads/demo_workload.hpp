// SPDX-License-Identifier: Apache-2.0
// The demo's workload: plain payments and ERC-20 transfers between many accounts, from a seed.
#pragma once

#include <cstdint>
#include <functional>
#include <unordered_map>
#include <vector>

#include "host/core/result.hpp"
#include "tools/workloads/signer.hpp"
#include "tools/workloads/workload.hpp"

namespace switchyard::workloads {

struct DemoOptions {
    uint64_t seed = 1;
    uint32_t accounts = 2'000;
    uint32_t transactions = 20'000;
    uint32_t token_percent = 50;  ///< share of ERC-20 transfers, 0 to 100; the rest are payments
    uint32_t hot_percent =
        5;  ///< share of transactions that go to one and the same recipient, 0 to 100
    uint64_t chain_id = 1337;
    uint64_t max_fee_per_gas = 100'000'000'000;
};

struct DemoWorkload {
    Address token;
    std::vector<GenesisAccount> genesis;
    std::vector<Bytes>
        transactions;  ///< signed, canonical encodings, nonces ascending for each sender
    std::vector<Address> senders;  ///< of each transaction, as a gateway knows its accounts
    uint32_t token_transfers = 0;
    uint32_t payments = 0;
};

/// Makes the same workload for the same options. `progress` is called now and then with the number
/// of transactions signed.
[[nodiscard]] Result<DemoWorkload> make_demo_workload(
    const DemoOptions& options, const std::function<void(uint32_t)>& progress = {});

/// The storage slot of `balanceOf[owner]` in Token.sol.
[[nodiscard]] Uint256 token_balance_slot(const Address& owner);

}  // namespace switchyard::workloads
