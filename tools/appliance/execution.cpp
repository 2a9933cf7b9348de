// SPDX-License-Identifier: Apache-2.0
#include "tools/appliance/execution.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <thread>

#include "host/road/template_file.hpp"

namespace switchyard::appliance {
namespace {

constexpr uint32_t kThreadsMax = 256;

}  // namespace

Result<std::unique_ptr<Execution>> Execution::open(const config::ExecuteSection& section,
                                                   std::filesystem::path templates,
                                                   OperatorLog& log) {
    BlockRoadConfig config;
    config.lanes = section.lanes;
    config.threads = section.threads != 0
                         ? section.threads
                         : std::clamp(std::thread::hardware_concurrency(), 1U, kThreadsMax);
    config.detector = section.detector;
    config.look_ahead = section.look_ahead;
    config.learn = section.learn;
    config.serial_where_faster = true;
    auto executor = ImportExecutor::open(config);
    if (!executor)
        return Error{executor.error().code, "execute.detector: " + executor.error().message};
    if (!section.learn) templates.clear();
    if (!templates.empty()) {
        const auto loaded = load_templates(templates, (*executor)->road().templates());
        if (!loaded && loaded.error().code != ErrorCode::NotFound)
            log.warning("execute", "what was learned is not read, and learned anew",
                        {{"why", loaded.error().message}});
    }
    std::unique_ptr<Execution> out(new Execution(std::move(*executor), std::move(templates)));
    out->counters_.detector = summary_of(out->executor_->road());
    return out;
}

Result<execute::BlockResult> Execution::execute(const execute::BlockInput& input,
                                                const StateView& parent,
                                                const BlockAccessList* access_list) {
    const std::lock_guard lock(mutex_);
    const uint64_t as_it_pays = executor_->counters().as_it_pays;
    auto out = executor_->execute(input, parent, access_list);
    const std::lock_guard counting(counters_mutex_);
    counters_.blocks = executor_->counters();
    if (executor_->counters().as_it_pays != as_it_pays) {
        const execute::ParallelStatistics& last = executor_->road().statistics();
        counters_.transactions += last.transactions;
        counters_.executions += last.executions;
        counters_.aborts += last.aborts;
        counters_.waits += last.waits;
        counters_.detector = summary_of(executor_->road());
        counters_.stations = executor_->road().counters();
    }
    return out;
}

Result<void> Execution::save() {
    const std::lock_guard lock(mutex_);
    if (templates_.empty()) return {};
    return save_templates(templates_, executor_->road().templates());
}

Execution::Counters Execution::counters() const {
    const std::lock_guard lock(counters_mutex_);
    return counters_;
}

std::string Execution::description() const {
    const BlockRoadConfig& config = executor_->road().config();
    return fmt::format("conflict detector {} ({}), {} lanes, {} threads", detector(),
                       detector_kind(), config.lanes, config.threads);
}

std::string Execution::detector() const {
    return std::string(executor_->road().detector().info().name);
}

std::string Execution::detector_kind() const {
    return std::string(to_string(executor_->road().detector().info().kind));
}

}  // namespace switchyard::appliance
