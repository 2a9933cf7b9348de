// SPDX-License-Identifier: Apache-2.0
// The official blockchain tests: chains of valid and invalid blocks, imported one after another.
#include <gtest/gtest.h>

#include "tests/conformance/chain_importer.hpp"
#include "tests/conformance/exceptions.hpp"
#include "tests/conformance/parallel_runs.hpp"
#include "tests/conformance/suite_report.hpp"
#include "tests/conformance/work_queue.hpp"
#include "tests/support/test_data.hpp"
#include "tools/fixtures/blockchain_test.hpp"
#include "tools/fixtures/memory_state.hpp"

namespace switchyard::test {
namespace {

using fixtures::BlockchainTest;

Error mismatch(std::string message) {
    return {ErrorCode::Mismatch, std::move(message)};
}

using MakeExecutor = std::function<ChainImporter::Executor(uint64_t salt)>;

Result<void> run_test(const BlockchainTest& test, const MakeExecutor& make_executor) {
    auto chain = ChainImporter::create(test.genesis, memory_state_of(test.pre), test.config,
                                       make_executor(test.genesis.gas_limit));
    if (!chain) return chain.error();
    for (size_t i = 0; i < test.blocks.size(); ++i) {
        const BlockchainTest::TestBlock& block = test.blocks[i];
        const auto imported = chain->import(block.encoded);
        if (!imported && imported.error().code == ErrorCode::Unsupported) return imported;
        const std::string place = "block " + std::to_string(i) + ": ";
        if (!imported && block.expected_exception.empty())
            return mismatch(place + "refused: " + imported.error().message);
        if (imported && !block.expected_exception.empty())
            return mismatch(place + "accepted, but expected " + block.expected_exception);
        if (!imported &&
            !block_exception_matches(block.expected_exception, imported.error().message))
            return mismatch(place + "refused for '" + imported.error().message + "' instead of " +
                            block.expected_exception);
    }
    if (chain->head() != test.last_block_hash) return mismatch("another head");
    return {};
}

void run_suite(const std::string& suite, const std::string& name,
               const MakeExecutor& make_executor) {
    SWITCHYARD_REQUIRE_SUITE(folder, suite);
    SuiteReport report(name);
    WorkQueue queue;
    for_each_file(queue, json_files(folder), [&](const std::filesystem::path& file) {
        const auto tests = fixtures::load_blockchain_tests(file.string());
        if (!tests) {
            report.failed(file.string(), tests.error().message);
            return;
        }
        for (const BlockchainTest& test : *tests)
            report.record(file.filename().string() + " " + test.name,
                          run_test(test, make_executor));
    });
    std::printf("%s", report.summary().c_str());
    report.write_failures();
    EXPECT_GT(report.cases(), 0u) << "the data is there, but no case ran";
    EXPECT_EQ(report.failures(), 0u);
}

ChainImporter::Executor serial(uint64_t) {
    return execute::execute_block_serial;
}

TEST(BlockchainSuite, PassesTheLegacyTestsSerially) {
    run_suite("blockchain-legacy", "blockchain-legacy", serial);
}

TEST(BlockchainSuite, PassesTheExecutionSpecTestsSerially) {
    run_suite("blockchain-eest", "blockchain-eest", serial);
}

TEST(BlockchainSuite, PassesTheLegacyTestsInParallelOverRandomLanes) {
    run_suite("blockchain-legacy", "blockchain-legacy-parallel", parallel_over_random_lanes);
}

TEST(BlockchainSuite, PassesTheExecutionSpecTestsInParallelOverRandomLanes) {
    run_suite("blockchain-eest", "blockchain-eest-parallel", parallel_over_random_lanes);
}

}  // namespace
}  // namespace switchyard::test
