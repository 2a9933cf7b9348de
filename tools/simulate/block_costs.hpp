// SPDX-License-Identifier: Apache-2.0
// What the parts of a block cost on one thread: the input of the model.
#pragma once

#include <cstdint>
#include <vector>

#include "host/execute/parallel/idle_wait.hpp"

namespace switchyard::simulate {

/// Nanoseconds of one transaction.
struct TransactionCosts {
    uint32_t execute_ns = 0;  ///< first execution, effects published
    uint32_t commit_ns = 0;   ///< reads compared, effects made final; one at a time, in block order
    uint32_t rerun_ns = 0;    ///< second execution of one whose reads did not hold
};

/// How soon a worker without work sees that there is some (host/execute/parallel/idle_wait.hpp).
struct IdleCosts {
    static constexpr uint64_t kNeverSleeps = UINT64_MAX;
    /// Waits without sleep, and as many short sleeps after them.
    static constexpr uint32_t kAwakeRounds = execute::IdleWait::kAwakeRounds;
    uint64_t spin_ns = kNeverSleeps;  ///< so long it looks again and again; then it sleeps
    uint64_t short_ns = 0;            ///< between two looks at first
    uint64_t long_ns = 0;             ///< later
};

/// One block on the parallel executor, transactions in block order.
struct BlockCosts {
    std::vector<TransactionCosts> transactions;
    uint64_t before_ns = 0;  ///< before the first transaction, on one thread
    uint64_t blooms_ns = 0;  ///< after the last one, shared evenly by all threads
    uint64_t after_ns = 0;   ///< after that, on one thread
    uint32_t take_ns = 0;    ///< for each transaction: taking it and looking for what commits
    IdleCosts idle;
};

/// Sums over a block.
struct CostSums {
    uint64_t execute_ns = 0;
    uint64_t commit_ns = 0;
    uint64_t take_ns = 0;
};

[[nodiscard]] inline CostSums sums_of(const BlockCosts& costs) {
    CostSums out;
    for (const TransactionCosts& transaction : costs.transactions) {
        out.execute_ns += transaction.execute_ns;
        out.commit_ns += transaction.commit_ns;
    }
    out.take_ns = uint64_t{costs.take_ns} * costs.transactions.size();
    return out;
}

}  // namespace switchyard::simulate
