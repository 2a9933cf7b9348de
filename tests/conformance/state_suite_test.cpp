// SPDX-License-Identifier: Apache-2.0
// The official state tests through the execution of one transaction.
#include <gtest/gtest.h>

#include "host/chain/hash.hpp"
#include "host/chain/sender.hpp"
#include "host/execute/block_validation.hpp"
#include "host/execute/system_contracts.hpp"
#include "tests/conformance/exceptions.hpp"
#include "tests/conformance/state_roots.hpp"
#include "tests/conformance/suite_report.hpp"
#include "tests/conformance/work_queue.hpp"
#include "tests/support/test_data.hpp"
#include "tools/fixtures/memory_state.hpp"
#include "tools/fixtures/state_test.hpp"

#include <chrono>
#include <memory>

namespace switchyard::test {
namespace {

using execute::TransactionError;
using fixtures::StateTest;
using fixtures::StateTestCase;

/// State tests have no chain: the hash of block n is Keccak-256 of n in decimal.
class NumberHashes final : public evm::BlockHashes {
  public:
    [[nodiscard]] Bytes32 block_hash(uint64_t number) const override {
        const std::string text = std::to_string(number);
        return keccak256({reinterpret_cast<const uint8_t*>(text.data()), text.size()});
    }
};

Error mismatch(std::string message) {
    return {ErrorCode::Mismatch, std::move(message)};
}

/// The transaction of a case; from its signed encoding where the file has it, so that decoding and
/// the recovery of its sender are tested as well.
Result<SignedTransaction> signed_transaction_of(const StateTest& test, const StateTestCase& item,
                                                const execute::BlockRules& rules) {
    if (item.encoded) {
        auto decoded = decode_transaction(*item.encoded);
        if (!decoded) return decoded.error();
        auto recovered = execute::recover_transactions({std::move(*decoded)}, rules);
        if (!recovered) return recovered.error();
        return std::move((*recovered)[0]);
    }
    auto transaction = fixtures::transaction_of(test, item);
    if (!transaction) return transaction.error();
    SenderResult unused;
    recover_senders({&*transaction, 1}, {&unused, 1});  // for the authorities
    return SignedTransaction{std::move(*transaction), {}, test.transaction.sender, 0};
}

BlockHeader header_of(const StateTest& test, Revision revision) {
    const fixtures::TestEnvironment& environment = test.environment;
    BlockHeader header;
    header.beneficiary = environment.beneficiary;
    header.gas_limit = environment.gas_limit;
    header.number = environment.number;
    header.timestamp = environment.timestamp;
    header.difficulty = environment.difficulty;
    if (environment.prev_randao) header.prev_randao = *environment.prev_randao;
    if (revision >= Revision::London) header.base_fee_per_gas = environment.base_fee;
    if (revision >= Revision::Cancun) header.excess_blob_gas = environment.excess_blob_gas;
    return header;
}

/// Cases of a file that follow one slower than this become tasks of their own.
constexpr std::chrono::seconds kSlowCase{1};

class StateSuiteRunner {
  public:
    StateSuiteRunner(SuiteReport& report, WorkQueue& queue) : report_(report), queue_(queue) {}

    void run_file(const std::filesystem::path& file) {
        auto loaded = fixtures::load_state_tests(file.string());
        if (!loaded) {
            report_.failed(file.string(), loaded.error().message);
            return;
        }
        const auto tests = std::make_shared<const std::vector<StateTest>>(std::move(*loaded));
        bool slow = false;
        for (const StateTest& test : *tests) {
            const auto pre = std::make_shared<const MemoryState>(memory_state_of(test.pre));
            for (const StateTestCase& item : test.cases) {
                if (slow) {
                    queue_.add([this, file, tests, pre, &test, &item] {
                        record_case(file, test, item, *pre);
                    });
                    continue;
                }
                const auto start = std::chrono::steady_clock::now();
                record_case(file, test, item, *pre);
                slow = std::chrono::steady_clock::now() - start > kSlowCase;
            }
        }
    }

