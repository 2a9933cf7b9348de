// SPDX-License-Identifier: Apache-2.0
#include "tools/switchyard/official_tests.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <iostream>
#include <regex>
#include <thread>

#include "host/offload/lane_plan.hpp"
#include "tools/switchyard/official_tests_output.hpp"
#include "tools/switchyard/output.hpp"
#include "tools/switchyard/trace_options.hpp"
#include "tools/trace/trace_writer.hpp"

namespace switchyard::tool {
namespace {

using conformance::Report;
using conformance::TestCase;

constexpr uint32_t kJobsMax = 1024;
/// std::regex recurses over what it matches; names of real tests have a few hundred bytes.
constexpr size_t kNameBytesMatched = 2048;

/// Which cases `--run`, `--fork` and `--index` leave; none: all. Throws std::regex_error.
std::function<bool(const TestCase&)> selection_of(const OfficialTestSettings& settings) {
    if (settings.run.empty() && settings.fork.empty() && settings.index < 0) return {};
    std::optional<std::regex> pattern;
    if (!settings.run.empty()) pattern.emplace(settings.run);
    return [pattern, fork = settings.fork, index = settings.index](const TestCase& item) {
        if (!fork.empty() && item.fork != fork) return false;
        if (index >= 0 && item.index != static_cast<size_t>(index)) return false;
        return !pattern || std::regex_search(item.name.substr(0, kNameBytesMatched), *pattern);
    };
}

/// Prints the traces of one case after another to standard error.
class TracePrinter {
  public:
    explicit TracePrinter(const OfficialTestSettings& settings)
        : ends_with_case_(settings.runs_one_transaction),
          tracing_(settings.trace_format, [this](size_t, const trace::TraceWriter& writer,
                                                 const execute::TransactionOutcome& outcome) {
              transaction_done(writer, outcome);
          }) {}

    [[nodiscard]] execute::BlockTracing* tracing() { return &tracing_; }

    /// EIP-3155's summary behind a state test's one transaction, if it was executed.
    void case_done(const conformance::CaseRecord& record) {
        if (!outcome_) return;
        trace::TraceSummary summary;
        summary.state_root = record.verdict.state_root;
        summary.output = outcome_->output;
        summary.gas_used = outcome_->gas_used;
        summary.pass = record.verdict.passed();
        summary.error = evm::describe(outcome_->status);
        summary.fork = record.fork;
        print(summary);
        outcome_.reset();
    }

  private:
    void transaction_done(const trace::TraceWriter& writer,
                          const execute::TransactionOutcome& outcome) {
        std::fwrite(writer.lines().data(), 1, writer.lines().size(), stderr);
        if (ends_with_case_) {
            outcome_ = outcome;
            return;
        }
        trace::TraceSummary summary;
        summary.output = outcome.output;
        summary.gas_used = writer.message_gas_used();
        summary.error = evm::describe(outcome.status);
        print(summary);
    }
    static void print(const trace::TraceSummary& summary) {
        std::string line;
        trace::append_line(line, summary);
        std::fwrite(line.data(), 1, line.size(), stderr);
    }

    bool ends_with_case_;
    trace::BlockTraceWriter tracing_;
    std::optional<execute::TransactionOutcome> outcome_;
};

class TestRun {
  public:
    TestRun(const OfficialTestSettings& settings, conformance::RunSettings run)
        : settings_(settings), run_(std::move(run)) {}

    /// One report over everything in `paths`.
    void run(const std::vector<std::string>& paths) {
        std::vector<std::string> files;
        for (const std::string& path : paths) {
            const auto found = conformance::find_test_files({path});
            if (found) {
                files.insert(files.end(), found->begin(), found->end());
            } else {
                note(report_error(found.error()));
                ++totals_.failed;
            }
        }
        Report report(settings_.prints_json());
        {
            Progress progress(settings_.what, files.size(), settings_.prints_json());
            run_.on_progress = [&progress](size_t done) { progress.update(done); };
            conformance::run_cases(files, settings_.load, run_, report);
            run_.on_progress = nullptr;
        }
        if (settings_.prints_json())
            print_json(report, settings_.dump);
        else
            print_failures(report);
        totals_.add(report);
        for (const conformance::FileError& file : report.file_errors())
            note(report_error(file.error) == kExitUnavailable ? kExitUnavailable : kExitUsage);
    }

    [[nodiscard]] int finish() {
        if (!settings_.prints_json()) {
            if (run_.execution.stores != nullptr) print_imports(*run_.execution.stores);
            print_totals(totals_);
        }
        if (!settings_.as_evm) {
            if (totals_.failed != 0) note(kExitFailed);
            if (totals_.unsupported != 0) note(kExitUnavailable);
            if (totals_.cases() == 0 && exit_code_ == kExitSuccess)
                note(report_error({ErrorCode::InvalidInput, "no test was selected"}));
        }
        return exit_code_;
    }

