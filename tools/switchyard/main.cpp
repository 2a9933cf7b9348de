// SPDX-License-Identifier: Apache-2.0
// The `switchyard` command.
#include <fmt/format.h>

#include <filesystem>
#include <string>

#include "tools/switchyard/build_info.hpp"
#include "tools/switchyard/commands.hpp"
#include "tools/switchyard/output.hpp"

int main(int argc, char** argv) {
    using namespace switchyard::tool;
    const bool as_evm = argc > 0 && std::filesystem::path(argv[0]).stem() == "evm";
    CLI::App app{"Switchyard: an execution appliance for EVM chains.",
                 as_evm ? "evm" : "switchyard"};
    std::string ignored;
    if (as_evm) {
        // What drivers of the official tests ask go-ethereum's `evm` for.
        app.set_version_flag("-v,--version",
                             fmt::format("evm version {}-switchyard-{}", kVersion, kCommit));
        app.add_option("--verbosity", ignored, "Taken and not used");
    }
    app.require_subcommand(1);
    app.footer(
        "Exit codes: 0 success; 1 the job ran and its result is wrong; 2 wrong arguments or "
        "malformed input;\n"
        "3 something that this machine or build lacks.\n"
        "'switchyard COMMAND --help' explains a command.");
    int exit_code = kExitSuccess;
    add_demo_command(app, exit_code);
    add_init_command(app, exit_code);
    add_run_command(app, exit_code);
    add_replay_command(app, exit_code);
    add_simulate_command(app, exit_code);
    add_bench_command(app, exit_code);
    add_config_command(app, exit_code);
    add_card_command(app, exit_code);
    add_port_command(app, exit_code);
    add_send_command(app, exit_code);
    add_generate_load_command(app, exit_code);
    add_test_commands(app, as_evm, exit_code);
    add_t8n_command(app, exit_code);
    add_trace_command(app, exit_code);
    add_diff_command(app, exit_code);
    add_snapshot_command(app, exit_code);
    add_state_command(app, exit_code);
    add_workload_command(app, exit_code);
    add_version_command(app, exit_code);
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        // CLI11 prints help or the complaint; every complaint is one exit code for scripts.
        return app.exit(error) == 0 ? kExitSuccess : kExitUsage;
    } catch (const std::exception& error) {
        fmt::print(stderr, "switchyard: internal error: {}\n", error.what());
        return kExitFailed;
    }
    return exit_code;
}
