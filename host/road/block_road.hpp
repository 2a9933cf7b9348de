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
#include "host/road/execution_choice.hpp"
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
    /// Begin each block serially while another thread makes its plan, and go over to lanes with
    /// what is left then where that is expected to be faster (`lanes_pay`). A block that would be
    /// over before another thread is awake gets no plan. Off, every block waits for its plan and
    /// goes over lanes from its first transaction on.
    bool serial_where_faster = false;
    LaneCosts lane_costs{};  ///< what that is decided by
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
    /// Here: one lane if it ran serially.
    [[nodiscard]] const LanePlan& plan();
    [[nodiscard]] const execute::ParallelStatistics& statistics() const { return statistics_; }
    /// The transactions of the last block that merged (`BlockInput::merging`). Valid until the
    /// next.
    [[nodiscard]] std::span<const uint8_t> merging() const { return merging_; }
    /// How the predictions compare with what was accessed: of the block executed last, and of all.
    /// Zeros if nothing is learned.
    [[nodiscard]] const PredictionStatistics& prediction() const { return learning_.statistics(); }
    [[nodiscard]] const PredictionStatistics& predictions() const { return predictions_; }

    /// What has been learned; to be changed between blocks alone.
    [[nodiscard]] plan::TemplateStore& templates() { return templates_; }
    [[nodiscard]] const plan::TemplateStore& templates() const { return templates_; }
    /// Forgets what has been learned: templates and what depends on them.
    void forget();
    /// Where the block executed last stood when its plan was there; zeros if it had none.
    [[nodiscard]] const BlockProgress& progress() const { return progress_; }
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
    struct PlanAhead;
    void predict(const execute::BlockInput& input, const StateView& parent);
    [[nodiscard]] Result<void> make_plan(const execute::BlockInput& input, const StateView& parent);
    [[nodiscard]] bool learns_from(const execute::BlockInput& input) const;
    void learn(const StateView& parent, const LearningBudget& budget);
    [[nodiscard]] Result<execute::BlockResult> execute_over_lanes(const execute::BlockInput& input,
                                                                  const StateView& parent);
    [[nodiscard]] Result<execute::BlockResult> execute_as_it_pays(const execute::BlockInput& input,
                                                                  const StateView& parent);
    [[nodiscard]] Result<execute::BlockResult> execute_few(const execute::BlockInput& input,
                                                           const StateView& parent);
    /// What the plan says of its block, all but how far that has come, into `progress_`.
    void measure_plan(std::span<const SignedTransaction> transactions);
    [[nodiscard]] bool is_known(std::span<const SignedTransaction> transactions,
                                size_t index) const;
    [[nodiscard]] bool is_for_lanes(std::span<const SignedTransaction> transactions,
                                    size_t executed, uint64_t executed_ns);
    [[nodiscard]] size_t last_part(uint64_t ns) const;
    void use_hashes_so_far();
    /// The block that `serial_` has begun at `begin_ns`: the whole of it, or its rest.
    [[nodiscard]] std::optional<Result<execute::BlockResult>> execute_payments(uint64_t begin_ns);
    [[nodiscard]] Result<execute::BlockResult> execute_rest_over_lanes(uint64_t begin_ns);
    [[nodiscard]] Result<execute::BlockResult> execute_rest_serially(uint64_t begin_ns);
    void count_execution(size_t transactions, uint64_t begin_ns);
    void plan_one_lane(size_t transactions);

    BlockRoadConfig config_;
    Planner planner_;
    plan::TemplateStore templates_;
    BlockLearning learning_;
    PredictionStatistics predictions_;
    std::unique_ptr<ConflictDetector> detector_;
    std::unique_ptr<ConflictDetector> standby_;
    execute::ParallelExecutor executor_;
    execute::SerialExecutor serial_;
    offload::LookAhead look_ahead_;
    AccessBatch batch_;
    AccessBatch arranged_;
    LanePlan plan_;
    bool ran_serially_ = false;  ///< the block executed last; `plan_` is not its plan
    BlockProgress progress_;
    std::vector<uint64_t> works_;  ///< `expected_work` of each transaction
    execute::ParallelStatistics statistics_;
    std::span<const uint8_t> merging_;  ///< the planner's
    uint64_t fallbacks_ = 0;
    std::string last_error_;
    RoadCounters counters_;
};

}  // namespace switchyard
