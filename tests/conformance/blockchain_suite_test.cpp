// SPDX-License-Identifier: Apache-2.0
// The official blockchain tests: chains of valid and invalid blocks, imported one after another.
#include <gtest/gtest.h>

#include "tests/conformance/suite.hpp"

namespace switchyard::test {
namespace {

TEST(BlockchainSuite, PassesTheExecutionSpecTests) {
    run_suite(
        {.data = "blockchain-eest", .folder = "", .load = conformance::load_blockchain_cases});
}

TEST(BlockchainSuite, PassesTheLegacyTests) {
    run_suite(
        {.data = "blockchain-legacy", .folder = "", .load = conformance::load_blockchain_cases});
}

TEST(BlockchainSuite, PassesTheTestsOfAmsterdam) {
    run_suite({.data = "blockchain-amsterdam-alpha",
               .folder = "",
               .load = conformance::load_blockchain_cases});
}

TEST(BlockchainSuite, ImportsBlocksOfAmsterdamIntoStoresByTheirLists) {
    run_suite({.data = "blockchain-amsterdam-alpha",
               .folder = "eip7708_eth_transfer_logs",
               .load = conformance::load_blockchain_cases,
               .imports_by_list = true});
}

TEST(BlockchainSuite, ImportsTheChainOfTheRpcTestsOverEveryFork) {
    run_suite(
        {.data = "rpc-compat", .folder = "chain.rlp", .load = conformance::load_blockchain_cases});
}

}  // namespace
}  // namespace switchyard::test
