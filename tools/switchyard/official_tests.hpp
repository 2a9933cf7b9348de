// SPDX-License-Identifier: Apache-2.0
// What `statetest`, `blocktest` and `transactiontest` share: options, the run, its exit code.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "tools/conformance/run_cases.hpp"
#include "tools/conformance/store_import.hpp"
#include "tools/trace/trace_format.hpp"

namespace switchyard::tool {

struct OfficialTestSettings {
    std::string what;  ///< "state tests", for the progress bar
    conformance::LoadCases load;
    /// Called as go-ethereum's `evm`: results are JSON unless `human` is set, and tests that fail
    /// are no failure of the command.
    bool as_evm = false;

    std::vector<std::string> paths;  ///< none: names come from standard input, one a line
    conformance::ExecutionSettings execution;
    std::string mode = "parallel";
    uint32_t jobs = 1;
    std::string run;  ///< regular expression that a test's name contains; empty: every test
    std::string fork;
    int64_t index = -1;  ///< -1: every one
    bool json = false;
    bool human = false;
    bool dump = false;
    bool traces = false;
    bool imports = false;  ///< chains go into stores on disk besides
    bool use_access_lists = true;
    trace::TraceFormat trace_format;
    /// A case is one transaction: its trace ends with EIP-3155's summary.
    bool runs_one_transaction = false;

    [[nodiscard]] bool prints_json() const { return json || dump || (as_evm && !human); }
};

/// Declares the options that all three commands have.
void add_official_test_options(CLI::App& command, OfficialTestSettings& settings);
/// Declares `--execution`, `--trace` and what belongs to them: for tests that execute something.
void add_execution_options(CLI::App& command, OfficialTestSettings& settings);
/// Declares `--import` and what belongs to it: for tests that are chains.
void add_import_options(CLI::App& command, OfficialTestSettings& settings);

/// Runs the tests, prints what came of them, and gives the exit code: 2 for a file that is
/// malformed or absent, else 1 for a test that fails, else 3 for one that this build or machine
/// cannot run.
[[nodiscard]] int run_official_tests(OfficialTestSettings settings);

}  // namespace switchyard::tool
