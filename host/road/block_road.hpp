// SPDX-License-Identifier: Apache-2.0
// From an ordered list of verified transactions to a block's result: plan, conflict detector,
// execute.
#pragma once

#include <memory>
#include <string>

#include "host/core/result.hpp"
#include "host/execute/parallel/parallel_executor.hpp"
#include "host/offload/conflict_detector.hpp"
#include "host/offload/look_ahead.hpp"
#include "host/plan/planner.hpp"
#include "host/plan/prediction_statistics.hpp"
#include "host/plan/template_store.hpp"
#include "host/road/block_learning.hpp"
#include "host/road/station.hpp"

namespace switchyard {

struct BlockRoadConfig {
    /// 1 to kLanesMax. Well above the threads: the more lanes, the longer the rows of transactions
    /// that a thread takes (execute::LaneQueues).
    uint32_t lanes = 32;
    uint32_t threads = 2;  ///< 1 to 256, the calling thread included
    /// The conflict detector's backend. One that cannot run here is an error, never another one.
    std::string detector = "software";
    uint64_t key_seed = 0;  ///< of the plan's keys; 0 draws one per process
    DetectorOptions detector_options{};
    /// Arrange each block by what depends on each transaction before it is planned
    /// (offload::LookAhead). For predictions that are nearly complete: a conflict that was not
    /// predicted costs a second execution more often when transactions run out of block order.
    bool look_ahead = false;
    /// Predict by templates of the code that a transaction runs, and learn them from each block.
    /// Without it, by what a transaction says of itself alone.
    bool learn = true;
    LearningLimits learning{};
    /// Run serially what lanes do not make faster: a block that would be over before another thread
    /// is awake, without a plan, and one whose plan is next to a chain. Off, every block goes over
    /// lanes, which is what tests are for.
    bool serial_where_faster = false;
    plan::TemplateLimits templates{};
};

/// Executes one block after another over lanes. Not thread-safe. Keeps detector, threads and memory
/// between blocks.
class BlockRoad {
  public:
    [[nodiscard]] static Result<std::unique_ptr<BlockRoad>> open(const BlockRoadConfig& config);
    /// The same with a detector of the caller's; `config.detector` is not read.
    [[nodiscard]] static Result<std::unique_ptr<BlockRoad>> open(
        const BlockRoadConfig& config, std::unique_ptr<ConflictDetector> detector);

    /// The result of `execute::execute_block_serial`, and the same errors. A detector that fails
    /// costs the block nothing: the software detector plans it, and `health` counts it.
    [[nodiscard]] Result<execute::BlockResult> execute(const execute::BlockInput& input,
                                                       const StateView& parent);

    /// Of the block executed last.
    [[nodiscard]] const LanePlan& plan() const { return plan_; }
    [[nodiscard]] const execute::ParallelStatistics& statistics() const { return statistics_; }
    /// How the predictions compare with what was accessed: of the block executed last, and of all.
    /// Zeros if nothing is learned.
    [[nodiscard]] const PredictionStatistics& prediction() const { return learning_.statistics(); }
    [[nodiscard]] const PredictionStatistics& predictions() const { return predictions_; }

    /// What has been learned; to be changed between blocks alone.
    [[nodiscard]] plan::TemplateStore& templates() { return templates_; }
    [[nodiscard]] const plan::TemplateStore& templates() const { return templates_; }
    /// Appends what `transactions` will read, as far as it is known without reading the state.
    void append_reads(std::span<const SignedTransaction> transactions, PredictedReads& reads) {
        planner_.append_reads(transactions, templates_, reads);
    }

    [[nodiscard]] const ConflictDetector& detector() const { return *detector_; }
    /// The detector's, with the blocks that were planned in its place here.
    [[nodiscard]] DetectorHealth health() const;
    [[nodiscard]] const BlockRoadConfig& config() const { return config_; }
    [[nodiscard]] const RoadCounters& counters() const { return counters_; }

  private:
    BlockRoad(const BlockRoadConfig& config, std::unique_ptr<ConflictDetector> detector,
              std::unique_ptr<ConflictDetector> standby);
    [[nodiscard]] Result<void> detect(const AccessBatch& batch);
    void predict(const execute::BlockInput& input, const StateView& parent);
    [[nodiscard]] Result<execute::BlockResult> execute_unplanned(const execute::BlockInput& input,
                                                                 const StateView& parent);
    void plan_one_lane(size_t transactions);

    BlockRoadConfig config_;
    Planner planner_;
    plan::TemplateStore templates_;
    BlockLearning learning_;
    PredictionStatistics predictions_;
    std::unique_ptr<ConflictDetector> detector_;
    std::unique_ptr<ConflictDetector> standby_;
    execute::ParallelExecutor executor_;
    offload::LookAhead look_ahead_;
    AccessBatch batch_;
    AccessBatch arranged_;
    LanePlan plan_;
    execute::ParallelStatistics statistics_;
    uint64_t fallbacks_ = 0;
    std::string last_error_;
    RoadCounters counters_;
};

}  // namespace switchyard
