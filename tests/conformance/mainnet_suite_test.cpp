// SPDX-License-Identifier: Apache-2.0
// Real blocks of Ethereum mainnet: gas, bloom, receipts root, and the state root over a witness.
#include <gtest/gtest.h>

#include "tests/conformance/suite.hpp"

namespace switchyard::test {
namespace {

TEST(MainnetSuite, ReplaysEveryBlock) {
    run_suite({.data = "mainnet", .folder = "blocks", .load = conformance::load_mainnet_cases});
}

}  // namespace
}  // namespace switchyard::test
