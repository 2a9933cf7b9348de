// SPDX-License-Identifier: Apache-2.0
// Blocks of somebody else over any parent state: by their access list, over lanes, or serially.
#pragma once

#include <memory>

#include "host/execute/access_list/access_list_executor.hpp"
#include "host/road/block_road.hpp"

namespace switchyard {

/// How many blocks ran in which way since the executor was opened.
struct ImportCounters {
    uint64_t by_access_list = 0;  ///< every transaction over the state that the list gives
    uint64_t lists_refused = 0;   ///< a list came and was not the block's; the block ran without it
    uint64_t as_it_pays = 0;      ///< through `BlockRoad`
    uint64_t serial = 0;          ///< receipts with state roots (before Byzantium)
};

/// Executes blocks over parent states that the caller gives. One call at a time, from any thread;
/// keeps its threads, templates and memory between blocks.
class ImportExecutor {
  public:
    /// Errors as of `BlockRoad::open`.
    [[nodiscard]] static Result<std::unique_ptr<ImportExecutor>> open(
        const BlockRoadConfig& config);

    /// The result of `execute::execute_block_serial` and its errors, for any list. `parent` must
    /// bear reads from all workers. `access_list`: null, the block came without one.
    [[nodiscard]] Result<execute::BlockResult> execute(const execute::BlockInput& input,
                                                       const StateView& parent,
                                                       const BlockAccessList* access_list);

    [[nodiscard]] const ImportCounters& counters() const { return counters_; }
    /// Its statistics are those of the last block that did not run by a list.
    [[nodiscard]] BlockRoad& road() { return *road_; }
    [[nodiscard]] const BlockRoad& road() const { return *road_; }

  private:
    explicit ImportExecutor(std::unique_ptr<BlockRoad> road)
        : road_(std::move(road)), by_list_(road_->config().threads) {}

    std::unique_ptr<BlockRoad> road_;
    execute::AccessListExecutor by_list_;
    ImportCounters counters_;
};

}  // namespace switchyard
