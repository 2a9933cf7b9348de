// SPDX-License-Identifier: Apache-2.0
#include "tools/conformance/block_executor.hpp"

#include <random>
#include <string>

#include "host/execute/deferred_parent_hash.hpp"
#include "host/execute/parallel/parallel_executor.hpp"
#include "host/execute/result_difference.hpp"
#include "tools/workloads/wrong_plans.hpp"

namespace switchyard::conformance {
namespace {

using execute::BlockInput;
using execute::BlockResult;

/// FNV-1a, 64 bits: the same on every machine, which std::hash does not promise.
uint64_t hash_of(std::string_view text) {
    uint64_t hash = 0xcbf29ce484222325;
    for (const char c : text)
        hash = (hash ^ static_cast<uint8_t>(c)) * 0x100000001b3;
    return hash;
}

Result<BlockResult> same_or_mismatch(Result<BlockResult> serial,
                                     const Result<BlockResult>& parallel) {
    const auto mismatch = [](const std::string& what) {
        return Error{ErrorCode::Mismatch, "parallel execution differs from serial: " + what};
    };
    if (serial && !parallel) return mismatch("refused for '" + parallel.error().message + "'");
    if (!serial && parallel)
        return mismatch("accepted instead of refused for '" + serial.error().message + "'");
    if (!serial && serial.error().message != parallel.error().message)
        return mismatch("refused for '" + parallel.error().message + "' instead of '" +
                        serial.error().message + "'");
    if (!serial) return serial;
    if (const auto difference = execute::first_difference(*serial, *parallel))
        return mismatch(*difference);
    return serial;
}

}  // namespace

std::optional<ExecutionMode> execution_mode_from_name(std::string_view name) {
    if (name == "serial") return ExecutionMode::Serial;
    if (name == "parallel") return ExecutionMode::Parallel;
    if (name == "both") return ExecutionMode::Both;
    return std::nullopt;
}

struct BlockExecutor::Implementation {
    explicit Implementation(const ExecutionSettings& with)
        : settings(with), generator(with.seed), many(with.threads), one(1) {}

    ExecutionSettings settings;
    Execute custom;  ///< executes in the place of everything below, if there is one
    std::mt19937_64 generator;
    execute::ParallelExecutor many;
    /// One transaction goes through the lanes as well, but a second thread could only wait for it.
    execute::ParallelExecutor one;

    Result<BlockResult> serial(BlockInput input, const StateView& parent,
                               const MakeRoots& make_roots) {
        const auto roots = make_roots ? make_roots() : nullptr;
        input.roots = roots.get();
        return execute::execute_block_serial(input, parent);
    }

    Result<BlockResult> parallel(BlockInput input, const StateView& parent,
                                 const MakeRoots& make_roots) {
        const auto roots = make_roots ? make_roots() : nullptr;
        input.roots = roots.get();
        const auto count = static_cast<uint32_t>(input.transactions.size());
        const LanePlan plan =
            workloads::random_lanes_without_waits(count, settings.lanes, generator);
        execute::ParallelExecutor& executor = count > 1 ? many : one;
        if (input.header->number == 0) return executor.execute(input, parent, plan);
        // The parent's hash comes late, as on the road, and is not in the header.
        const Bytes32 parent_hash = input.header->parent_hash;
        execute::DeferredParentHash deferred(parent, input.header->number, input.rules.revision,
                                             [&parent_hash] { return parent_hash; });
        BlockHeader header = *input.header;
        header.parent_hash = {};
        input.header = &header;
        input.parent_hash = &deferred;
        return executor.execute(input, deferred, plan);
    }
};

BlockExecutor::BlockExecutor(const ExecutionSettings& settings)
    : implementation_(std::make_unique<Implementation>(settings)) {}
BlockExecutor::BlockExecutor(Execute execute)
    : implementation_(std::make_unique<Implementation>(ExecutionSettings{.threads = 1})) {
    implementation_->custom = std::move(execute);
}
BlockExecutor::~BlockExecutor() = default;
BlockExecutor::BlockExecutor(BlockExecutor&&) noexcept = default;
BlockExecutor& BlockExecutor::operator=(BlockExecutor&&) noexcept = default;

void BlockExecutor::begin_test(std::string_view name) {
    implementation_->generator.seed(implementation_->settings.seed ^ hash_of(name));
}

Result<BlockResult> BlockExecutor::execute(const BlockInput& given, const StateView& parent,
                                           const MakeRoots& make_roots) {
    Implementation& run = *implementation_;
    if (run.custom) return run.custom(given, parent, make_roots);
    BlockInput input = given;
    if (run.settings.tracing != nullptr) input.tracing = run.settings.tracing;
    if (run.settings.mode == ExecutionMode::Serial) return run.serial(input, parent, make_roots);
    if (run.settings.mode == ExecutionMode::Parallel)
        return run.parallel(input, parent, make_roots);
    auto serial = run.serial(input, parent, make_roots);
    input.tracing = nullptr;
    return same_or_mismatch(std::move(serial), run.parallel(input, parent, make_roots));
}

const ExecutionSettings& BlockExecutor::settings() const {
    return implementation_->settings;
}

}  // namespace switchyard::conformance
