// SPDX-License-Identifier: Apache-2.0
// The transaction tests as cases: bytes that a fork must accept or refuse, and the gas that an
// accepted one owes before it runs. Nothing is executed.
#include "host/core/hex.hpp"
#include "host/execute/block_validation.hpp"
#include "host/state/memory_state.hpp"
#include "tools/conformance/exceptions.hpp"
#include "tools/conformance/test_case.hpp"
#include "tools/fixtures/network.hpp"
#include "tools/fixtures/transaction_test.hpp"

namespace switchyard::conformance {
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

Verdict compare(const char* what, const std::string& expected, const std::string& found) {
    if (expected == found) return {};
    return Verdict::failed(std::string(what) + ": expected " + expected + ", found " + found);
}

Verdict run(const TransactionTest& test, const std::string& fork) {
    const auto config = fixtures::chain_config_for_network(fork);
    if (!config) return Verdict::of(config.error());
    const auto rules = execute::rules_for_block(*config, 1, 1);
    const TransactionTest::Expectation& expected = test.results.at(fork);
    const auto accepted = accept(test.encoded, rules);
    if (!expected.exception.empty()) {
        if (accepted)
            return Verdict::failed("expected " + expected.exception +
                                   ", found a valid transaction");
        if (exception_matches(expected.exception, accepted.error().message)) return {};
        return Verdict::failed("expected " + expected.exception + ", found '" +
                               accepted.error().message + "'");
    }
    if (!accepted)
        return Verdict::failed("expected a valid transaction, found '" + accepted.error().message +
                               "'");
    const auto gas =
        execute::intrinsic_gas(accepted->transaction, rules.revision, UINT64_MAX).intrinsic;
    for (Verdict verdict :
         {compare("hash", to_hex(expected.hash), to_hex(accepted->hash)),
          compare("sender", to_hex(expected.sender), to_hex(accepted->sender)),
          compare("intrinsic gas", std::to_string(expected.intrinsic_gas.value_or(gas)),
                  std::to_string(gas))})
        if (!verdict.passed()) return verdict;
    return {};
}

}  // namespace

Result<std::vector<TestCase>> load_transaction_cases(const std::string& file) {
    auto tests = fixtures::load_transaction_tests(file);
    if (!tests) return tests.error();
    std::vector<TestCase> out;
    for (TransactionTest& loaded : *tests) {
        const auto test = std::make_shared<const TransactionTest>(std::move(loaded));
        for (const auto& [fork, expectation] : test->results) {
            TestCase& made = out.emplace_back();
            made.name = test->name;
            made.fork = fork;
            made.run = [test, name = fork](BlockExecutor&) { return run(*test, name); };
        }
    }
    return out;
}

}  // namespace switchyard::conformance
