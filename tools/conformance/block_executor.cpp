// SPDX-License-Identifier: Apache-2.0
#include "tools/conformance/block_executor.hpp"

#include <random>
#include <string>

#include "host/execute/access_list/access_list_executor.hpp"
#include "host/execute/deferred_parent_hash.hpp"
#include "host/execute/parallel/parallel_executor.hpp"
#include "host/execute/result_difference.hpp"
#include "tools/workloads/wrong_access_lists.hpp"
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

/// `way` names how the second result came about.
Result<BlockResult> same_or_mismatch(Result<BlockResult> serial,
                                     const Result<BlockResult>& parallel,
                                     const std::string& way = "parallel execution") {
    const auto mismatch = [&way](const std::string& what) {
        return Error{ErrorCode::Mismatch, way + " differs from serial: " + what};
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
        : settings(with), generator(with.seed), many(with.threads), one(1), by_list(with.threads) {}

    ExecutionSettings settings;
    Execute custom;  ///< executes in the place of everything below, if there is one
    std::mt19937_64 generator;
    execute::ParallelExecutor many;
    /// One transaction goes through the lanes as well, but a second thread could only wait for it.
    execute::ParallelExecutor one;
    execute::AccessListExecutor by_list;

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

    /// By the block's list, and by one that is wrong in a way drawn at random.
    Result<BlockResult> by_lists(const BlockInput& input, const StateView& parent,
                                 Result<BlockResult> serial, const BlockAccessList* given) {
        if (!serial && serial.error().code == ErrorCode::Mismatch) return serial;
        if (given == nullptr && !(serial && serial->block_access_list)) return serial;
        BlockAccessList list = given != nullptr ? *given : *serial->block_access_list;
        // One that is longer than the gas limit allows is not read, though it may be right.
        const bool is_right =
            serial && serial->block_access_list == list &&
            validate_block_access_list(list, input.header->gas_limit, input.transactions.size());
        execute::AccessListStatistics statistics;
        const auto found = by_list.execute(input, parent, list, &statistics);
        if (statistics.held != is_right)
            return Error{ErrorCode::Mismatch,
                         is_right ? "the block's access list was not used: " + statistics.reason
                                  : std::string("a wrong access list was used")};
        serial = same_or_mismatch(std::move(serial), found, "execution by access list");
        const auto kind = static_cast<uint32_t>(generator() % workloads::kListDamageCount);
        const auto damage = workloads::damage_access_list(list, kind, generator);
        if (!damage || !serial) return serial;
        return same_or_mismatch(std::move(serial), by_list.execute(input, parent, list),
                                "execution by an access list in which " + *damage);
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
                                           const MakeRoots& make_roots,
                                           const BlockAccessList* access_list) {
    Implementation& run = *implementation_;
    if (run.custom) return run.custom(given, parent, make_roots);
    BlockInput input = given;
    if (run.settings.tracing != nullptr) input.tracing = run.settings.tracing;
    if (run.settings.mode == ExecutionMode::Serial) return run.serial(input, parent, make_roots);
    if (run.settings.mode == ExecutionMode::Parallel)
        return run.parallel(input, parent, make_roots);
    auto serial = run.serial(input, parent, make_roots);
    input.tracing = nullptr;
    serial = same_or_mismatch(std::move(serial), run.parallel(input, parent, make_roots));
    return run.by_lists(input, parent, std::move(serial), access_list);
}

const ExecutionSettings& BlockExecutor::settings() const {
    return implementation_->settings;
}

}  // namespace switchyard::conformance
