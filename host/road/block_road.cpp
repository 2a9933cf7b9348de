// SPDX-License-Identifier: Apache-2.0
#include "host/road/block_road.hpp"

namespace switchyard {
namespace {

constexpr uint32_t kThreadsMax = 256;

}  // namespace

Result<std::unique_ptr<BlockRoad>> BlockRoad::open(const BlockRoadConfig& config) {
    auto detector = make_detector(config.detector, config.detector_options);
    if (!detector) return detector.error();
    return open(config, std::move(*detector));
}

Result<std::unique_ptr<BlockRoad>> BlockRoad::open(const BlockRoadConfig& config,
                                                   std::unique_ptr<ConflictDetector> detector) {
    if (config.lanes < 1 || config.lanes > kLanesMax)
        return Error{ErrorCode::InvalidInput, "lanes: " + std::to_string(config.lanes) +
                                                  " is not in 1 to " + std::to_string(kLanesMax)};
    if (config.threads < 1 || config.threads > kThreadsMax)
        return Error{ErrorCode::InvalidInput, "threads: " + std::to_string(config.threads) +
                                                  " is not in 1 to " + std::to_string(kThreadsMax)};
    auto standby = make_detector("software", config.detector_options);
    if (!standby) return standby.error();
    return std::unique_ptr<BlockRoad>(
        new BlockRoad(config, std::move(detector), std::move(*standby)));
}

BlockRoad::BlockRoad(const BlockRoadConfig& config, std::unique_ptr<ConflictDetector> detector,
                     std::unique_ptr<ConflictDetector> standby)
    : config_(config),
      planner_(config.key_seed == 0 ? process_hash_seed() : config.key_seed),
      templates_(config.templates),
      learning_(config.learning),
      detector_(std::move(detector)),
      standby_(std::move(standby)),
      executor_(config.threads),
      look_ahead_(process_hash_seed()) {
    // Half of what a worker has to do in one chain is no loss yet.
    if (config_.threads > 1) planner_.set_merging_share(4 * config_.threads);
}

Result<void> BlockRoad::detect(const AccessBatch& batch) {
    const auto planned = detector_->plan(batch, config_.lanes, plan_);
    if (planned) return {};
    ++fallbacks_;
    last_error_ = planned.error().message;
    return standby_->plan(batch, config_.lanes, plan_);
}

DetectorHealth BlockRoad::health() const {
    DetectorHealth out = detector_->health();
    out.fallbacks += fallbacks_;
    if (fallbacks_ != 0) out.last_error = last_error_;
    return out;
}

void BlockRoad::predict(const execute::BlockInput& input, const StateView& parent) {
    const BlockHeader& header = *input.header;
    if (!config_.learn) return planner_.predict(input.transactions, header.beneficiary, batch_);
    planner_.predict(input.transactions, {header.beneficiary, header.number, header.timestamp},
                     parent, templates_, batch_);
    learning_.begin_block(input, planner_, batch_);
}

void BlockRoad::plan_one_lane(size_t transactions) {
    plan_.reset(1);
    for (uint32_t i = 0; i < transactions; ++i)
        plan_.append({0, i})[0] = i;
}

Result<void> BlockRoad::make_plan(const execute::BlockInput& input, const StateView& parent) {
    const uint64_t count = input.transactions.size();
    {
        const StationTimer timer(counters_[Station::Plan], count);
        predict(input, parent);
    }
    const StationTimer timer(counters_[Station::Detect], count);
    if (config_.look_ahead) look_ahead_.arrange(batch_, config_.lanes, arranged_);
    if (auto planned = detect(config_.look_ahead ? arranged_ : batch_); !planned)
        return planned.error();
    if (config_.look_ahead) plan_.set_order(look_ahead_.order());
    return {};
}

bool BlockRoad::learns_from(const execute::BlockInput& input) const {
    return config_.learn && input.observation == nullptr && input.tracing == nullptr;
}

void BlockRoad::learn(const StateView& parent, const LearningBudget& budget) {
    // Learning is the plan's work, though it comes last.
    const StationTimer timer(counters_[Station::Plan], StationTimer::kSameBatch);
    learning_.learn(parent, templates_, budget);
    predictions_ += learning_.statistics();
}

Result<execute::BlockResult> BlockRoad::execute_over_lanes(const execute::BlockInput& input,
                                                           const StateView& parent) {
    if (auto planned = make_plan(input, parent); !planned) return planned.error();
    execute::BlockInput observed = input;
    if (config_.learn) observed.known_hashes = &planner_.known_hashes();
    if (learns_from(input)) observed.observation = &learning_;
    merging_ = planner_.merging();
    observed.merging = merging_;
    auto result = [&] {
        const StationTimer timer(counters_[Station::Execute], input.transactions.size());
        return executor_.execute(observed, parent, plan_, &statistics_);
    }();
    if (learns_from(input) && result) learn(parent, {});
    return result;
}

Result<execute::BlockResult> BlockRoad::execute(const execute::BlockInput& input,
                                                const StateView& parent) {
    constexpr size_t kFew = 5;
    const size_t count = input.transactions.size();
    learning_.skip_block(count);
    merging_ = {};
    progress_ = {};
    if (!config_.serial_where_faster) return execute_over_lanes(input, parent);
    statistics_ = {
        .lanes = 1, .threads = 1, .transactions = count, .executions = count, .in_order = count};
    return count < kFew ? execute_few(input, parent) : execute_as_it_pays(input, parent);
}

const LanePlan& BlockRoad::plan() {
    if (ran_serially_) plan_one_lane(statistics_.transactions);
    ran_serially_ = false;
    return plan_;
}

void BlockRoad::forget() {
    templates_.clear();
}

}  // namespace switchyard
