// SPDX-License-Identifier: Apache-2.0
// Blocks over lanes for a chain: one road from the plan to the result, shared by all who execute.
#pragma once

#include <array>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "host/road/detector_summary.hpp"
#include "host/road/import_executor.hpp"

namespace switchyard::embedded {

/// How a block went over the lanes.
struct LaneStatistics {
    execute::ParallelStatistics execution;
    PredictionStatistics prediction;
};

/// An `ImportExecutor` for callers on any thread, who wait for one another.
class LaneExecutor {
  public:
    /// `check_serially`: each block is executed by `execute_block_serial` as well, and a difference
    /// is an error (`Internal`). Errors: those of `BlockRoad::open`.
    [[nodiscard]] static Result<std::unique_ptr<LaneExecutor>> open(const BlockRoadConfig& config,
                                                                    bool check_serially);

    /// The result of `execute_block_serial`, and its errors. `access_list`: what came with the
    /// block, believed in nothing; null: none did.
    [[nodiscard]] Result<execute::BlockResult> execute(
        const execute::BlockInput& input, const StateView& parent,
        const BlockAccessList* access_list = nullptr);
    /// The block executed last got this hash when it was complete.
    void name_last(const Bytes32& hash);
    /// Of the block with this hash; no value when 256 others were executed since.
    [[nodiscard]] std::optional<LaneStatistics> statistics_of(const Bytes32& hash) const;
    [[nodiscard]] DetectorSummary detector() const;
    [[nodiscard]] RoadCounters counters() const;

  private:
    LaneExecutor(std::unique_ptr<ImportExecutor> executor, bool check_serially)
        : executor_(std::move(executor)), check_serially_(check_serially) {}

    struct Executed {
        Bytes32 hash;
        LaneStatistics statistics;
    };
    static constexpr size_t kKept = 256;

    mutable std::mutex mutex_;  ///< guards everything below
    std::unique_ptr<ImportExecutor> executor_;
    const bool check_serially_;
    std::array<Executed, kKept> executed_{};
    size_t next_ = 0;
};

}  // namespace switchyard::embedded
