// SPDX-License-Identifier: Apache-2.0
// `switchyard diff FILE...`: the first divergence between two executions.
#include <fmt/format.h>

#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>

#include "host/state/memory_state.hpp"
#include "host/state/trie/state_trie.hpp"
#include "tools/diff/execution_diff.hpp"
#include "tools/diff/stream_comparison.hpp"
#include "tools/diff/subprocess.hpp"
#include "tools/switchyard/commands.hpp"
#include "tools/switchyard/output.hpp"
#include "tools/switchyard/selection_options.hpp"

namespace switchyard::tool {
namespace {

using conformance::BlockExecutor;
using conformance::ExecutionMode;
using conformance::TestCase;

struct DiffSettings {
    diff::CaseSelection selection;
    std::string against;
    std::string trace_file;
    std::string execution = "serial";
    std::optional<size_t> transaction;
    std::vector<std::string> ignored;
    bool memory = false;
    uint32_t lanes = 4;
    uint32_t threads = 2;
    bool json = false;
};

/// What was compared, and where it parted.
struct DiffReport {
    std::optional<diff::Divergence> divergence;
    size_t cases = 0;
    size_t blocks = 0;
    size_t transactions = 0;
    size_t steps = 0;
};

conformance::ExecutionSettings execution_of(const DiffSettings& settings, ExecutionMode mode) {
    conformance::ExecutionSettings out;
    out.mode = mode;
    out.lanes = settings.lanes;
    out.threads = settings.threads;
    return out;
}

diff::Executor executor_of(BlockExecutor& executor) {
    return [&executor](const execute::BlockInput& input, const StateView& parent,
                       const BlockExecutor::MakeRoots& make_roots) {
        return executor.execute(input, parent, make_roots);
    };
}

/// Runs the selected cases one after another until `found` gives a divergence.
Result<void> run_cases(const DiffSettings& settings, BlockExecutor& executor, DiffReport& report,
                       const std::function<std::optional<diff::Divergence>()>& found) {
    const auto visited = diff::for_each_case(settings.selection, [&](const TestCase& test) {
        (void)test.run(executor);
        ++report.cases;
        report.divergence = found();
        if (report.divergence) report.divergence->test = diff::title_of(test);
        return !report.divergence;
    });
    if (!visited) return visited.error();
    return {};
}

/// (a) Serial and parallel execution.
Result<DiffReport> diff_executions(const DiffSettings& settings) {
    BlockExecutor serial(execution_of(settings, ExecutionMode::Serial));
    BlockExecutor parallel(execution_of(settings, ExecutionMode::Parallel));
    DiffReport report;
    std::optional<diff::Divergence> found;
    BlockExecutor both([&](const execute::BlockInput& input, const StateView& parent,
                           const BlockExecutor::MakeRoots& make_roots) {
        auto compared = diff::compare_block(executor_of(serial), executor_of(parallel), input,
                                            parent, make_roots, settings.memory);
        if (!found) found = compared.divergence;
        ++report.blocks;
        report.transactions += compared.transactions;
        report.steps += compared.steps;
        return std::move(compared.result);
    });
    if (const auto ran = run_cases(settings, both, report, [&] { return found; }); !ran)
        return ran.error();
    return report;
}

Bytes32 root_after(const StateView& parent, const Result<execute::BlockResult>& result) {
    // Only state tests have summaries with roots, and their state is a whole one.
    const auto* before = dynamic_cast<const MemoryState*>(&parent);
    if (before == nullptr) return {};
    MemoryState after = *before;
    if (result) after.apply(result->changes);
    return trie::state_root(after.all());
}

/// (b) and (c): our execution against what `reader` gives.
Result<DiffReport> diff_stream(const DiffSettings& settings, trace::TraceReader& reader) {
    const ExecutionMode mode = *conformance::execution_mode_from_name(settings.execution);
    diff::StreamSettings how;
    how.ignored = {settings.ignored.begin(), settings.ignored.end()};
    how.only_transaction = settings.transaction;
    how.buffers = mode == ExecutionMode::Parallel;
    how.memory = settings.memory;
    how.has_statements = !settings.against.empty();
    diff::StreamComparison comparison(reader, how);
    BlockExecutor ours(execution_of(settings, mode));
    DiffReport report;
    std::optional<uint64_t> block_of_divergence;
    BlockExecutor watched([&](const execute::BlockInput& input, const StateView& parent,
                              const BlockExecutor::MakeRoots& make_roots) {
        execute::BlockInput traced = input;
        traced.tracing = &comparison;
        auto result = ours.execute(traced, parent, make_roots);
        comparison.end_block(result, [&] { return root_after(parent, result); });
        ++report.blocks;
        if (comparison.divergence() && !block_of_divergence)
            block_of_divergence = input.header->number;
        return result;
    });
    const auto ran = run_cases(settings, watched, report, [&] { return comparison.divergence(); });
    if (!ran) return ran.error();
    if (!report.divergence) {
        comparison.finish();
        report.divergence = comparison.divergence();
    }
    if (comparison.error()) return *comparison.error();
    if (report.divergence) report.divergence->block = block_of_divergence;
    report.transactions = comparison.transactions();
    report.steps = comparison.steps();
    return report;
}

/// (b) Another build, which prints what (c) reads.
Result<DiffReport> diff_builds(const DiffSettings& settings) {
    std::vector<std::string> arguments = {settings.against, "trace", "--results", "--execution",
                                          settings.execution};
    const auto add = [&](const char* option, const std::string& value) {
        if (value.empty()) return;
        arguments.emplace_back(option);
        arguments.push_back(value);
    };
    add("--test", settings.selection.test);
    add("--fork", settings.selection.fork);
    add("--case", settings.selection.arguments);
    if (settings.transaction) add("--transaction", std::to_string(*settings.transaction));
    if (settings.memory) arguments.emplace_back("--trace.memory");
    arguments.emplace_back("--trace.returndata");
    arguments.emplace_back("--");
    arguments.insert(arguments.end(), settings.selection.files.begin(),
                     settings.selection.files.end());
    auto other = diff::Subprocess::start(arguments);
    if (!other) return other.error();
    Result<DiffReport> report = DiffReport{};
    size_t lines = 0;
    bool read_to_end = false;
    {
        trace::TraceReader reader(trace::LineReader(other->take_output(), settings.against));
        report = diff_stream(settings, reader);
        lines = reader.line_number();
        read_to_end = reader.at_end();
    }
    const int code = other->wait();
    // Where it was not read to its end, its output was closed early: how it ended says nothing.
    if (report && (lines == 0 || (read_to_end && code != kExitSuccess)))
        return Error{ErrorCode::InvalidInput,
                     fmt::format("{}: ended with exit code {}; it must be a switchyard that has "
                                 "the command 'trace'",
                                 settings.against, code)};
    return report;
}

nlohmann::json to_json(const diff::Divergence& d) {
    nlohmann::json out = {{"test", d.test},
                          {"field", d.field},
                          {"expected", d.expected},
                          {"found", d.found},
                          {"text", diff::to_text(d)}};
    if (d.block) out["block"] = *d.block;
    if (d.transaction) out["transaction"] = *d.transaction;
    if (d.step) {
        out["step"] = *d.step;
        out["pc"] = d.pc.value_or(0);
        out["op"] = d.opcode;
    }
    if (d.depth) out["depth"] = *d.depth;
    return out;
}

void print(const DiffReport& report, bool json) {
    if (json) {
        nlohmann::json out = {{"equal", !report.divergence},
                              {"cases", report.cases},
                              {"blocks", report.blocks},
                              {"transactions", report.transactions},
                              {"instructions", report.steps}};
        if (report.divergence) out["divergence"] = to_json(*report.divergence);
        fmt::print("{}\n", out.dump(2));
        return;
    }
    if (report.divergence)
        fmt::print("{} {}\n", bad("differ"), diff::to_text(*report.divergence));
    else
        fmt::print("{} {} cases, {} blocks, {} transactions, {} instructions\n", good("equal"),
                   with_commas(report.cases), with_commas(report.blocks),
                   with_commas(report.transactions), with_commas(report.steps));
}

int run_diff(const DiffSettings& settings) {
    const auto report = [&]() -> Result<DiffReport> {
        if (!settings.against.empty()) return diff_builds(settings);
        if (settings.trace_file.empty()) return diff_executions(settings);
        auto lines = trace::LineReader::open(settings.trace_file);
        if (!lines) return lines.error();
        trace::TraceReader reader(*std::move(lines));
        return diff_stream(settings, reader);
    }();
    if (!report) return report_error(report.error());
    if (report->blocks == 0)
        return report_error({ErrorCode::Unsupported, "none of the selected cases runs a block"});
    print(*report, settings.json);
    return report->divergence ? kExitFailed : kExitSuccess;
}

}  // namespace

void add_diff_command(CLI::App& app, int& exit_code) {
    auto* command = app.add_subcommand(
        "diff", "Find the first divergence between two executions of tests or blocks");
    const auto settings = std::make_shared<DiffSettings>();
    add_selection_options(*command, settings->selection);
    auto* against = command->add_option("--against", settings->against,
                                        "Another build of switchyard: the path of its binary");
    command
        ->add_option("--trace-file", settings->trace_file,
                     "A trace of another client: JSON lines as in EIP-3155")
        ->excludes(against);
    command->add_option("--transaction", settings->transaction,
                        "The trace has only this transaction of its block, from 0");
    command
        ->add_option("--execution", settings->execution,
                     "How this build executes against another or a file")
        ->check(CLI::IsMember({"serial", "parallel"}))
        ->capture_default_str();
    command
        ->add_option("--ignore", settings->ignored,
                     "Fields of a trace that are not compared: gasCost,refund,returnData,...")
        ->delimiter(',');
    command->add_flag("--memory", settings->memory, "Compare the memory of every instruction too");
    command->add_option("--lanes", settings->lanes, "Lanes of parallel execution")
        ->check(CLI::Range(2U, 64U))
        ->capture_default_str();
    command->add_option("--threads", settings->threads, "Threads of parallel execution")
        ->check(CLI::Range(1U, 256U))
        ->capture_default_str();
    command->add_flag("--json", settings->json, "Print one JSON object");
    command->footer(
        "Without --against and --trace-file it compares serial with parallel execution. The "
        "divergence is named with block,\ntransaction, step, pc, opcode, depth and field, and the "
        "values of both sides: expected is serial execution or this\nbuild. Where all traces are "
        "equal, receipts, accounts and slots are compared. Exit code 0: equal; 1: they differ;\n"
        "2: malformed input. Examples:\n"
        "  switchyard diff mainnet/blocks/13217637.json\n"
        "  switchyard diff add.json --fork Berlin --case d0/g0/v0 --trace-file geth.jsonl\n"
        "  switchyard diff tests/ --against ../other/build/bin/switchyard");
    command->callback([settings, &exit_code] { exit_code = run_diff(*settings); });
}

}  // namespace switchyard::tool
