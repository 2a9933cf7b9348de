// SPDX-License-Identifier: Apache-2.0
#include "host/embedded/lane_executor.hpp"

#include "host/execute/result_difference.hpp"

namespace switchyard::embedded {

Result<std::unique_ptr<LaneExecutor>> LaneExecutor::open(const BlockRoadConfig& config,
                                                         bool check_serially) {
    auto executor = ImportExecutor::open(config);
    if (!executor) return executor.error();
    return std::unique_ptr<LaneExecutor>(new LaneExecutor(std::move(*executor), check_serially));
}

Result<execute::BlockResult> LaneExecutor::execute(const execute::BlockInput& input,
                                                   const StateView& parent,
                                                   const BlockAccessList* access_list) {
    const std::lock_guard guard(mutex_);
    const uint64_t over_lanes = executor_->counters().as_it_pays;
    auto result = executor_->execute(input, parent, access_list);
    // Roots in receipts can be asked for once, and such blocks run serially anyway.
    if (check_serially_ && input.roots == nullptr) {
        const auto expected = execute::execute_block_serial(input, parent);
        // Not the block's fault, whichever of the two is wrong.
        if (expected.has_value() != result.has_value())
            return Error{ErrorCode::Internal,
                         "lanes and serial execution disagree on whether the block is valid: " +
                             (expected ? result.error() : expected.error()).message};
        if (expected)
            if (const auto difference = execute::first_difference(*expected, *result))
                return Error{ErrorCode::Internal,
                             "lanes and serial execution differ: " + *difference};
    }
    if (result) {
        Executed& item = executed_[next_];
        item = {header_hash(*input.header), {}};
        const uint64_t count = input.transactions.size();
        if (executor_->counters().as_it_pays != over_lanes)
            item.statistics = {executor_->road().statistics(), executor_->road().prediction()};
        else
            item.statistics.execution = {
                .lanes = 1, .threads = 1, .transactions = count, .executions = count};
        next_ = (next_ + 1) % kKept;
    }
    return result;
}

void LaneExecutor::name_last(const Bytes32& hash) {
    const std::lock_guard guard(mutex_);
    executed_[(next_ + kKept - 1) % kKept].hash = hash;
}

std::optional<LaneStatistics> LaneExecutor::statistics_of(const Bytes32& hash) const {
    const std::lock_guard guard(mutex_);
    // The latest first.
    for (size_t back = 1; back <= kKept; ++back) {
        const Executed& item = executed_[(next_ + kKept - back) % kKept];
        if (item.hash == hash) return item.statistics;
    }
    return std::nullopt;
}

DetectorSummary LaneExecutor::detector() const {
    const std::lock_guard guard(mutex_);
    return summary_of(executor_->road());
}

RoadCounters LaneExecutor::counters() const {
    const std::lock_guard guard(mutex_);
    return executor_->road().counters();
}

}  // namespace switchyard::embedded
