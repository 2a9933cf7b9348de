// SPDX-License-Identifier: Apache-2.0
// libFuzzer's entry to the EVM: a block of a small world must come to the same result serially, in
// parallel by any plan on any number of threads, and again.
#include <array>
#include <charconv>
#include <cstdint>
#include <memory>
#include <random>

#include "host/execute/parallel/parallel_executor.hpp"
#include "host/execute/result_difference.hpp"
#include "tests/fuzz/evm_invariants.hpp"
#include "tests/fuzz/require.hpp"
#include "tools/workloads/wrong_plans.hpp"

namespace switchyard::fuzz {
namespace {

using execute::BlockInput;
using execute::BlockResult;
using execute::ParallelExecutor;
using execute::PickOrder;

/// Executors that all inputs of the process share: what one block leaves in them must not reach the
/// next.
ParallelExecutor& shared_executor(const ExecutionChoice& choice) {
    static std::array<std::unique_ptr<ParallelExecutor>, 6> executors;
    auto& executor = executors[(choice.threads - 2) * 2 + (choice.latest_first ? 1 : 0)];
    if (!executor)
        executor = std::make_unique<ParallelExecutor>(
            choice.threads,
            choice.latest_first ? PickOrder::LatestFirst : PickOrder::EarliestFirst);
    return *executor;
}

/// One line for what differs, or nothing.
std::string difference(const Result<BlockResult>& expected, const Result<BlockResult>& found) {
    if (expected && found) return execute::first_difference(*expected, *found).value_or("");
    const auto text = [](const Result<BlockResult>& result) {
        return result ? std::string("a result") : result.error().message;
    };
    const bool equal = !expected && !found && expected.error().code == found.error().code &&
                       expected.error().message == found.error().message;
    return equal ? "" : "expected " + text(expected) + ", found " + text(found);
}

void require_equal(const Result<BlockResult>& expected, const Result<BlockResult>& found,
                   const char* how) {
    if (const std::string what = difference(expected, found); !what.empty())
        require(false, how + (": " + what));
}

/// Serial execution twice, parallel execution by two plans twice, all with one result, which is
/// returned.
Result<BlockResult> execute_in_every_way(const EvmWorld& world) {
    const BlockInput block = world.block();
    const ExecutionChoice& choice = world.choice();
    auto serial = execute::execute_block_serial(block, world.state());
    require_equal(serial, execute::execute_block_serial(block, world.state()), "serial again");

    const auto count = static_cast<uint32_t>(block.transactions.size());
    std::mt19937_64 random(choice.plan_seed);
    const LanePlan plans[] = {
        workloads::random_lanes_with_random_waits(count, choice.lanes, random),
        workloads::round_robin_without_waits(count, choice.lanes)};
    ParallelExecutor& executor = shared_executor(choice);
    for (const LanePlan& plan : plans)
        require_equal(serial, executor.execute(block, world.state(), plan), "parallel");
    require_equal(serial, executor.execute(block, world.state(), plans[0]), "parallel again");
    if (choice.plan_seed % 16 == 0) {
        ParallelExecutor fresh(choice.threads);
        require_equal(serial, fresh.execute(block, world.state(), plans[1]), "parallel, new");
    }
    return serial;
}

/// The index in "transaction INDEX: ..."; no value when no transaction is to blame.
std::optional<size_t> invalid_transaction(const Error& error) {
    constexpr std::string_view kPrefix = "transaction ";
    const std::string& message = error.message;
    if (!message.starts_with(kPrefix)) return std::nullopt;
    size_t index = 0;
    const auto parsed =
        std::from_chars(message.data() + kPrefix.size(), message.data() + message.size(), index);
    return parsed.ec == std::errc{} ? std::optional{index} : std::nullopt;
}

}  // namespace
}  // namespace switchyard::fuzz

/// Every EVM reserves 32 MB for its stacks. ASan would keep the freed ones and clear the shadow of
/// fresh ones by mapping it, which takes ten times as long as the block.
extern "C" const char* __asan_default_options() {
    return "quarantine_size_mb=16";
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    using namespace switchyard;
    using namespace switchyard::fuzz;
    EvmWorld world({data, size});
    while (true) {
        const auto result = execute_in_every_way(world);
        if (result) {
            check_result(world, *result);
            return 0;
        }
        // A block with an invalid transaction has an error for a result, which was compared. What
        // is left of it without that transaction is a block, too.
        const auto index = invalid_transaction(result.error());
        if (!index) return 0;
        require(*index < world.block().transactions.size(), "an error names no transaction");
        world.drop_transaction(*index);
    }
}
