// SPDX-License-Identifier: Apache-2.0
// One block against traces of it that were tampered with.
#include "tools/diff/stream_comparison.hpp"

#include <gtest/gtest.h>

#include <cstdio>
#include <functional>

#include "host/core/hex.hpp"
#include "tests/unit/execute/execute_fixture.hpp"
#include "tools/trace/trace_writer.hpp"

namespace switchyard::diff {
namespace {

using Lines = std::vector<std::string>;

class StreamComparisonFixture : public execute::test::ExecuteFixture {
  protected:
    StreamComparisonFixture() {
        give(sender_, Uint256(execute::test::kEther));
        give(contract_, Uint256(0), 1, *from_hex("602a60015560005060105000"));
        for (uint64_t nonce = 0; nonce < 2; ++nonce) {
            SignedTransaction transaction = payment();
            transaction.transaction.nonce = nonce;
            transaction.transaction.to = contract_;
            transactions_.push_back(transaction);
        }
    }

    Result<execute::BlockResult> execute(execute::BlockTracing& tracing) {
        execute::BlockInput in = input(transactions_);
        in.scope = execute::BlockScope::TransactionsOnly;
        in.tracing = &tracing;
        return execute::execute_block_serial(in, state_);
    }

    /// The block's trace as another program would print it.
    Lines trace_of_block() {
        std::string text;
        trace::BlockTraceWriter writer({}, [&](size_t, const trace::TraceWriter& lines,
                                               const execute::TransactionOutcome& outcome) {
            text += lines.lines();
            trace::TraceSummary summary;
            summary.output = outcome.output;
            summary.gas_used = lines.message_gas_used();
            trace::append_line(text, summary);
        });
        EXPECT_TRUE(execute(writer).has_value());
        Lines out;
        for (size_t at = 0; at < text.size(); at = text.find('\n', at) + 1)
            out.push_back(text.substr(at, text.find('\n', at) - at));
        return out;
    }

    StreamComparison& compare(const Lines& lines, StreamSettings settings = {}) {
        std::FILE* file = std::tmpfile();
        for (const std::string& line : lines)
            std::fprintf(file, "%s\n", line.c_str());
        std::rewind(file);
        reader_.emplace(trace::LineReader(file, "other.jsonl"));
        comparison_.emplace(*reader_, std::move(settings));
        const auto result = execute(*comparison_);
        comparison_->end_block(result, [] { return Bytes32{}; });
        comparison_->finish();
        return *comparison_;
    }

    static std::string replaced(std::string line, const std::string& from, const std::string& to) {
        const size_t at = line.find(from);
        EXPECT_NE(at, std::string::npos) << line;
        return line.replace(at, from.size(), to);
    }

