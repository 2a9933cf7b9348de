// SPDX-License-Identifier: Apache-2.0
#include "host/road/import_executor.hpp"

namespace switchyard {

Result<std::unique_ptr<ImportExecutor>> ImportExecutor::open(const BlockRoadConfig& config) {
    auto road = BlockRoad::open(config);
    if (!road) return road.error();
    return std::unique_ptr<ImportExecutor>(new ImportExecutor(*std::move(road)));
}

Result<execute::BlockResult> ImportExecutor::execute(const execute::BlockInput& input,
                                                     const StateView& parent,
                                                     const BlockAccessList* access_list) {
    // Each receipt has the root of the state after its transaction, so that nothing is to be won.
    if (input.roots != nullptr) {
        ++counters_.serial;
        return execute::execute_block_serial(input, parent);
    }
    const auto without_list = [&]() -> Result<execute::BlockResult> {
        ++counters_.as_it_pays;
        return road_->execute(input, parent);
    };
    if (access_list == nullptr) return without_list();
    execute::AccessListStatistics statistics;
    auto result = by_list_.execute(input, parent, *access_list, &statistics, without_list);
    ++(statistics.held ? counters_.by_access_list : counters_.lists_refused);
    return result;
}

}  // namespace switchyard
