// SPDX-License-Identifier: Apache-2.0
// Workloads: what people run on chains, each as a contract set and a generator of traffic.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "host/chain/revision.hpp"
#include "host/chain/transaction.hpp"
#include "host/core/result.hpp"
#include "host/state/account.hpp"

namespace switchyard::workloads {

/// One account of a workload's genesis block.
struct GenesisAccount {
    Address address;
    Account account;
    Bytes code;  ///< `account.code_hash` is its hash
    std::vector<std::pair<Uint256, Uint256>> storage;
};

/// The same options give the same workload, on any machine.
struct WorkloadOptions {
    uint64_t seed = 1;
    uint32_t users = 2'000;          ///< funded accounts that send, in turns; 2 to 10,000,000
    uint32_t transactions = 10'000;  ///< 1 to 100,000,000
    uint32_t instances = 100;  ///< of what users share: pools, markets, collections; 1 to 10,000
    /// Contention: the exponent of the Zipf distribution by which recipients and instances are
    /// drawn. 0 draws all alike; 1 lets the first of 100 have a fifth of the traffic. 0 to 4.
    double zipf = 0;
    uint32_t hot_percent =
        0;  ///< share that goes to one and the same instance or recipient, 0 to 100
    uint64_t chain_id = 1337;
    /// The rules that it is made for, Cancun or later. From Amsterdam on gas limits are higher, as
    /// new state has a price of its own (EIP-8037).
    Revision revision = Revision::Cancun;
};

/// A name for an address, for reports.
struct Label {
    Address address;
    std::string text;
};

/// Transactions carry their sender and a hash that is unique, but no signature (`Signer::sign` adds
/// it): signatures are not part of execution. Nonces ascend for each sender over `setup` and
/// `transactions`.
struct Workload {
    std::string name;
    Revision revision = Revision::Cancun;  ///< of its whole chain
    std::vector<GenesisAccount> genesis;
    std::vector<SignedTransaction> setup;  ///< deployments and preparation; all of them succeed
    std::vector<SignedTransaction> transactions;
    std::vector<Label> labels;  ///< contracts and the like
};

/// One entry of the catalogue.
struct WorkloadKind {
    std::string_view name;             ///< as the command line has it
    std::string_view folders;          ///< of its contracts below `contracts/`, separated by spaces
    std::string_view summary;          ///< what runs
    std::string_view contention;       ///< what its transactions meet in
    uint32_t failing_percent_max = 0;  ///< of the traffic is meant to fail, at most: late or greedy
    Result<Workload> (*make)(const WorkloadOptions&);
};

/// The names of the contracts that the kind deploys, as solc has them; each kind of contract once,
/// however many there are on the chain.
[[nodiscard]] std::vector<std::string_view> contracts_of(const WorkloadKind& kind);

/// All kinds, in the order in which they are listed.
[[nodiscard]] const std::vector<WorkloadKind>& workload_kinds();

/// Errors: `InvalidInput` for an unknown name (the message lists the names) or an option out of its
/// range.
[[nodiscard]] Result<Workload> make_workload(std::string_view name, const WorkloadOptions& options);

}  // namespace switchyard::workloads