    const Address contract_ = execute::test::address_of(9);
    std::vector<SignedTransaction> transactions_;
    std::optional<trace::TraceReader> reader_;
    std::optional<StreamComparison> comparison_;
};

TEST_F(StreamComparisonFixture, FindsItsOwnTraceEqual) {
    for (const bool buffers : {false, true}) {
        StreamSettings settings;
        settings.buffers = buffers;
        const StreamComparison& same = compare(trace_of_block(), settings);
        EXPECT_FALSE(same.divergence().has_value());
        EXPECT_FALSE(same.error().has_value());
        EXPECT_EQ(same.transactions(), 2U);
        EXPECT_EQ(same.steps(), 16U);
    }
}

TEST_F(StreamComparisonFixture, NamesTheLineThatWasChanged) {
    const Lines whole = trace_of_block();
    struct Case {
        const char* from;
        const char* to;
        const char* field;
    };
    // Line 11 is the SSTORE of the second transaction: 8 lines and a summary come before its trace.
    for (const Case& item :
         {Case{"\"gas\":\"0x", "\"gas\":\"0x1", "gas"}, Case{"\"pc\":4", "\"pc\":5", "pc"},
          Case{"\"op\":85", "\"op\":84", "op"},
          Case{"\"gasCost\":\"0x", "\"gasCost\":\"0x1", "gasCost"},
          Case{"\"0x1\"]", "\"0x2\"]", "stack[0]"}, Case{"\"depth\":1", "\"depth\":2", "depth"},
          Case{"\"refund\":0", "\"refund\":7", "refund"},
          Case{"\"memSize\":0", "\"memSize\":32", "memSize"}}) {
        Lines changed = whole;
        changed.at(11) = replaced(changed[11], item.from, item.to);
        const auto& d = compare(changed).divergence();
        ASSERT_TRUE(d.has_value()) << item.field;
        EXPECT_EQ(d->field, item.field);
        EXPECT_EQ(d->transaction, 1U);
        EXPECT_EQ(d->step, 2U);
        EXPECT_EQ(d->pc, 4U);
        EXPECT_EQ(d->opcode, "SSTORE");
        StreamSettings ignoring;
        ignoring.ignored = {item.field};
        if (std::string(item.field) == "gasCost") {
            EXPECT_FALSE(compare(changed, ignoring).divergence().has_value());
        }
    }
}

TEST_F(StreamComparisonFixture, NamesWhatIsMissingAndWhatIsTooMuch) {
    const Lines whole = trace_of_block();
    Lines cut(whole.begin(), whole.begin() + 12);
    const auto missing = compare(cut).divergence();
    ASSERT_TRUE(missing.has_value());
    EXPECT_EQ(missing->field, "instruction");
    EXPECT_EQ(missing->found, "the end of the trace");
    EXPECT_EQ(missing->step, 3U);

    Lines without_one = whole;
    without_one.erase(without_one.begin() + 11);
    EXPECT_EQ(compare(without_one).divergence()->field, "pc");

    Lines longer = whole;
    longer.push_back(whole[0]);
    EXPECT_EQ(compare(longer).divergence()->expected, "the end of the trace");

    Lines other_gas = whole;
    other_gas.back() = replaced(other_gas.back(), "\"gasUsed\":\"0x", "\"gasUsed\":\"0xf");
    const auto gas = compare(other_gas).divergence();
    EXPECT_EQ(gas->field, "gasUsed");
    EXPECT_EQ(gas->transaction, 1U);
}

TEST_F(StreamComparisonFixture, BearsWhatOtherClientsLeaveOut) {
    Lines sparse;
    for (const std::string& line : trace_of_block()) {
        if (line.find("\"STOP\"") != std::string::npos) continue;
        sparse.push_back(line.find("\"pc\"") == std::string::npos
                             ? "{\"output\":\"\",\"gasUsed\":\"0x" + std::string("c6ec") + "\"}"
                             : replaced(line, ",\"refund\":0", ",\"error\":null"));
    }
    // The gas of the whole transaction in the place of the message's.
    SignedTransaction first = transactions_[0];
    const auto outcome = run(first);
    char text[32];
    std::snprintf(text, sizeof(text), "%llx", static_cast<unsigned long long>(outcome.gas_used));
    Lines first_only;
    for (const std::string& line : sparse) {
        first_only.push_back(line.find("\"pc\"") == std::string::npos
                                 ? std::string("{\"gasUsed\":\"0x") + text + "\"}"
                                 : line);
        if (line.find("\"pc\"") == std::string::npos) break;
    }
    StreamSettings only_first;
    only_first.only_transaction = 0;
    const StreamComparison& same = compare(first_only, only_first);
    EXPECT_FALSE(same.divergence().has_value())
        << (same.divergence() ? to_text(*same.divergence()) : "");
    EXPECT_EQ(same.transactions(), 1U);
}

TEST_F(StreamComparisonFixture, StopsAtALineThatIsMalformed) {
    Lines broken = trace_of_block();
    broken.at(3) = "{\"pc\":6,";
    const StreamComparison& stopped = compare(broken);
    ASSERT_TRUE(stopped.error().has_value());
    EXPECT_EQ(stopped.error()->code, ErrorCode::InvalidInput);
    EXPECT_NE(stopped.error()->message.find("other.jsonl:4"), std::string::npos);
}

TEST_F(StreamComparisonFixture, ComparesTheStatementsOfAnotherBuild) {
    Lines whole = trace_of_block();
    trace::BlockTraceWriter unused({}, [](size_t, const auto&, const auto&) {});
    const auto result = execute(unused);
    const auto lines = result_lines(result);
    for (const ResultLine& line : lines) {
        std::string text = "{\"result\":";
        trace::append_json_string(text, line.name);
        text += ",\"value\":";
        trace::append_json_string(text, line.value);
        whole.push_back(text + "}");
    }
    StreamSettings settings;
    settings.has_statements = true;
    EXPECT_FALSE(compare(whole, settings).divergence().has_value());

    const auto slot = std::find_if(whole.begin(), whole.end(), [](const std::string& line) {
        return line.find("slot 0x1") != std::string::npos;
    });
    ASSERT_NE(slot, whole.end());
    Lines changed = whole;
    changed.at(static_cast<size_t>(slot - whole.begin())) = replaced(*slot, "0x2a", "0x2b");
    const auto d = compare(changed, settings).divergence();
    ASSERT_TRUE(d.has_value());
    EXPECT_EQ(d->field, "account " + to_hex(contract_) + ", slot 0x1");
    EXPECT_EQ(d->expected, "0x2a");
    EXPECT_EQ(d->found, "0x2b");

    Lines missing = whole;
    missing.erase(missing.begin() + (slot - whole.begin()));
    EXPECT_EQ(compare(missing, settings).divergence()->expected, "0x2a");
}

}  // namespace
}  // namespace switchyard::diff
