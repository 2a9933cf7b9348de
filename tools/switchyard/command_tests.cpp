// SPDX-License-Identifier: Apache-2.0
// `switchyard statetest`, `blocktest` and `transactiontest`: the official tests, with the interface
// of go-ethereum's `evm`.
#include <memory>

#include "tools/switchyard/commands.hpp"
#include "tools/switchyard/official_tests.hpp"

namespace switchyard::tool {
namespace {

using Settings = std::shared_ptr<OfficialTestSettings>;

CLI::App* add_command(CLI::App& app, const char* name, const char* description, const char* footer,
                      const Settings& settings, int& exit_code) {
    CLI::App* command = app.add_subcommand(name, description);
    add_official_test_options(*command, *settings);
    command->footer(std::string(footer) +
                    "\nExit codes: 2 where a file is malformed or absent (the others still run), "
                    "else 1 where a test fails,\nelse 3 where one needs what this build or machine "
                    "lacks.");
    command->callback([settings, &exit_code] { exit_code = run_official_tests(*settings); });
    return command;
}

void add_state_test_command(CLI::App& app, bool as_evm, int& exit_code) {
    const auto settings = std::make_shared<OfficialTestSettings>();
    settings->what = "state tests";
    settings->load = conformance::load_state_cases;
    settings->runs_one_transaction = true;
    settings->as_evm = as_evm;
    CLI::App* command =
        add_command(app, "statetest", "Run official state tests (GeneralStateTests, VMTests)",
                    "Each case's transaction must give the state root and the logs hash that the "
                    "test states, or be refused for\nthe reason it states.",
                    settings, exit_code);
    add_execution_options(*command, *settings);
    command->add_option("--fork,--statetest.fork", settings->fork, "Only this fork's cases");
    command
        ->add_option("--index,--statetest.index", settings->index,
                     "Only the case at this place in its fork's list; -1: every one")
        ->capture_default_str();
}

void add_block_test_command(CLI::App& app, bool as_evm, int& exit_code) {
    const auto settings = std::make_shared<OfficialTestSettings>();
    settings->what = "blockchain tests";
    settings->load = conformance::load_blockchain_cases;
    settings->as_evm = as_evm;
    CLI::App* command = add_command(
        app, "blocktest", "Run official blockchain tests, as RLP or as Engine API payloads",
        "Blocks are imported as a client does it: every field and root of the headers, the reason "
        "of each refusal,\nthe head and the state in the end must be what the test states.",
        settings, exit_code);
    add_execution_options(*command, *settings);
    add_import_options(*command, *settings);
    command->add_option("--fork", settings->fork, "Only tests of this network");
}

void add_transaction_test_command(CLI::App& app, bool as_evm, int& exit_code) {
    const auto settings = std::make_shared<OfficialTestSettings>();
    settings->what = "transaction tests";
    settings->load = conformance::load_transaction_cases;
    settings->as_evm = as_evm;
    CLI::App* command =
        add_command(app, "transactiontest", "Run official transaction tests",
                    "Each fork must accept the bytes with the hash, sender and intrinsic gas that "
                    "the test states, or refuse them.",
                    settings, exit_code);
    command->add_option("--fork", settings->fork, "Only this fork's cases");
}

}  // namespace

void add_test_commands(CLI::App& app, bool as_evm, int& exit_code) {
    add_state_test_command(app, as_evm, exit_code);
    add_block_test_command(app, as_evm, exit_code);
    add_transaction_test_command(app, as_evm, exit_code);
}

}  // namespace switchyard::tool
