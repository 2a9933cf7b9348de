// SPDX-License-Identifier: Apache-2.0
// The official state tests, and the VMTests before them: state root and logs of one transaction.
#include <gtest/gtest.h>

#include "tests/conformance/suite.hpp"

namespace switchyard::test {
namespace {

TEST(StateSuite, PassesTheExecutionSpecTests) {
    run_suite({.data = "state-eest", .folder = "", .load = conformance::load_state_cases});
}

TEST(StateSuite, PassesTheLegacyTestsAndTheVmTests) {
    run_suite({.data = "state-legacy", .folder = "", .load = conformance::load_state_cases});
}

TEST(StateSuite, PassesTheContractsOfTheBenchmarks) {
    run_suite({.data = "bench-evm", .folder = "", .load = conformance::load_state_cases});
}

}  // namespace
}  // namespace switchyard::test
