// SPDX-License-Identifier: Apache-2.0
// A small world of contracts made to conflict, and random blocks in it: what the parallel executor
// is tried on.
#pragma once

#include <random>
#include <vector>

#include "host/chain/block.hpp"
#include "host/state/memory_state.hpp"

namespace switchyard::test {

/// Accounts, contracts and a generator of transactions that touch the same few things in every way
/// that could go wrong: shared counters, balances that are read, the beneficiary's balance,
/// creations, self-destructs, reverts, failing and skipped transactions.
class ConflictWorld {
  public:
    explicit ConflictWorld(uint64_t salt, uint32_t senders = 12);

    [[nodiscard]] const MemoryState& state() const { return state_; }
    [[nodiscard]] const BlockHeader& header() const { return header_; }

    /// A valid block of `count` transactions; nonces ascend over calls. Senders are given, not
    /// recovered: signatures are not part of execution.
    [[nodiscard]] std::vector<SignedTransaction> block(uint32_t count);
    /// All from one sender, all to the same counter: nothing can run in parallel.
    [[nodiscard]] std::vector<SignedTransaction> chain(uint32_t count);

  private:
    [[nodiscard]] SignedTransaction transaction(size_t sender, std::optional<Address> to);
    [[nodiscard]] uint64_t below(uint64_t bound) { return generator_() % bound; }
    void add_contracts();
    void add_system_contracts();

    std::mt19937_64 generator_;
    MemoryState state_;
    BlockHeader header_;
    std::vector<Address> senders_;
    std::vector<Address> contracts_;
    std::vector<uint64_t> nonces_;
    uint64_t serial_ = 0;
};

}  // namespace switchyard::test
