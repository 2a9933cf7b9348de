// SPDX-License-Identifier: Apache-2.0
// A chain that a workload runs on: its genesis, and block after block of its transactions.
#pragma once

#include <memory>

#include "host/execute/block_execution.hpp"
#include "host/state/memory_state.hpp"
#include "tools/workloads/workload.hpp"

namespace switchyard::workloads {

/// The workload's genesis accounts with its preparation on top are the state of block 0; blocks of
/// its traffic follow. Blocks are 12 s apart; the base fee stays. They have room for any number of
/// transactions, but from Amsterdam on for 95 M gas: the price of new state rises with a block's
/// limit (EIP-8037), so that it would have room for no more. Not thread-safe.
class WorkloadChain {
  public:
    /// Runs the preparation, serially. Errors: `Mismatch` when a transaction of it fails.
    [[nodiscard]] static Result<std::unique_ptr<WorkloadChain>> open(const Workload& workload);

    [[nodiscard]] const ChainConfig& config() const { return config_; }
    /// After the blocks so far.
    [[nodiscard]] const MemoryState& state() const { return state_; }
    /// Of the block that `next_block` gave last; the genesis block's before.
    [[nodiscard]] const BlockHeader& header() const { return header_; }
    /// By the preparation.
    [[nodiscard]] uint64_t setup_gas() const { return setup_gas_; }

    /// The next block, with these transactions. Valid until the next call; the transactions are
    /// borrowed.
    [[nodiscard]] execute::BlockInput next_block(std::span<const SignedTransaction> transactions);
    /// Brings the state to the end of the block that `next_block` gave last.
    void apply(const execute::BlockResult& result) { state_.apply(result.changes); }

  private:
    explicit WorkloadChain(const Workload& workload);
    [[nodiscard]] Result<void> prepare(std::span<const SignedTransaction> setup);
    [[nodiscard]] execute::BlockInput input(std::span<const SignedTransaction> transactions) const;

    ChainConfig config_;
    MemoryState state_;
    BlockHeader header_;
    uint64_t setup_gas_ = 0;
};

}  // namespace switchyard::workloads
