// SPDX-License-Identifier: Apache-2.0
// The execution-spec tests' benchmark blocks, whose results are stated like any test's.
#include <gtest/gtest.h>

#include "tests/conformance/suite.hpp"

namespace switchyard::test {
namespace {

TEST(BenchmarkSuite, PassesTheChains) {
    run_suite({.data = "bench-eest",
               .folder = "blockchain_tests",
               .load = conformance::load_blockchain_cases});
}

TEST(BenchmarkSuite, PassesThePayloadsOfTheEngineApi) {
    run_suite({.data = "bench-eest",
               .folder = "engine_x",
               .load = conformance::load_blockchain_cases,
               .may_lack_states = true});
}

}  // namespace
}  // namespace switchyard::test
