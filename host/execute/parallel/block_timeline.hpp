// SPDX-License-Identifier: Apache-2.0
// When each transaction of a block ran and was committed: for reports and simulations.
#pragma once

#include <cstdint>
#include <vector>

namespace switchyard::execute {

/// Times are nanoseconds since the block began.
struct TransactionTimes {
    uint32_t lane = 0;
    uint32_t thread = 0;         ///< of the first execution
    uint32_t commit_thread = 0;  ///< of the thread that committed it
    uint32_t begin_ns = 0;       ///< of the first execution
    uint32_t end_ns = 0;         ///< likewise, effects published
    uint32_t commit_begin_ns = 0;
    uint32_t commit_end_ns = 0;
    /// Of a second execution, part of the time of committing; 0: the first one held.
    uint32_t rerun_ns = 0;
};

/// One block. Reusable: its memory is kept. Empty after a block that ran serially.
struct BlockTimeline {
    std::vector<TransactionTimes> transactions;  ///< in block order
    uint32_t threads = 0;
    uint32_t before_ns = 0;  ///< what the block does before its transactions
    uint32_t total_ns = 0;
};

}  // namespace switchyard::execute
