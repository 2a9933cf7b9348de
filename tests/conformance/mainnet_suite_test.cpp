// SPDX-License-Identifier: Apache-2.0
// Real blocks of Ethereum mainnet: gas, bloom, receipts root, and the state root over a witness.
#include <gtest/gtest.h>

#include "tests/conformance/mainnet_replay.hpp"
#include "tests/conformance/parallel_runs.hpp"
#include "tests/conformance/suite_report.hpp"
#include "tests/conformance/work_queue.hpp"
#include "tests/support/test_data.hpp"

namespace switchyard::test {
namespace {

using MakeExecutor = std::function<ChainImporter::Executor(uint64_t salt)>;

void run_suite(const std::string& name, const MakeExecutor& make_executor) {
    SWITCHYARD_REQUIRE_SUITE(folder, "mainnet");
    SuiteReport report(name);
    WorkQueue queue;
    for_each_file(queue, json_files(folder / "blocks"), [&](const std::filesystem::path& file) {
        const auto block = fixtures::load_mainnet_block(file.string());
        if (!block) {
            report.failed(file.string(), block.error().message);
            return;
        }
        report.record("block " + std::to_string(block->number),
                      replay_mainnet_block(*block, make_executor(block->number)));
    });
    std::printf("%s", report.summary().c_str());
    report.write_failures();
    EXPECT_GT(report.cases(), 0u) << "the data is there, but no case ran";
    EXPECT_EQ(report.failures(), 0u);
}

TEST(MainnetSuite, ReplaysEveryBlockSerially) {
    run_suite("mainnet", [](uint64_t) { return execute::execute_block_serial; });
}

TEST(MainnetSuite, ReplaysEveryBlockInParallelOverRandomLanes) {
    run_suite("mainnet-parallel", parallel_over_random_lanes);
}

}  // namespace
}  // namespace switchyard::test
