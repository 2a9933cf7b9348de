// SPDX-License-Identifier: Apache-2.0
// `switchyard init`: a folder that `switchyard run` can run in.
#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "host/core/hex.hpp"
#include "tools/appliance/node_folder.hpp"
#include "tools/switchyard/commands.hpp"
#include "tools/switchyard/output.hpp"

namespace switchyard::tool {
namespace {

struct InitSettings {
    std::string folder;
    std::string genesis;
    bool dev = false;
    uint64_t interval_ms = 0;
    bool json = false;
};

void print(const appliance::NodeFolder& made, bool by_clock) {
    fmt::print("chain {}, genesis block {}", made.chain_id, to_hex(made.genesis));
    fmt::print("{}\n", made.head == 0 ? std::string{} : fmt::format(", head {}", made.head));
    fmt::print("  {:<16} {}{}\n", "configuration", made.configuration.string(),
               made.configuration_is_new ? "" : " (was there, and is left as it is)");
    fmt::print("  {:<16} {}\n  {:<16} {}\n", "engine's secret", made.engine_secret.string(),
               "admin's secret", made.admin_secret.string());
    fmt::print("\nNext:\n  switchyard config explain        # what can be said in it\n");
    fmt::print("  switchyard run --config {}\n", made.configuration.string());
    if (made.configuration_is_new && !by_clock)
        fmt::print("and point the consensus client to http://127.0.0.1:8551 with the secret {}\n",
                   made.engine_secret.string());
}

int run(const InitSettings& settings) {
    if (settings.dev == !settings.genesis.empty())
        return report_error({ErrorCode::InvalidInput,
                             "give --genesis FILE, in go-ethereum's format, or --dev for a chain "
                             "whose accounts' keys everybody knows"});
    appliance::NodeFolderRequest request;
    request.folder = settings.folder;
    request.genesis = settings.genesis;
    request.interval_ms = settings.interval_ms;
    if (settings.dev && request.interval_ms == 0) request.interval_ms = 100;
    const auto made = appliance::make_node_folder(request);
    if (!made) return report_error(made.error());
    if (!settings.json) {
        print(*made, request.interval_ms != 0);
        return kExitSuccess;
    }
    fmt::print("{}\n", nlohmann::json{{"configuration", made->configuration.string()},
                                      {"configuration_is_new", made->configuration_is_new},
                                      {"engine_secret", made->engine_secret.string()},
                                      {"admin_secret", made->admin_secret.string()},
                                      {"chain_id", made->chain_id},
                                      {"genesis", to_hex(made->genesis)},
                                      {"head", made->head}}
                           .dump(2));
    return kExitSuccess;
}

}  // namespace

void add_init_command(CLI::App& app, int& exit_code) {
    CLI::App* const command = app.add_subcommand(
        "init", "Make a folder for a chain: configuration, secrets, first block");
    auto settings = std::make_shared<InitSettings>();
    command->add_option("--folder", settings->folder, "Where")->required();
    auto* const genesis = command->add_option("--genesis", settings->genesis,
                                              "The genesis file, in go-ethereum's format");
    command->add_flag("--dev", settings->dev, "A development chain with funded accounts")
        ->excludes(genesis);
    command
        ->add_option("--interval", settings->interval_ms,
                     "Build blocks by the clock, every so many ms (100 to 12,000); without it a "
                     "consensus client drives the chain by the Engine API; --dev: 100")
        ->check(CLI::Range(uint64_t{100}, uint64_t{12'000}));
    command->add_flag("--json", settings->json, "Print one JSON object");
    command->footer(
        "A folder that has a chain already is completed when its genesis block is the same, and "
        "refused when it is not.\n"
        "Secrets are made for their owner alone (mode 0600), and never overwritten.\n\n"
        "  switchyard init --folder /srv/chain --genesis genesis.json\n"
        "  switchyard init --folder /tmp/dev --dev");
    command->callback([settings, &exit_code] { exit_code = run(*settings); });
}

}  // namespace switchyard::tool
