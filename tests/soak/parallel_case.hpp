// SPDX-License-Identifier: Apache-2.0
// One case of the soak of the parallel executors: a chain of a few blocks, each executed serially
// and in parallel.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <string>

#include "host/execute/access_list/access_list_executor.hpp"
#include "host/execute/parallel/parallel_executor.hpp"
#include "host/offload/conflict_detector.hpp"

namespace switchyard::soak {

/// What was compared, and how much of it could have gone wrong.
struct ParallelTotals {
    uint64_t transactions = 0;  ///< in blocks that were compared in full, by several plans each
    uint64_t blocks = 0;
    uint64_t succeeded = 0;       ///< transactions with a receipt of success
    uint64_t aborts = 0;          ///< executions that the parallel executor repeated
    uint64_t merging = 0;         ///< parallel executions that merged (`BlockInput::merging`)
    uint64_t list_blocks = 0;     ///< executed by their access list too, and by a wrong one
    uint64_t refused_blocks = 0;  ///< both executors gave the same error
    std::array<uint64_t, kRevisionCount> by_revision{};
};

/// Keeps executors of 1 to 8 threads and both pick orders, and everything else that cases share.
/// One thread.
class ParallelSoak {
  public:
    ParallelSoak();

    /// Runs the case with this seed, which decides everything: revision, blocks, plans, threads. No
    /// value: every result was equal. Otherwise what differed, and in which block.
    [[nodiscard]] std::optional<std::string> run(uint64_t seed, ParallelTotals& totals);

  private:
    class Case;
    [[nodiscard]] execute::ParallelExecutor& executor(uint32_t threads, execute::PickOrder order);

    static constexpr uint32_t kThreadsMax = 8;
    std::array<std::unique_ptr<execute::ParallelExecutor>, size_t{2} * kThreadsMax> executors_;
    [[nodiscard]] execute::AccessListExecutor& list_executor(uint32_t threads);
    std::array<std::unique_ptr<execute::AccessListExecutor>, kThreadsMax> list_executors_;
    std::unique_ptr<ConflictDetector> detector_;
};

}  // namespace switchyard::soak
