// SPDX-License-Identifier: Apache-2.0
// Executes a block that comes with its access list (EIP-7928): nothing waits for anything.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "host/core/result.hpp"
#include "host/execute/block_execution.hpp"

namespace switchyard::execute {

/// What happened while a block ran by its list.
struct AccessListStatistics {
    uint32_t threads = 0;  ///< that took part
    uint64_t transactions = 0;
    /// The list was the block's own, and the result is made by it. Else `reason` says why not, and
    /// the block ran otherwise.
    bool held = false;
    std::string reason;
    uint64_t prepare_ns = 0;  ///< checking the list's shape
    uint64_t execute_ns = 0;  ///< loading, executing, comparing, receipts
    uint64_t close_ns = 0;    ///< what the block does after its transactions
};

/// The executor of blocks with an access list.
///
/// Every transaction runs over the state that the list gives at its index (`AccessListState`), on
/// any thread and in any order; what it changed and accessed is compared with the list's entries
/// (`EffectsCheck`). If all agree, then each of them saw the state of serial execution, by
/// induction over the indices, and outcomes, changes and list are those of
/// `execute_block_serial`. If anything disagrees, or the block breaks a rule, nothing of the run
/// is used, and the block runs again without its list.
///
/// The parts around and inside transactions are those of `execute_block_serial`. Not thread-safe:
/// one block at a time. Keeps its threads and memory between blocks.
class AccessListExecutor {
  public:
    /// `threads` workers, at least 1; the calling thread is one of them.
    explicit AccessListExecutor(uint32_t threads);
    ~AccessListExecutor();

    /// How a block runs whose list is of no use: for example `ParallelExecutor` with a plan.
    using Otherwise = std::function<Result<BlockResult>()>;

    /// Is given the changes of the whole block before its transactions run, on any worker, while
    /// others read the parent: they are the result's, if the list holds.
    using ChangesKnown = std::function<void(const StateChanges&)>;

    /// As `execute_block_serial`, with the same result and errors for any list: one that is wrong
    /// costs time. `parent` must bear reads from all workers. `otherwise` must have the result of
    /// serial execution, which is what runs without it. A caller who got the list with the block
    /// still has to compare its hash with the header's (`validate_result`): what is in the result
    /// is the list that the block should have had. Nothing is observed
    /// (`BlockInput::observation`) where the list held: a block with a list needs no prediction.
    [[nodiscard]] Result<BlockResult> execute(const BlockInput& input, const StateView& parent,
                                              const BlockAccessList& list,
                                              AccessListStatistics* statistics = nullptr,
                                              const Otherwise& otherwise = {},
                                              const ChangesKnown& changes_known = {});

    [[nodiscard]] uint32_t threads() const;

  private:
    class BlockRun;
    struct Implementation;
    std::unique_ptr<Implementation> implementation_;
};

}  // namespace switchyard::execute