  private:
    void record_case(const std::filesystem::path& file, const StateTest& test,
                     const StateTestCase& item, const MemoryState& pre) {
        report_.record(file.filename().string() + " " + test.name + " " + item.fork + " " +
                           std::to_string(item.data_index) + "/" + std::to_string(item.gas_index) +
                           "/" + std::to_string(item.value_index),
                       run_case(test, item, pre));
    }

    static Result<void> run_case(const StateTest& test, const StateTestCase& item,
                                 const MemoryState& pre) {
        const auto config = fixtures::chain_config_of(test, item);
        if (!config) return config.error();
        const auto rules =
            execute::rules_for_block(*config, test.environment.number, test.environment.timestamp);
        const BlockHeader header = header_of(test, rules.revision);
        const NumberHashes hashes;
        execute::BlockInput input;
        input.header = &header;
        input.rules = rules;
        input.hashes = &hashes;

        const bool must_fail = !item.expected_exception.empty();
        const auto transaction = signed_transaction_of(test, item, rules);
        if (!transaction) {
            if (!must_fail) return mismatch("refused: " + transaction.error().message);
            return check_refused_root(pre, header, rules.revision, item);
        }
        if (!must_fail && transaction->sender != test.transaction.sender)
            return mismatch("another sender was recovered");

        evm::Evm evm(rules.revision);
        TransactionState state;
        StateChanges changes;
        const auto outcome = execute::execute_transaction(
            evm, state, pre, rules, execute::block_context(input), *transaction, changes);
        if (outcome.error != TransactionError::None) {
            const std::string name(execute::to_string(outcome.error));
            if (!must_fail) return mismatch("refused: " + name);
            if (!exception_matches(item.expected_exception, outcome.error))
                return mismatch("refused for " + name + " instead of " + item.expected_exception);
            return check_refused_root(pre, header, rules.revision, item);
        }
        if (outcome.status == evm::Status::UnsupportedPrecompile)
            return execute::unsupported_precompile_error(outcome.unsupported_precompile);
        if (must_fail) return mismatch("accepted, but expected " + item.expected_exception);
        if (keccak256(encode_logs(outcome.logs)) != item.logs_hash) return mismatch("logs differ");
        MemoryState after = pre;
        after.apply(changes);
        return check_root(after, item);
    }

    /// A refused transaction leaves the state as it was. The tool that filled the legacy tests then
    /// still credits the beneficiary with 0, which shows before empty accounts went away (EIP-161);
    /// the execution-spec tests' does not.
    static Result<void> check_refused_root(const MemoryState& pre, const BlockHeader& header,
                                           Revision revision, const StateTestCase& item) {
        if (state_root(pre) == item.state_root) return {};
        TransactionState state;
        state.begin(pre, revision);
        state.touch(header.beneficiary);
        StateChanges changes;
        state.finish(changes);
        MemoryState after = pre;
        after.apply(changes);
        return check_root(after, item);
    }

    static Result<void> check_root(const MemoryState& state, const StateTestCase& item) {
        if (state_root(state) != item.state_root) return mismatch("state roots differ");
        return {};
    }

    SuiteReport& report_;
    WorkQueue& queue_;
};

void run_suite(const std::string& suite) {
    SWITCHYARD_REQUIRE_SUITE(folder, suite);
    SuiteReport report(suite);
    WorkQueue queue;
    StateSuiteRunner runner(report, queue);
    // The VMTests are messages without a transaction; tests/unit/evm runs them.
    auto files = json_files(folder);
    std::erase_if(files, [](const std::filesystem::path& file) {
        return file.string().find("legacytests-VMTests") != std::string::npos;
    });
    for_each_file(queue, files, [&](const std::filesystem::path& file) { runner.run_file(file); });
    std::printf("%s", report.summary().c_str());
    report.write_failures();
    EXPECT_GT(report.cases(), 0u) << "the data is there, but no case ran";
    EXPECT_EQ(report.failures(), 0u);
}

TEST(StateSuite, PassesTheLegacyStateTests) {
    run_suite("state-legacy");
}

TEST(StateSuite, PassesTheExecutionSpecStateTests) {
    run_suite("state-eest");
}

}  // namespace
}  // namespace switchyard::test
