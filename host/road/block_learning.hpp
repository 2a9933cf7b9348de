// SPDX-License-Identifier: Apache-2.0
// Chooses the executions of a block to learn from, and teaches them to the templates.
#pragma once

#include <array>
#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "host/execute/block_execution.hpp"
#include "host/plan/planner.hpp"
#include "host/plan/prediction_statistics.hpp"
#include "host/plan/template_learner.hpp"
#include "host/road/rehearsal.hpp"

namespace switchyard {

/// How much of a block is learned from.
struct LearningLimits {
    /// Executions that are observed of each template before it is left to chance.
    uint32_t young = 8;
    /// One in so many of the others, and one in eight times as many of templates that have seen
    /// `mature` executions.
    uint32_t one_in = 64;
    uint32_t mature = 64;
    /// Observed executions of one block, and one in how many of its transactions at most: what
    /// learning may cost it. An execution takes some tens of microseconds to explain, which is more
    /// than it takes to run.
    size_t observed_max = 256;
    uint32_t observed_one_in = 128;
    /// The same again at most for executions that run again because something was not predicted.
    size_t mispredicted_max = 64;
    /// A transaction that is expected to use more than so much gas, and more than one part in
    /// `large_share` of its block's, is never observed where it executes: it would take a multiple
    /// of its time, and the block would wait for it. One in `large_one_in` times of those that it
    /// would have been, it is rehearsed (`Rehearsal`).
    uint64_t large_gas = 300'000;
    uint32_t large_share = 32;
    uint32_t large_one_in = 16;
    /// Compare the predictions of all transactions with what they accessed, not of one in
    /// `one_in` only: for reports; it costs the commit of each transaction about a microsecond.
    bool compare_all = false;
};

/// What learning from a block may take, in nanoseconds.
struct LearningBudget {
    uint64_t explain_ns = UINT64_MAX;    ///< to explain what was observed
    uint64_t rehearsal_ns = UINT64_MAX;  ///< to execute and explain what was not
};

/// The observation of one block after another. `begin_block`, execution, `learn`; the observation's
/// own functions may be called from any thread.
class BlockLearning final : public execute::BlockObservation {
  public:
    explicit BlockLearning(const LearningLimits& limits = {});

    /// `planner` has predicted this block into `batch`; everything is borrowed until `learn`.
    void begin_block(const execute::BlockInput& input, const Planner& planner,
                     const AccessBatch& batch);
    /// A block that is neither predicted nor learned from.
    void skip_block(size_t transactions) {
        statistics_ = {};
        statistics_.transactions = transactions;
    }
    /// The block is executed over `parent`. Takes no longer than `budget`, as far as can be seen.
    void learn(const StateView& parent, plan::TemplateStore& templates,
               const LearningBudget& budget = {});
    /// Learns while the block executes on another thread: rehearses what `rehearsal_ns` suffices
    /// for, and learns from what has become final so far, until `stop` says so. `learn` comes after
    /// it.
    void learn_beside(const StateView& parent, plan::TemplateStore& templates,
                      uint64_t rehearsal_ns, const std::atomic<bool>& stop);

    [[nodiscard]] evm::Observation* begin(size_t index) override;
    void commit(size_t index, const ReadSet& reads, const StateChanges& changes,
                const execute::TransactionOutcome& outcome) override;

    /// Of the block last learned from.
    [[nodiscard]] const PredictionStatistics& statistics() const { return statistics_; }

  private:
    struct Record {
        evm::Observation observation;
        plan::ObservedAccesses accesses;
        uint64_t gas_used = 0;
        size_t transaction = 0;
    };
    static constexpr uint32_t kNoRecord = UINT32_MAX;
    static constexpr size_t kSketchCells = 4096;

    /// A number that nobody outside foresees, the same again for the same arguments.
    [[nodiscard]] uint64_t draw_of(size_t index, uint64_t which) const;
    [[nodiscard]] bool wants(size_t index);
    /// Whether the block would wait for this one if it were observed.
    [[nodiscard]] bool is_large(size_t index) const;
    [[nodiscard]] bool is_worth_rehearsal(size_t index) const;
    /// A record for `index`, or none when `most` are taken.
    [[nodiscard]] uint32_t take_record(size_t index, size_t most);
    void compare(size_t index, const plan::ObservedAccesses& accesses);
    [[nodiscard]] uint64_t expected_ns(const Record& record) const;
    void learn_one(const Record& record, plan::TemplateStore& templates);
    /// Executes what is to be rehearsed and learns from it, if `budget_ns` suffices for it.
    void rehearse(const StateView& parent, plan::TemplateStore& templates, uint64_t budget_ns);

    LearningLimits limits_;
    uint64_t seed_;
    plan::TemplateLearner learner_;

    execute::BlockInput input_;
    std::span<const SignedTransaction> transactions_;  ///< the input's
    plan::BlockFacts block_;
    const Planner* planner_ = nullptr;
    const AccessBatch* batch_ = nullptr;
    /// For each transaction: its record.
    std::vector<uint32_t> record_of_;
    std::vector<uint8_t> begun_;     ///< has been executed once
    std::vector<uint8_t> compared_;  ///< is compared with its prediction
    /// Executions that this block chose for templates that are young, by a hash of the template.
    std::array<uint8_t, kSketchCells> chosen_{};

    std::mutex mutex_;  ///< guards the taking of records
    /// As many as there may be, each made when it is first taken.
    std::vector<std::unique_ptr<Record>> records_;
    size_t records_used_ = 0;
    /// Records whose execution is final, in block order; who commits adds to them, who learns takes
    /// them.
    std::vector<uint32_t> final_;
    std::atomic<size_t> final_count_{0};
    size_t learned_ = 0;  ///< of these
    /// What an explanation takes for each hash, slot and account: a running mean.
    double unit_ns_ = 2'000;
    size_t mispredicted_ = 0;
    uint64_t gas_ = 0;   ///< that the block is expected to use
    size_t budget_ = 0;  ///< of this block: observed executions, and mispredicted ones

    Rehearsal rehearsal_;
    std::optional<size_t> rehearsed_;  ///< the transaction of this block that is to be
    Record rehearsal_record_;

    plan::ObservedAccesses accesses_;  ///< of a transaction that is compared and not observed
    PredictionStatistics statistics_;
};

}  // namespace switchyard
