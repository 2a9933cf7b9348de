// SPDX-License-Identifier: Apache-2.0
// The official VMTests: single messages under Frontier's rules, with gas left, output and storage.
#include <gtest/gtest.h>

#include "tests/support/test_data.hpp"
#include "tools/conformance/run_cases.hpp"

namespace switchyard::evm {
namespace {

TEST(VmTests, EveryOfficialCasePasses) {
    SWITCHYARD_REQUIRE_SUITE(suite, "state-legacy");
    const auto files = conformance::find_test_files({(suite / "legacytests-VMTests").string()});
    ASSERT_TRUE(files.has_value()) << files.error().message;
    conformance::Report report;
    conformance::run_cases(*files, conformance::load_state_cases, {}, report);
    for (const auto& file : report.file_errors())
        ADD_FAILURE() << file.error.message;
    for (const auto& record : report.records())
        ADD_FAILURE() << record.title() << ": " << record.verdict.error;
    EXPECT_GT(report.passed(), 400U);
}

}  // namespace
}  // namespace switchyard::evm
