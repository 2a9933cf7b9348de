// SPDX-License-Identifier: Apache-2.0
// The official transaction tests: bytes that every fork must accept or refuse, and the gas that the
// accepted ones owe before they run.
#include <gtest/gtest.h>

#include "host/execute/block_validation.hpp"
#include "host/state/memory_state.hpp"
#include "tests/conformance/suite_report.hpp"
#include "tests/conformance/work_queue.hpp"
#include "tests/support/test_data.hpp"
#include "tools/fixtures/transaction_test.hpp"

namespace switchyard::test {
namespace {

using fixtures::TransactionTest;

Error refused(std::string why) {
    return {ErrorCode::InvalidInput, std::move(why)};
}

/// Everything that can be said of a transaction without a chain: its sender has the right nonce
/// and all the ether there could be, and the block has room for any gas limit.
Result<SignedTransaction> accept(const Bytes& encoded, const execute::BlockRules& rules) {
    auto decoded = decode_transaction(encoded);
    if (!decoded) return refused(decoded.error().message);
    auto recovered = execute::recover_transactions({std::move(*decoded)}, rules);
    if (!recovered) return recovered.error();
    SignedTransaction& transaction = (*recovered)[0];

    evm::BlockContext block;
    block.gas_limit = UINT64_MAX;
    auto error = execute::validate_transaction(transaction.transaction, rules, block);
    if (error == execute::TransactionError::None) {
        MemoryState view;
        Account rich;
        rich.nonce = transaction.transaction.nonce;
        rich.balance = ~Uint256();
        view.set_account(transaction.sender, rich);
        TransactionState state;
        state.begin(view, rules.revision);
        // Without the value, which may take all the ether there could be and leave none for gas.
        SignedTransaction without_value = transaction;
        without_value.transaction.value = Uint256(0);
        error = execute::validate_sender(without_value, rules, state);
    }
    if (error != execute::TransactionError::None)
        return refused(std::string(execute::to_string(error)));
    return std::move(transaction);
}

Result<void> run_case(const TransactionTest& test, Revision revision,
                      const TransactionTest::Expectation& expected) {
    const auto rules = execute::rules_for_block(ChainConfig::single_revision(revision), 1, 1);
    const auto accepted = accept(test.encoded, rules);
    if (!expected.exception.empty()) {
        if (accepted) return refused("accepted, but expected " + expected.exception);
        return {};
    }
    if (!accepted) return refused("refused: " + accepted.error().message);
    if (accepted->hash != expected.hash) return refused("another hash");
    if (accepted->sender != expected.sender) return refused("another sender");
    const auto gas = execute::intrinsic_gas(accepted->transaction, revision, UINT64_MAX).intrinsic;
    if (expected.intrinsic_gas && gas != *expected.intrinsic_gas)
        return refused("intrinsic gas " + std::to_string(gas) + " instead of " +
                       std::to_string(*expected.intrinsic_gas));
    return {};
}

TEST(TransactionSuite, AcceptsAndRefusesAsEveryForkSays) {
    SWITCHYARD_REQUIRE_SUITE(folder, "misc");
    SuiteReport report("transactions");
    WorkQueue queue;
    for_each_file(queue, json_files(folder / "TransactionTests"),
                  [&](const std::filesystem::path& file) {
                      const auto tests = fixtures::load_transaction_tests(file.string());
                      if (!tests) {
                          report.failed(file.string(), tests.error().message);
                          return;
                      }
                      for (const TransactionTest& test : *tests) {
                          for (const auto& [fork, expected] : test.results) {
                              const std::string name = test.name + " " + fork;
                              const auto revision = revision_from_name(fork);
                              if (revision)
                                  report.record(name, run_case(test, *revision, expected));
                              else
                                  report.failed(name, "unknown fork");
                          }
                      }
                  });
    std::printf("%s", report.summary().c_str());
    report.write_failures();
    EXPECT_GT(report.cases(), 0u) << "the data is there, but no case ran";
    EXPECT_EQ(report.failures(), 0u);
}

}  // namespace
}  // namespace switchyard::test
