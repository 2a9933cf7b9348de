// SPDX-License-Identifier: Apache-2.0
// `switchyard run`: the appliance, until a signal ends it.
#include <fmt/format.h>
#include <signal.h>

#include <chrono>
#include <ctime>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include "host/core/hex.hpp"
#include "host/node/eth/write_values.hpp"
#include "tools/appliance/appliance.hpp"
#include "tools/appliance/development_folder.hpp"
#include "tools/config/read_configuration.hpp"
#include "tools/switchyard/build_info.hpp"
#include "tools/switchyard/commands.hpp"
#include "tools/switchyard/output.hpp"

namespace switchyard::tool {
namespace {

namespace fs = std::filesystem;
using appliance::Appliance;
using appliance::ApplianceOptions;

struct RunSettings {
    std::string file;
    bool dev = false;
    std::string folder;
    uint64_t chain_id = node::DevelopmentOptions{}.chain_id;
    std::string listen = "127.0.0.1:8545";
    uint64_t interval_ms = 100;
    std::string log_level = "warning";
    bool json = false;
};

/// SIGINT, SIGTERM and SIGHUP, taken one by one by the thread that asks. Made before any other
/// thread, which then has them blocked, too.
class Signals {
  public:
    Signals() {
        ::sigemptyset(&set_);
        for (const int each : {SIGINT, SIGTERM, SIGHUP})
            ::sigaddset(&set_, each);
        ::pthread_sigmask(SIG_BLOCK, &set_, nullptr);
    }
    /// 0: none came within `patience`.
    [[nodiscard]] int wait(std::chrono::milliseconds patience) const {
        const std::timespec time{patience.count() / 1000, (patience.count() % 1000) * 1'000'000};
        const int number = ::sigtimedwait(&set_, nullptr, &time);
        return number > 0 ? number : 0;
    }
    /// The next SIGINT or SIGTERM ends the process at once.
    void release() const {
        sigset_t ending;
        ::sigemptyset(&ending);
        ::sigaddset(&ending, SIGINT);
        ::sigaddset(&ending, SIGTERM);
        ::pthread_sigmask(SIG_UNBLOCK, &ending, nullptr);
    }

