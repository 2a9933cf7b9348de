// SPDX-License-Identifier: Apache-2.0
// How the official tests execute a block: serially, over lanes with plans that know nothing, or
// both ways with equal results.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>

#include "host/execute/block_execution.hpp"

namespace switchyard::conformance {

struct StoreImports;

enum class ExecutionMode : uint8_t {
    Serial,
    Parallel,
    /// Serially, then in parallel; from Amsterdam on also by the block's access list, and by a
    /// wrong one. All results must be equal bit for bit, and the right list must be taken for it.
    Both,
};

/// "serial", "parallel" or "both".
[[nodiscard]] std::optional<ExecutionMode> execution_mode_from_name(std::string_view name);

struct ExecutionSettings {
    ExecutionMode mode = ExecutionMode::Parallel;
    uint32_t lanes = 4;        ///< 2 to `kLanesMax`: one lane would be serial execution
    uint32_t threads = 2;      ///< of blocks with more than one transaction; at least 1
    uint64_t seed = 20260707;  ///< of the plans
    /// Traces the blocks, with `Both` their serial execution; null: nothing is traced. Several
    /// executors may share it if they do not run at a time.
    execute::BlockTracing* tracing = nullptr;
    /// Chains go into stores on disk besides, over `BlockImporter`; null: they do not. Shared by
    /// executors that run at a time.
    StoreImports* stores = nullptr;
};

/// Executes blocks by its settings. Parallel execution draws a lane at random for every transaction
/// and lets none wait for another: the worst plan there is, so that everything rests on the check
/// of the reads. The parent's hash is deferred (`execute::DeferredParentHash`). Keeps threads and
/// memory between blocks. One thread.
class BlockExecutor {
  public:
    explicit BlockExecutor(const ExecutionSettings& settings);

    /// Makes the object behind `BlockInput::roots`, one for each execution; none: no roots.
    using MakeRoots = std::function<std::unique_ptr<execute::IntermediateRoots>()>;
    /// Any other way to execute a block, for tools that watch or compare executions.
    using Execute = std::function<Result<execute::BlockResult>(const execute::BlockInput&,
                                                               const StateView&, const MakeRoots&)>;
    explicit BlockExecutor(Execute execute);

    ~BlockExecutor();
    BlockExecutor(BlockExecutor&&) noexcept;
    BlockExecutor& operator=(BlockExecutor&&) noexcept;

    /// The plans that follow depend on the seed and `name` alone, so that a test alone does what it
    /// does among others.
    void begin_test(std::string_view name);

    /// As `execute_block_serial`. With `Both`, `ErrorCode::Mismatch` names the first difference.
    /// `input.roots` is not used.
    /// `access_list` came with the block; null: none did, and its own serves where one is needed.
    [[nodiscard]] Result<execute::BlockResult> execute(
        const execute::BlockInput& input, const StateView& parent, const MakeRoots& make_roots = {},
        const BlockAccessList* access_list = nullptr);

    [[nodiscard]] const ExecutionSettings& settings() const;

  private:
    struct Implementation;
    std::unique_ptr<Implementation> implementation_;
};

}  // namespace switchyard::conformance
