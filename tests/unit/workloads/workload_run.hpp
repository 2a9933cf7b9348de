// SPDX-License-Identifier: Apache-2.0
// A workload that ran serially, and questions to its contracts afterwards.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "host/chain/receipt.hpp"
#include "tools/workloads/abi.hpp"
#include "tools/workloads/workload_chain.hpp"

namespace switchyard::test {

/// Runs the whole traffic, a block at a time. Failures of the preparation or of a block are the
/// test's.
class WorkloadRun {
  public:
    explicit WorkloadRun(Result<workloads::Workload> workload, size_t block = 250);
    WorkloadRun(std::string_view name, const workloads::WorkloadOptions& options,
                size_t block = 250)
        : WorkloadRun(workloads::make_workload(name, options), block) {}

    [[nodiscard]] const workloads::Workload& workload() const { return workload_; }
    [[nodiscard]] workloads::WorkloadChain& chain() { return *chain_; }
    [[nodiscard]] const std::vector<Receipt>& receipts() const { return receipts_; }
    [[nodiscard]] size_t failures() const;

    /// Address of the contract with this label.
    [[nodiscard]] Address labelled(const std::string& label) const;
    /// All users and roles.
    [[nodiscard]] std::vector<Address> accounts() const;

    /// Calls a view over the state at the end; the call must succeed. Its return data as words.
    [[nodiscard]] std::vector<Uint256> view(const Address& contract, std::string_view artifact,
                                            std::string_view signature,
                                            std::initializer_list<workloads::AbiValue> arguments);
    /// The first word.
    [[nodiscard]] Uint256 word(const Address& contract, std::string_view artifact,
                               std::string_view signature,
                               std::initializer_list<workloads::AbiValue> arguments = {});

  private:
    workloads::Workload workload_;
    std::unique_ptr<workloads::WorkloadChain> chain_;
    std::vector<Receipt> receipts_;
};

}  // namespace switchyard::test