  private:
    sigset_t set_{};
};

/// Everything that a wallet, a test or a page on this machine may want.
config::Configuration dev_configuration(const RunSettings& settings, const std::string& folder,
                                        bool is_kept) {
    config::Configuration out;
    out.node.folder = folder;
    out.block.interval = std::chrono::milliseconds(settings.interval_ms);
    out.block.beneficiary = "0x0000000000000000000000000000000000000000";
    out.http.enabled = out.websocket.enabled = true;
    out.http.address = out.websocket.address = settings.listen;
    out.http.apis = {"eth", "net", "web3", "txpool", "debug", "switchyard"};
    out.http.cors = {"*"};
    out.http.rate = 0;
    out.http.body = uint64_t{32} << 20;
    out.state.cache = uint64_t{32} << 20;
    out.state.trie_cache = uint64_t{64} << 20;
    if (!is_kept) out.state.sync = "off";
    out.log.level = settings.log_level;
    return out;
}

Result<config::Configuration> read_file_of(const std::string& file) {
    const auto text = config::read_file(file);
    if (!text) return text.error();
    const config::Reading reading = config::read_configuration(*text);
    for (const config::Problem& each : reading.problems)
        fmt::print(stderr, "{}\n", config::to_line(file, each));
    if (!reading.problems.empty())
        return Error{ErrorCode::InvalidInput,
                     fmt::format("{} has {} problem(s); `switchyard config check {}` shows them",
                                 file, reading.problems.size(), file)};
    return reading.configuration;
}

void print_banner(Appliance& running, const RunSettings& settings, const std::string& folder) {
    const uint64_t chain_id = running.chain().config().chain_id;
    if (settings.json) {
        nlohmann::json ports = nlohmann::json::object();
        for (const auto& port : running.listening())
            ports[port.name] = port.address;
        fmt::print("{}\n", nlohmann::json{{"ports", ports},
                                          {"chain_id", chain_id},
                                          {"head", running.chain().head()->block->number()},
                                          {"execution", running.execution()},
                                          {"folder", folder},
                                          {"version", kVersion}}
                               .dump());
        std::fflush(stdout);
        return;
    }
    fmt::print("switchyard {}, chain {}, {}\n", kVersion, chain_id, running.execution());
    for (const auto& port : running.listening())
        fmt::print(
            "  {:<10} {}://{}{}\n", port.name, port.name == "websocket" ? "ws" : "http",
            port.address,
            port.websocket && port.name == "http" ? fmt::format(", ws://{}", port.address) : "");
    if (settings.dev) {
        fmt::print(
            "\nDevelopment accounts, 10,000 ether each, of the mnemonic\n"
            "\"test test test test test test test test test test test junk\".\n"
            "Everybody knows these keys: never use them on a real chain.\n");
        for (const auto& account : node::development_accounts())
            fmt::print("  {}  {}\n", node::eth::checksummed(account.address),
                       to_hex(account.secret));
    }
    fmt::print("\nCtrl-C ends it{}.\n",
               settings.dev && settings.folder.empty() ? " and forgets the chain" : "");
    std::fflush(stdout);
}

std::string joined(const std::vector<std::string_view>& names) {
    return fmt::format("{}", fmt::join(names, " "));
}

/// What is wrong with the file is told, and the appliance goes on as it was.
void reload(Appliance& running, const RunSettings& settings, appliance::OperatorLog& log) {
    if (settings.file.empty()) return log.warning("config", "--dev has no file to read again");
    const auto read = read_file_of(settings.file);
    if (!read) return log.error("config", "not read again", {{"why", read.error().message}});
    const appliance::ReloadReport report = running.reload(*read);
    log.info("config", "read again",
             {{"taken_over", joined(report.taken_over)},
              {"need_a_restart", joined(report.need_restart)}});
    if (!report.need_restart.empty())
        log.warning("config", "some keys that differ are taken over by a restart alone",
                    {{"keys", joined(report.need_restart)}});
    if (!report.refused.empty())
        log.error("config", "some keys stay as they were",
                  {{"keys", joined(report.refused)}, {"why", report.why}});
}

int serve(const ApplianceOptions& options, const RunSettings& settings, appliance::OperatorLog& log,
          const Signals& signals) {
    auto opened = Appliance::open(options, log);
    if (!opened) return report_error(opened.error());
    Appliance& running = **opened;
    print_banner(running, settings, options.configuration.node.folder);
    for (;;) {
        const int number = signals.wait(std::chrono::milliseconds(200));
        if (const auto failed = running.failure()) {
            signals.release();
            running.stop();
            return report_error(*failed);
        }
        if (number == SIGHUP) reload(running, settings, log);
        if (number == SIGINT || number == SIGTERM) break;
    }
    signals.release();
    log.info("appliance", "stopping");
    running.stop();
    return kExitSuccess;
}

int run(const RunSettings& settings) {
    if (settings.dev == !settings.file.empty())
        return report_error(
            {ErrorCode::InvalidInput,
             "give --config FILE (`switchyard init --folder DIR` makes one) or --dev, a chain to "
             "develop on"});
    // Before any thread.
    const Signals signals;
    ApplianceOptions options;
    options.development_chain_id = settings.chain_id;
    options.answers_when_mined = settings.dev;
    options.version = kVersion;
    std::unique_ptr<appliance::DevelopmentFolder> temporary;
    if (settings.dev) {
        std::string folder = settings.folder;
        if (folder.empty()) {
            auto made = appliance::DevelopmentFolder::make(fs::temp_directory_path());
            if (!made) return report_error(made.error());
            temporary = std::move(*made);
            folder = temporary->path().string();
            options.forgets = true;
        }
        options.configuration = dev_configuration(settings, folder, temporary == nullptr);
    } else {
        auto read = read_file_of(settings.file);
        if (!read) return report_error(read.error());
        options.configuration = *std::move(read);
    }
    const config::LogSection& logging = options.configuration.log;
    appliance::OperatorLog log(stderr, appliance::log_level_of(logging.level),
                               logging.format == "json");
    return serve(options, settings, log, signals);
}

}  // namespace

void add_run_command(CLI::App& app, int& exit_code) {
    CLI::App* const command = app.add_subcommand("run", "Run the appliance");
    auto settings = std::make_shared<RunSettings>();
    command->add_option("--config", settings->file,
                        "The configuration (`switchyard init` makes one; `switchyard config "
                        "explain` tells its keys)");
    command->add_flag("--dev", settings->dev,
                      "A chain to develop on: funded accounts with known keys, every fork, a block "
                      "as soon as a transaction waits");
    command->add_option("--folder", settings->folder,
                        "With --dev: keep the chain here; without it, it ends with the process");
    command->add_option("--chain-id", settings->chain_id, "With --dev: the chain's id")
        ->check(CLI::Range(uint64_t{1}, uint64_t{1} << 52))
        ->capture_default_str();
    command
        ->add_option("--listen", settings->listen,
                     "With --dev: where JSON-RPC listens, HTTP and WebSocket; port 0 takes a free "
                     "one")
        ->capture_default_str();
    command
        ->add_option("--interval", settings->interval_ms,
                     "With --dev: the least time between blocks, in ms")
        ->check(CLI::Range(uint64_t{100}, uint64_t{12'000}))
        ->capture_default_str();
    command
        ->add_option("--log-level", settings->log_level,
                     "With --dev: trace, debug, info, warning or error")
        ->check(CLI::IsMember({"trace", "debug", "info", "warning", "error"}))
        ->capture_default_str();
    command->add_flag("--json", settings->json,
                      "Print one JSON object on one line when it serves, instead of the text");
    command->footer(
        "SIGINT and SIGTERM end it in order: what was asked is answered, what was acknowledged is "
        "kept; a second one ends it at once. SIGHUP reads the configuration again.\n\n"
        "  switchyard run --dev\n"
        "  switchyard init --folder /srv/chain --genesis genesis.json\n"
        "  switchyard run --config /srv/chain/switchyard.toml");
    command->callback([settings, &exit_code] { exit_code = run(*settings); });
}

}  // namespace switchyard::tool
