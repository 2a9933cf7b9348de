// SPDX-License-Identifier: Apache-2.0
// The state tests as cases: one transaction, for a fork and arguments.
#include "host/chain/hash.hpp"
#include "host/chain/sender.hpp"
#include "host/core/hex.hpp"
#include "host/execute/block_validation.hpp"
#include "tools/conformance/exceptions.hpp"
#include "tools/conformance/number_hashes.hpp"
#include "tools/conformance/state_difference.hpp"
#include "tools/conformance/state_roots.hpp"
#include "tools/conformance/test_case.hpp"
#include "tools/conformance/vm_case.hpp"
#include "tools/fixtures/memory_state.hpp"
#include "tools/fixtures/state_test.hpp"

namespace switchyard::conformance {
namespace {

using fixtures::StateTest;
using fixtures::StateTestCase;

/// A test with what its cases share.
struct LoadedTest {
    explicit LoadedTest(StateTest loaded)
        : test(std::move(loaded)), pre(fixtures::memory_state_of(test.pre)), nodes(pre) {}

    StateTest test;
    MemoryState pre;
    StateNodes nodes;
};
using SharedTest = std::shared_ptr<const LoadedTest>;

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
    if (revision >= Revision::Amsterdam) header.slot_number = environment.slot_number.value_or(0);
    return header;
}

class CaseRun {
  public:
    CaseRun(SharedTest shared, const StateTestCase& item)
        : shared_(std::move(shared)), test_(shared_->test), item_(item) {}

    Verdict run(BlockExecutor& executor) {
        const auto config = fixtures::chain_config_of(test_, item_);
        if (!config) return Verdict::of(config.error());
        const auto rules = execute::rules_for_block(*config, test_.environment.number,
                                                    test_.environment.timestamp);
        header_ = header_of(test_, rules.revision);
        const bool must_fail = !item_.expected_exception.empty();
        const auto transaction = signed_transaction_of(test_, item_, rules);
        if (!transaction) return refused(transaction.error(), rules.revision);
        if (!must_fail && transaction->sender != test_.transaction.sender)
            return Verdict::failed("sender: expected " + to_hex(test_.transaction.sender) +
                                   ", found " + to_hex(transaction->sender));

        const NumberHashes hashes;
        execute::BlockInput input;
        input.header = &header_;
        input.rules = rules;
        input.transactions = {&*transaction, 1};
        input.hashes = &hashes;
        input.scope = execute::BlockScope::TransactionsOnly;
        auto result = executor.execute(input, shared_->pre);
        if (!result) return refused(result.error(), rules.revision);
        return executed(*std::move(result));
    }

  private:
    Verdict refused(const Error& error, Revision revision) const {
        if (error.code != ErrorCode::InvalidInput) return Verdict::of(error);
        if (item_.expected_exception.empty()) {
            Verdict out = Verdict::failed("expected success, found '" + error.message + "'");
            out.state_root = shared_->nodes.root;
            return out;
        }
        if (!exception_matches(item_.expected_exception, error.message))
            return Verdict::failed("expected " + item_.expected_exception + ", found '" +
                                   error.message + "'");
        if (shared_->nodes.root == item_.state_root) return with_root(item_.state_root, {});
        // The tool that filled the legacy tests still credits the beneficiary with 0, which shows
        // before empty accounts went away (EIP-161); the execution-spec tests' does not.
        TransactionState state;
        state.begin(shared_->pre, revision);
        state.touch(header_.beneficiary);
        StateChanges changes;
        state.finish(changes);
        return check_root(std::move(changes));
    }

    Verdict executed(execute::BlockResult result) const {
        if (!item_.expected_exception.empty())
            return Verdict::failed("expected " + item_.expected_exception + ", found success");
        const std::vector<Log>& logs = result.receipts.at(0).logs;
        const Bytes32 logs_hash = keccak256(encode_logs(logs));
        Verdict out = check_root(std::move(result.changes));
        if (logs_hash == item_.logs_hash) return out;
        out.kind = Verdict::Kind::Failed;
        if (!out.error.empty()) out.error += "; ";
        out.error += "logs hash: expected " + to_hex(item_.logs_hash) + ", found " +
                     to_hex(logs_hash) + " of " + std::to_string(logs.size()) + " logs";
        return out;
    }

    Verdict check_root(StateChanges changes) const {
        const auto root = shared_->nodes.root_after(changes);
        if (!root) return Verdict::of(root.error());
        Verdict out = with_root(*root, std::move(changes));
        if (*root == item_.state_root) return out;
        out.kind = Verdict::Kind::Failed;
        out.error = "state root: expected " + to_hex(item_.state_root) + ", found " + to_hex(*root);
        if (!item_.state) return out;
        if (const auto difference = first_state_difference(*item_.state, out.make_state()))
            out.error += "; " + *difference;
        return out;
    }

    Verdict with_root(const Bytes32& root, StateChanges changes) const {
        Verdict out;
        out.state_root = root;
        out.make_state = [shared = shared_, made = std::move(changes)] {
            MemoryState after = shared->pre;
            after.apply(made);
            return after;
        };
        return out;
    }

    SharedTest shared_;
    const StateTest& test_;
    const StateTestCase& item_;
    BlockHeader header_;
};

std::string arguments_of(const StateTestCase& item) {
    std::string out = "d";
    out.append(std::to_string(item.data_index)).append("/g");
    out.append(std::to_string(item.gas_index)).append("/v");
    return out.append(std::to_string(item.value_index));
}

void append_cases(StateTest loaded, std::vector<TestCase>& out) {
    const auto shared = std::make_shared<const LoadedTest>(std::move(loaded));
    size_t index = 0;
    const std::string* fork = nullptr;
    for (const StateTestCase& item : shared->test.cases) {
        index = fork != nullptr && *fork == item.fork ? index + 1 : 0;
        fork = &item.fork;
        TestCase& made = out.emplace_back();
        made.name = shared->test.name;
        made.fork = item.fork;
        made.index = index;
        made.arguments = arguments_of(item);
        made.run = [shared, &item](BlockExecutor& executor) {
            return CaseRun(shared, item).run(executor);
        };
    }
    for (const std::string& unknown : shared->test.skipped_forks) {
        TestCase& made = out.emplace_back();
        made.name = shared->test.name;
        made.fork = unknown;
        made.run = [unknown](BlockExecutor&) {
            return Verdict::of(
                {ErrorCode::Unsupported, "fork '" + unknown + "' is not known to this build"});
        };
    }
}

}  // namespace

Result<std::vector<TestCase>> load_state_cases(const std::string& file) {
    std::vector<fixtures::VmTest> vm_tests;
    auto tests = fixtures::load_state_and_vm_tests(file, vm_tests);
    if (!tests) return tests.error();
    std::vector<TestCase> out;
    for (StateTest& test : *tests)
        append_cases(std::move(test), out);
    for (fixtures::VmTest& test : vm_tests)
        if (!test.records_calls) out.push_back(vm_case(std::move(test)));
    return out;
}

}  // namespace switchyard::conformance
