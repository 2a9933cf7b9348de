// SPDX-License-Identifier: Apache-2.0
// `switchyard demo`: signed transactions from a virtual NIC over the whole road into blocks,
// checked against serial execution.
#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "host/core/hex.hpp"
#include "simd/cpu_targets.hpp"
#include "tools/switchyard/commands.hpp"
#include "tools/switchyard/demo_run.hpp"
#include "tools/switchyard/measure.hpp"
#include "tools/switchyard/output.hpp"
#include "tools/switchyard/prediction_text.hpp"

namespace switchyard::tool {
namespace {

double per_second(const StationCounters& counters) {
    return counters.busy_ns == 0 ? 0
                                 : static_cast<double>(counters.transactions) * 1e9 /
                                       static_cast<double>(counters.busy_ns);
}

double ns_each(const StationCounters& counters) {
    return counters.transactions == 0
               ? 0
               : static_cast<double>(counters.busy_ns) / static_cast<double>(counters.transactions);
}

void print(const DemoReport& report, const DemoSettings& settings) {
    fmt::print("wire        {}\n", report.wire_description);
    fmt::print("detector    {} ({})\n", settings.lanes.detector, report.detector);
    fmt::print("SIMD        {}\n", simd::active_target());
    fmt::print("workload    {} payments, {} ERC-20 transfers, {} accounts, seed {}\n\n",
               with_commas(report.payments), with_commas(report.token_transfers),
               with_commas(settings.workload.accounts), settings.workload.seed);
    Table table({"station", "transactions", "per second", "ns each"});
    const auto row = [&table](std::string name, const StationCounters& counters) {
        table.add({std::move(name), with_commas(counters.transactions),
                   with_commas(static_cast<uint64_t>(per_second(counters))),
                   with_commas(static_cast<uint64_t>(ns_each(counters)))});
    };
    for (size_t i = 0; i < kStationCount; ++i) {
        const auto station = static_cast<Station>(i);
        row(std::string(to_string(station)), report.stations[station]);
    }
    row("(serial execution)", report.serial);
    fmt::print("{}\n", table.to_string());
    fmt::print("{} blocks, {} gas, {} frames, {} lanes on {} threads, {} waits, {} aborts\n",
               with_commas(report.blocks), with_commas(report.gas),
               with_commas(report.wire.frames_received), settings.lanes.lanes,
               settings.lanes.threads, with_commas(report.waits), with_commas(report.aborts));
    if (settings.lanes.learn) fmt::print("{}\n", describe(report.prediction));
    if (!report.templates_error.empty())
        fmt::print("templates not read, and learned anew: {}\n", report.templates_error);
    fmt::print("{} signatures verified by one equation per batch, {} recovered one by one\n",
               with_commas(report.verify.signatures_proven),
               with_commas(report.verify.transactions - report.verify.signatures_proven));
    if (const std::string happened = describe(report.health); !happened.empty())
        fmt::print("{}\n", happened);
    fmt::print("frame to durable block: {} transactions per second\n",
               with_commas(static_cast<uint64_t>(static_cast<double>(report.transactions) * 1e9 /
                                                 static_cast<double>(report.wall_ns))));
    fmt::print("state root {}\n", to_hex(report.state_root));
    fmt::print("parallel = serial: {}\n", good("yes"));
}

nlohmann::json to_json(const DemoReport& report, const DemoSettings& settings) {
    nlohmann::json stations = nlohmann::json::object();
    const auto describe = [](const StationCounters& counters) {
        return nlohmann::json{{"transactions", counters.transactions},
                              {"busy_ns", counters.busy_ns},
                              {"transactions_per_second", per_second(counters)},
                              {"ns_per_transaction", ns_each(counters)}};
    };
    for (size_t i = 0; i < kStationCount; ++i) {
        const auto station = static_cast<Station>(i);
        stations[std::string(to_string(station))] = describe(report.stations[station]);
    }
    return {{"machine", machine_description()},
            {"wire", report.wire_description},
            {"detector", settings.lanes.detector},
            {"detector_fallbacks", report.health.fallbacks},
            {"detector_taken_out", report.health.taken_out()},
            {"detector_returns", report.health.returns},
            {"detector_cross_checks", report.health.cross_checks},
            {"lanes", settings.lanes.lanes},
            {"threads", settings.lanes.threads},
            {"payments", report.payments},
            {"token_transfers", report.token_transfers},
            {"blocks", report.blocks},
            {"transactions", report.transactions},
            {"gas", report.gas},
            {"frames", report.wire.frames_received},
            {"signatures_proven", report.verify.signatures_proven},
            {"signatures_recovered", report.verify.transactions - report.verify.signatures_proven},
            {"waits", report.waits},
            {"aborts", report.aborts},
            {"prediction", prediction_json(report.prediction)},
            {"templates_error", report.templates_error},
            {"stations", stations},
            {"serial_execution", describe(report.serial)},
            {"wall_ns", report.wall_ns},
            {"state_root", to_hex(report.state_root)},
            {"parallel_equals_serial", true}};
}

}  // namespace

void add_demo_command(CLI::App& app, int& exit_code) {
    auto* command =
        app.add_subcommand("demo", "Run a workload of signed transactions over the whole road");
    const auto settings = std::make_shared<DemoSettings>();
    command->add_option("--transactions", settings->workload.transactions, "How many")
        ->capture_default_str();
    command
        ->add_option("--accounts", settings->workload.accounts,
                     "Funded accounts that send and receive")
        ->capture_default_str();
    command
        ->add_option("--token-percent", settings->workload.token_percent,
                     "Share of ERC-20 transfers; the rest are payments")
        ->capture_default_str();
    command
        ->add_option("--hot-percent", settings->workload.hot_percent,
                     "Share that goes to one recipient")
        ->capture_default_str();
    command->add_option("--seed", settings->workload.seed, "Seed of the workload")
        ->capture_default_str();
    command->add_option("--lanes", settings->lanes.lanes, "Lanes of a block, 1 to 64")
        ->capture_default_str();
    command->add_option("--threads", settings->lanes.threads, "Threads that execute")
        ->capture_default_str();
    command
        ->add_option("--detector", settings->lanes.detector,
                     "Conflict detector: see 'switchyard version'")
        ->capture_default_str();
    command
        ->add_option("--card-faults", settings->lanes.detector_options.emulated_fault_one_in,
                     "Let one in so many runs of the emulated device fail: hang, answer late, "
                     "wrongly or not at all; with --detector emulation")
        ->check(CLI::Range(2, 1'000'000));
    command->add_flag("--look-ahead", settings->lanes.look_ahead,
                      "Arrange each block so that heavy transactions and long chains come first");
    command->add_option("--store", settings->store, "Keep the state in this new folder");
    command->add_option("--templates", settings->templates,
                        "Read what was learned before from this file, and write it at the end");
    command->add_flag("!--no-learn", settings->lanes.learn,
                      "Do not learn what contracts access: predict by what transactions say");
    command->add_flag("--no-hints", settings->no_hints,
                      "Do not name senders, so that every signature is recovered");
    command->add_flag("--json", settings->json, "Print one JSON object");
    command->footer(
        "Makes and signs the workload, sends it through a virtual NIC as a gateway that names its "
        "accounts, and takes it\n"
        "from there over every station: ingress, verify, pool, plan, detect, execute, commit. Each "
        "block is then executed\n"
        "again, serially, over a state of its own; any difference ends the run with exit code 1. "
        "Station times are wall\n"
        "time within the station. The emulated detector shows the function of the card, not its "
        "speed.");
    command->callback([settings, &exit_code] {
        if (settings->lanes.detector_options.emulated_fault_one_in != 0 &&
            settings->lanes.detector != "emulation") {
            exit_code = report_error({ErrorCode::InvalidInput,
                                      "--card-faults is for the emulated device: add --detector "
                                      "emulation"});
            return;
        }
        const auto report = run_demo(*settings);
        if (!report) {
            exit_code = report_error(report.error());
            return;
        }
        if (settings->json)
            fmt::print("{}\n", to_json(*report, *settings).dump(2));
        else
            print(*report, *settings);
        exit_code = kExitSuccess;
    });
}

}  // namespace switchyard::tool
