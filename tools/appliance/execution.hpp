// SPDX-License-Identifier: Apache-2.0
// Who executes: one executor for the chain's imports and for the blocks that are built here.
#pragma once

#include <filesystem>
#include <memory>
#include <mutex>
#include <string>

#include "host/road/detector_summary.hpp"
#include "host/road/import_executor.hpp"
#include "tools/appliance/operator_log.hpp"
#include "tools/config/configuration.hpp"

namespace switchyard::appliance {

/// Safe from any thread; callers wait for one another, as there is one conflict detector and one
/// set of workers.
class Execution {
  public:
    /// Sums since the start.
    struct Counters {
        ImportCounters blocks;
        uint64_t transactions = 0;  ///< of blocks through lanes or serially
        uint64_t executions = 0;    ///< of those, with the ones that ran again
        uint64_t aborts = 0;        ///< of those, the ones whose reads did not hold
        uint64_t waits = 0;         ///< between lanes
        DetectorSummary detector;
        RoadCounters stations;  ///< plan, detect, execute
    };

    /// `templates`: what was learned, read now and written by `save`; one that is damaged is told
    /// and learned anew. Empty: it is not kept. Errors: those of `BlockRoad::open`; a detector that
    /// was asked for and is not here is one.
    [[nodiscard]] static Result<std::unique_ptr<Execution>> open(
        const config::ExecuteSection& section, std::filesystem::path templates, OperatorLog& log);

    [[nodiscard]] Result<execute::BlockResult> execute(const execute::BlockInput& input,
                                                       const StateView& parent,
                                                       const BlockAccessList* access_list);
    [[nodiscard]] Result<void> save();

    /// As of the last block, so that nobody waits for one under way.
    [[nodiscard]] Counters counters() const;
    [[nodiscard]] const BlockRoadConfig& config() const { return executor_->road().config(); }
    /// "software conflict detector, 32 lanes, 2 threads".
    [[nodiscard]] std::string description() const;
    /// The detector's name, as `execute.detector` has it, and its kind.
    [[nodiscard]] std::string detector() const;
    [[nodiscard]] std::string detector_kind() const;

  private:
    Execution(std::unique_ptr<ImportExecutor> executor, std::filesystem::path templates)
        : executor_(std::move(executor)), templates_(std::move(templates)) {}

    std::mutex mutex_;  ///< one block at a time
    std::unique_ptr<ImportExecutor> executor_;
    std::filesystem::path templates_;  ///< empty: nothing is learned
    mutable std::mutex counters_mutex_;
    Counters counters_;
};

}  // namespace switchyard::appliance