  private:
    /// Of several reasons not to end well, the one that a person has to look at first.
    void note(int code) {
        const auto rank = [](int of) {
            return of == kExitUsage ? 3 : of == kExitFailed ? 2 : of == kExitUnavailable ? 1 : 0;
        };
        if (rank(code) > rank(exit_code_)) exit_code_ = code;
    }

    const OfficialTestSettings& settings_;
    conformance::RunSettings run_;
    TestTotals totals_;
    int exit_code_ = kExitSuccess;
};

std::vector<std::string> read_names() {
    std::vector<std::string> out;
    for (std::string line; std::getline(std::cin, line) && !line.empty();)
        out.push_back(line);
    return out;
}

}  // namespace

void add_official_test_options(CLI::App& command, OfficialTestSettings& settings) {
    settings.jobs = std::clamp(std::thread::hardware_concurrency(), 1U, kJobsMax);
    command.add_option("PATH", settings.paths,
                       "Test files, or folders of them; none: names from standard input, one a "
                       "line");
    command.add_option("--run", settings.run,
                       "Only tests whose name matches this regular expression (ECMAScript)");
    command.add_option("--jobs,-j", settings.jobs, "Tests that run at a time")
        ->check(CLI::Range(1U, kJobsMax))
        ->capture_default_str();
    command.add_flag("--json", settings.json,
                     "Print a JSON array with an object for each case, as go-ethereum's evm does");
    command.add_flag("--human", settings.human, "Print text; the default except as 'evm'")
        ->excludes("--json");
}

void add_execution_options(CLI::App& command, OfficialTestSettings& settings) {
    command
        .add_option("--execution", settings.mode,
                    "parallel: over lanes, with a plan that is wrong on purpose; serial; both: "
                    "their results must be equal")
        ->check(CLI::IsMember({"serial", "parallel", "both"}))
        ->capture_default_str();
    command.add_option("--lanes", settings.execution.lanes, "Lanes of parallel execution")
        ->check(CLI::Range(2U, uint32_t{kLanesMax}))
        ->capture_default_str();
    command
        .add_option("--threads", settings.execution.threads,
                    "Threads that execute the lanes of one block")
        ->check(CLI::Range(1U, kJobsMax))
        ->capture_default_str();
    command.add_option("--seed", settings.execution.seed, "Of the plans")->capture_default_str();
    command.add_flag("--trace", settings.traces,
                     "Print the EIP-3155 trace of every transaction to standard error; one test "
                     "runs at a time");
    add_trace_format_options(command, settings.trace_format);
    command.add_flag("--dump", settings.dump, "Print JSON, with the state after each case");
}

void add_import_options(CLI::App& command, OfficialTestSettings& settings) {
    CLI::Option* const imports = command.add_flag(
        "--import", settings.imports,
        "Import each chain also into a store on disk (below TMPDIR), as an appliance does it: a "
        "block that comes with its\naccess list executes by it, with its root begun before its "
        "transactions");
    command
        .add_flag("!--no-access-lists", settings.use_access_lists,
                  "With --import: execute every block without its access list")
        ->needs(imports);
}

int run_official_tests(OfficialTestSettings settings) {
    settings.execution.mode = conformance::execution_mode_from_name(settings.mode)
                                  .value_or(conformance::ExecutionMode::Parallel);
    conformance::RunSettings run;
    run.execution = settings.execution;
    conformance::StoreImports stores;
    stores.use_access_lists = settings.use_access_lists;
    stores.threads = settings.execution.threads;
    if (settings.imports) run.execution.stores = &stores;
    run.jobs = settings.jobs;
    run.keep_states = settings.dump;
    TracePrinter traces(settings);
    if (settings.traces) {
        run.execution.tracing = traces.tracing();
        run.on_case = [&traces](const conformance::CaseRecord& record) {
            traces.case_done(record);
        };
        run.jobs = 1;
    }
    try {
        run.select = selection_of(settings);
    } catch (const std::regex_error&) {
        return report_error(
            {ErrorCode::InvalidInput, "--run " + settings.run + ": is not a regular expression"});
    }
    TestRun tests(settings, std::move(run));
    if (!settings.paths.empty()) {
        tests.run(settings.paths);
        return tests.finish();
    }
    if (::isatty(STDIN_FILENO) == 1)
        return report_error({ErrorCode::InvalidInput,
                             "no test file: name files or folders, or give their names on standard "
                             "input, one a line"});
    if (!settings.prints_json()) {
        tests.run(read_names());
        return tests.finish();
    }
    // Drivers write one name and wait for its result before they write the next.
    for (std::string line; std::getline(std::cin, line) && !line.empty();)
        tests.run({line});
    return tests.finish();
}

}  // namespace switchyard::tool
