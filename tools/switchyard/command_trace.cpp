// SPDX-License-Identifier: Apache-2.0
// `switchyard trace FILE...`: the EIP-3155 trace of every transaction in tests and blocks.
#include <fmt/format.h>

#include <memory>

#include "tools/diff/result_lines.hpp"
#include "tools/switchyard/commands.hpp"
#include "tools/switchyard/output.hpp"
#include "tools/switchyard/selection_options.hpp"
#include "tools/switchyard/trace_options.hpp"
#include "tools/trace/trace_writer.hpp"

namespace switchyard::tool {
namespace {

struct TraceSettings {
    diff::CaseSelection selection;
    trace::TraceFormat format;
    std::string execution = "parallel";
    std::optional<size_t> transaction;
    bool results = false;
};

void print(const std::string& text) {
    std::fwrite(text.data(), 1, text.size(), stdout);
}

void print_results(const Result<execute::BlockResult>& result) {
    std::string text;
    for (const diff::ResultLine& line : diff::result_lines(result)) {
        text += "{\"result\":";
        trace::append_json_string(text, line.name);
        text += ",\"value\":";
        trace::append_json_string(text, line.value);
        text += "}\n";
    }
    print(text);
}

int run_trace(const TraceSettings& settings) {
    trace::BlockTraceWriter tracing(settings.format,
                                    [&](size_t index, const trace::TraceWriter& writer,
                                        const execute::TransactionOutcome& outcome) {
                                        if (settings.transaction && *settings.transaction != index)
                                            return;
                                        print(writer.lines());
                                        std::string text;
                                        trace::TraceSummary summary;
                                        summary.output = outcome.output;
                                        summary.gas_used = writer.message_gas_used();
                                        summary.error = evm::describe(outcome.status);
                                        trace::append_line(text, summary);
                                        print(text);
                                    });
    conformance::ExecutionSettings execution;
    execution.mode = *conformance::execution_mode_from_name(settings.execution);
    conformance::BlockExecutor inner(execution);
    conformance::BlockExecutor outer([&](const execute::BlockInput& input, const StateView& parent,
                                         const conformance::BlockExecutor::MakeRoots& make_roots) {
        execute::BlockInput traced = input;
        traced.tracing = &tracing;
        auto result = inner.execute(traced, parent, make_roots);
        if (settings.results) print_results(result);
        return result;
    });
    int exit_code = kExitSuccess;
    const auto visited =
        diff::for_each_case(settings.selection, [&](const conformance::TestCase& test) {
            inner.begin_test(test.name);
            const conformance::Verdict verdict = test.run(outer);
            if (verdict.kind == conformance::Verdict::Kind::Unsupported)
                exit_code = report_error(
                    {ErrorCode::Unsupported, diff::title_of(test) + ": " + verdict.error});
            return true;
        });
    return visited ? exit_code : report_error(visited.error());
}

}  // namespace

void add_trace_command(CLI::App& app, int& exit_code) {
    auto* command = app.add_subcommand("trace", "Print EIP-3155 traces of tests and blocks");
    const auto settings = std::make_shared<TraceSettings>();
    add_selection_options(*command, settings->selection);
    command->add_option("--transaction", settings->transaction,
                        "Only this transaction of each block, from 0");
    command
        ->add_option("--execution", settings->execution,
                     "serial, or parallel over lanes: the trace of what became final")
        ->check(CLI::IsMember({"serial", "parallel"}))
        ->capture_default_str();
    add_trace_format_options(*command, settings->format);
    command->add_flag("--results", settings->results,
                      "After each block a line for every receipt, account and slot, as 'switchyard "
                      "diff --against' reads them");
    command->footer(
        "One JSON line for each instruction, then a summary for each transaction; whether a test "
        "passes does not matter here.\n"
        "Example:\n  switchyard trace add.json --fork Berlin --case d0/g0/v0");
    command->callback([settings, &exit_code] { exit_code = run_trace(*settings); });
}

}  // namespace switchyard::tool
