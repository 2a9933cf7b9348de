// SPDX-License-Identifier: Apache-2.0
// The subcommands. Each function adds one to `app`; when it was chosen and has run, its exit code
// stands in `exit_code`.
#pragma once

#include <CLI/CLI.hpp>

namespace switchyard::tool {

void add_demo_command(CLI::App& app, int& exit_code);
void add_replay_command(CLI::App& app, int& exit_code);
void add_bench_command(CLI::App& app, int& exit_code);
void add_card_command(CLI::App& app, int& exit_code);
void add_config_command(CLI::App& app, int& exit_code);
void add_diff_command(CLI::App& app, int& exit_code);
void add_generate_load_command(CLI::App& app, int& exit_code);
void add_init_command(CLI::App& app, int& exit_code);
void add_port_command(CLI::App& app, int& exit_code);
void add_run_command(CLI::App& app, int& exit_code);
void add_send_command(CLI::App& app, int& exit_code);
void add_simulate_command(CLI::App& app, int& exit_code);
void add_snapshot_command(CLI::App& app, int& exit_code);
void add_state_command(CLI::App& app, int& exit_code);
void add_t8n_command(CLI::App& app, int& exit_code);
void add_trace_command(CLI::App& app, int& exit_code);
void add_version_command(CLI::App& app, int& exit_code);
void add_workload_command(CLI::App& app, int& exit_code);
/// `run` below the command `workload`.
void add_workload_run(CLI::App& workload, int& exit_code);
/// `firmware` below the command `card`.
void add_card_firmware(CLI::App& card, int& exit_code);
/// `statetest`, `blocktest` and `transactiontest`. `as_evm`: they behave as go-ethereum's `evm`.
void add_test_commands(CLI::App& app, bool as_evm, int& exit_code);

}  // namespace switchyard::tool
