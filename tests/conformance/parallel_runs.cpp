// SPDX-License-Identifier: Apache-2.0
#include "tests/conformance/parallel_runs.hpp"

#include <memory>

#include "host/execute/parallel/parallel_executor.hpp"
#include "tests/support/test_data.hpp"
#include "tools/workloads/wrong_plans.hpp"

namespace switchyard::test {
namespace {

constexpr uint32_t kThreads = 2;
constexpr uint32_t kLanes = 4;

}  // namespace

ChainImporter::Executor parallel_over_random_lanes(uint64_t salt) {
    const auto executor = std::make_shared<execute::ParallelExecutor>(kThreads);
    const auto generator = std::make_shared<std::mt19937_64>(test_generator(salt));
    return [executor, generator](const execute::BlockInput& input, const StateView& parent) {
        const auto count = static_cast<uint32_t>(input.transactions.size());
        return executor->execute(input, parent,
                                 workloads::random_lanes_without_waits(count, kLanes, *generator));
    };
}

}  // namespace switchyard::test
