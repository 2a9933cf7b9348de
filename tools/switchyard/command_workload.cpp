// SPDX-License-Identifier: Apache-2.0
// `switchyard workload list|generate`: the catalogue of workloads, and their traffic as files.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>

#include "host/core/hex.hpp"
#include "tools/switchyard/commands.hpp"
#include "tools/switchyard/output.hpp"
#include "tools/switchyard/workload_options.hpp"
#include "tools/workloads/genesis_export.hpp"
#include "tools/workloads/sign_workload.hpp"

namespace switchyard::tool {
namespace {

using workloads::WorkloadKind;

struct GenerateSettings {
    std::string name;
    workloads::WorkloadOptions workload;
    std::string out;
    std::string genesis;
    bool binary = false;
    bool json = false;
};

int run_list(bool json) {
    if (json) {
        nlohmann::json out = nlohmann::json::array();
        for (const WorkloadKind& kind : workloads::workload_kinds())
            out.push_back({{"name", kind.name},
                           {"contracts", workloads::contracts_of(kind)},
                           {"summary", kind.summary},
                           {"contention", kind.contention},
                           {"failing_percent_max", kind.failing_percent_max}});
        fmt::print("{}\n", out.dump(2));
        return kExitSuccess;
    }
    size_t name_width = 0;
    size_t summary_width = 0;
    for (const WorkloadKind& kind : workloads::workload_kinds()) {
        name_width = std::max(name_width, kind.name.size());
        summary_width = std::max(summary_width, kind.summary.size());
    }
    const auto print = [&](std::string_view name, std::string_view summary,
                           std::string_view contracts, std::string_view contention) {
        fmt::print("{:<{}}  {:<{}}  {:>9}  {}\n", name, name_width, summary, summary_width,
                   contracts, contention);
    };
    print("name", "what runs", "contracts", "what its transactions meet in");
    for (const WorkloadKind& kind : workloads::workload_kinds())
        print(kind.name, kind.summary, std::to_string(workloads::contracts_of(kind).size()),
              kind.contention);
    return kExitSuccess;
}

Result<void> write_transactions(const std::vector<Bytes>& encoded, const std::string& file,
                                bool binary) {
    std::ofstream out(file, std::ios::binary | std::ios::trunc);
    for (const Bytes& bytes : encoded) {
        if (binary) {
            const auto size = static_cast<uint32_t>(bytes.size());
            const std::array<char, 4> length{static_cast<char>(size >> 24),
                                             static_cast<char>(size >> 16),
                                             static_cast<char>(size >> 8), static_cast<char>(size)};
            out.write(length.data(), length.size());
            out.write(reinterpret_cast<const char*>(bytes.data()),
                      static_cast<std::streamsize>(bytes.size()));
        } else {
            out << to_hex(bytes) << '\n';
        }
    }
    out.close();
    if (!out) return Error{ErrorCode::Io, "cannot write " + file + ": " + std::strerror(errno)};
    return {};
}

int run_generate(const GenerateSettings& settings) {
    auto workload = workloads::make_workload(settings.name, settings.workload);
    if (!workload) return report_error(workload.error());
    const auto chain = workloads::WorkloadChain::open(*workload);
    if (!chain) return report_error(chain.error());
    const auto encoded = workloads::sign_transactions(workload->transactions, settings.workload);
    if (const auto written = write_transactions(encoded, settings.out, settings.binary); !written)
        return report_error(written.error());
    if (!settings.genesis.empty())
        if (const auto written = workloads::write_genesis_file(**chain, settings.genesis); !written)
            return report_error(written.error());
    size_t bytes = 0;
    for (const Bytes& transaction : encoded)
        bytes += transaction.size();
    if (settings.json) {
        const nlohmann::json out{{"name", workload->name},
                                 {"transactions", encoded.size()},
                                 {"transaction_bytes", bytes},
                                 {"setup_transactions", workload->setup.size()},
                                 {"setup_gas", (*chain)->setup_gas()},
                                 {"accounts", (*chain)->state().account_count()},
                                 {"chain_id", (*chain)->config().chain_id},
                                 {"out", settings.out},
                                 {"genesis", settings.genesis}};
        fmt::print("{}\n", out.dump(2));
        return kExitSuccess;
    }
    fmt::print("{} signed transactions, {} bytes: {}\n", with_commas(encoded.size()),
               with_commas(bytes), settings.out);
    if (!settings.genesis.empty())
        fmt::print("{} accounts after {} transactions of preparation: {}\n",
                   with_commas((*chain)->state().account_count()),
                   with_commas(workload->setup.size()), settings.genesis);
    return kExitSuccess;
}

void add_generate(CLI::App& workload, int& exit_code) {
    auto* command = workload.add_subcommand("generate", "Write the signed traffic of a workload");
    const auto settings = std::make_shared<GenerateSettings>();
    command->add_option("NAME", settings->name, "Kind of workload: " + workload_names())
        ->required();
    add_workload_options(*command, settings->workload);
    command->add_option("--chain-id", settings->workload.chain_id, "Chain id of the transactions")
        ->capture_default_str();
    command
        ->add_option_function<std::string>(
            "--fork",
            [settings](const std::string& fork) {
                const auto revision = revision_from_name(fork);
                if (!revision || *revision < Revision::Cancun)
                    throw CLI::ValidationError("--fork", "Cancun, Prague, Osaka or Amsterdam");
                settings->workload.revision = *revision;
            },
            "Rules of the chain: Cancun, Prague, Osaka or Amsterdam")
        ->default_str("Cancun");
    command
        ->add_option("--out", settings->out,
                     "File for the transactions, one in hex on each line, in the order to send")
        ->required();
    command->add_flag("--binary", settings->binary,
                      "Instead of hex: 4 bytes of length, big-endian, then the transaction");
    command->add_option("--genesis", settings->genesis,
                        "File for the chain to send them to, as a genesis.json of go-ethereum");
    command->add_flag("--json", settings->json, "Print one JSON object");
    command->footer(
        "The genesis block holds the state after the preparation (contracts, balances, "
        "allowances), so that the first block\n"
        "is traffic already. Keys follow from the seed and are public. The same options give the "
        "same files on any machine.\n\n"
        "  switchyard workload generate exchange --transactions 5000 --zipf 1 --out txs.hex "
        "--genesis genesis.json");
    command->callback([settings, &exit_code] { exit_code = run_generate(*settings); });
}

}  // namespace

void add_workload_command(CLI::App& app, int& exit_code) {
    auto* command = app.add_subcommand(
        "workload", "What people run on chains, as contracts and generated traffic");
    command->require_subcommand(1);
    auto* list = command->add_subcommand("list", "The kinds, and what their transactions meet in");
    const auto json = std::make_shared<bool>(false);
    list->add_flag("--json", *json, "Print a JSON array");
    list->callback([json, &exit_code] { exit_code = run_list(*json); });
    add_generate(*command, exit_code);
    add_workload_run(*command, exit_code);
}

}  // namespace switchyard::tool
