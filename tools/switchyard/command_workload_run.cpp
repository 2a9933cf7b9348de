// SPDX-License-Identifier: Apache-2.0
// `switchyard workload run NAME`: a workload over a road and serially, with a page that draws it.
#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <ctime>
#include <memory>

#include "tools/report/page.hpp"
#include "tools/switchyard/commands.hpp"
#include "tools/switchyard/measure.hpp"
#include "tools/switchyard/output.hpp"
#include "tools/switchyard/simulation_report.hpp"
#include "tools/switchyard/workload_options.hpp"
#include "tools/switchyard/workload_run.hpp"

namespace switchyard::tool {
namespace {

double each(uint64_t amount, uint64_t transactions) {
    return static_cast<double>(amount) / static_cast<double>(transactions);
}

double per_second(uint64_t transactions, uint64_t ns) {
    return static_cast<double>(transactions) * 1e9 / static_cast<double>(ns);
}

Spread speed_ups_of(const WorkloadRun& run) {
    const auto [least, most] = std::ranges::minmax(run.rounds, {}, &WorkloadRound::speed_up);
    return {least.speed_up(), run.median().speed_up(), most.speed_up()};
}

void print(const WorkloadRun& run, const WorkloadRunSettings& settings) {
    const WorkloadRound& round = run.median();
    const Spread speed_up = speed_ups_of(run);
    fmt::print("{}: {} transactions in {} blocks, {} gas, {} failed; prepared by {} transactions\n",
               settings.name, with_commas(run.transactions), with_commas(run.blocks),
               with_commas(run.gas), with_commas(run.failed), with_commas(run.setup_transactions));
    fmt::print("{} lanes, {} threads, detector {} ({})\n\n", settings.road.lanes,
               settings.road.threads, settings.road.detector, run.detector);
    Table table({"station", "ns per transaction", "per second"});
    const auto row = [&](const char* name, uint64_t ns) {
        table.add(
            {name, fmt::format("{:.0f}", each(ns, run.transactions)),
             ns == 0 ? "-" : with_commas(static_cast<uint64_t>(per_second(run.transactions, ns)))});
    };
    row("predict", round.stations[Station::Plan].busy_ns);
    row("detect", round.stations[Station::Detect].busy_ns);
    row("execute", round.stations[Station::Execute].busy_ns);
    row("(all of the road)", round.parallel_ns);
    row("(serial execution)", round.serial_ns);
    fmt::print("{}\n", table.to_string());
    fmt::print("speed-up {:.2f}x over serial execution ({:.2f} to {:.2f} in {} rounds)\n",
               speed_up.median, speed_up.min, speed_up.max, run.rounds.size());
    fmt::print(
        "{} waits between lanes; {} transactions ran twice ({:.2f}%), {} in order without "
        "speculation\n",
        with_commas(round.waits), with_commas(round.aborts),
        100 * each(round.aborts, run.transactions), with_commas(round.in_order));
    const PredictionStatistics& predicted = round.predictions;
    if (predicted.compared != 0)
        fmt::print(
            "predicted slots: {:.1f}% recall, {:.1f}% precision, of {} transactions compared\n",
            100 * predicted.slots.recall(), 100 * predicted.slots.precision(),
            with_commas(predicted.compared));
    fmt::print(
        "CPU time per transaction: {:.1f} us parallel, waiting threads included; {:.1f} us "
        "serial\n",
        each(round.parallel_cpu_ns, run.transactions) / 1000,
        each(round.serial_cpu_ns, run.transactions) / 1000);
    if (run.has_energy)
        fmt::print(
            "energy per transaction, of the whole package: {:.1f} uJ parallel, {:.1f} uJ "
            "serial\n",
            each(round.parallel_uj, run.transactions), each(round.serial_uj, run.transactions));
    else
        fmt::print("energy per transaction: not known: {}\n", run.no_energy_reason);
    if (const std::string happened = describe(run.health); !happened.empty())
        fmt::print("{}\n", happened);
    fmt::print("parallel = serial: {}\n", good("yes"));
    if (!settings.report.empty()) fmt::print("report: {}\n", settings.report);
}

nlohmann::json to_json(const PredictionStatistics& predictions) {
    const auto counts = [](const KeyCounts& keys) {
        return nlohmann::json{{"predicted", keys.predicted},
                              {"accessed", keys.accessed},
                              {"both", keys.both},
                              {"precision", keys.precision()},
                              {"recall", keys.recall()}};
    };
    return {{"transactions", predictions.transactions}, {"templated", predictions.templated},
            {"observed", predictions.observed},         {"compared", predictions.compared},
            {"slots", counts(predictions.slots)},       {"accounts", counts(predictions.accounts)}};
}

nlohmann::json to_json(const WorkloadRound& round, bool has_energy) {
    nlohmann::json out = {{"serial_ns", round.serial_ns},
                          {"serial_cpu_ns", round.serial_cpu_ns},
                          {"parallel_ns", round.parallel_ns},
                          {"parallel_cpu_ns", round.parallel_cpu_ns},
                          {"speed_up", round.speed_up()},
                          {"predict_ns", round.stations[Station::Plan].busy_ns},
                          {"detect_ns", round.stations[Station::Detect].busy_ns},
                          {"execute_station_ns", round.stations[Station::Execute].busy_ns},
                          {"waits", round.waits},
                          {"aborts", round.aborts},
                          {"in_order", round.in_order}};
    if (has_energy) {
        out["serial_uj"] = round.serial_uj;
        out["parallel_uj"] = round.parallel_uj;
    }
    return out;
}

nlohmann::json to_json(const WorkloadRun& run, const WorkloadRunSettings& settings) {
    const WorkloadRound& round = run.median();
    const Spread speed_up = speed_ups_of(run);
    nlohmann::json rounds = nlohmann::json::array();
    for (const WorkloadRound& one : run.rounds)
        rounds.push_back(to_json(one, run.has_energy));
    nlohmann::json energy = {{"available", run.has_energy}};
    if (run.has_energy) {
        energy["serial_uj"] = round.serial_uj;
        energy["parallel_uj"] = round.parallel_uj;
    } else {
        energy["reason"] = run.no_energy_reason;
    }
    return {
        {"workload", settings.name},
        {"machine", machine_description()},
        {"settings",
         {{"lanes", settings.road.lanes},
          {"threads", settings.road.threads},
          {"detector", settings.road.detector},
          {"look_ahead", settings.road.look_ahead},
          {"block", settings.block},
          {"rounds", settings.rounds},
          {"transactions", settings.workload.transactions},
          {"users", settings.workload.users},
          {"instances", settings.workload.instances},
          {"zipf", settings.workload.zipf},
          {"hot_percent", settings.workload.hot_percent},
          {"seed", settings.workload.seed}}},
        {"totals",
         {{"transactions", run.transactions},
          {"blocks", run.blocks},
          {"gas", run.gas},
          {"failed", run.failed},
          {"setup_transactions", run.setup_transactions},
          {"setup_gas", run.setup_gas},
          {"accounts", run.accounts},
          {"speed_up", {{"min", speed_up.min}, {"median", speed_up.median}, {"max", speed_up.max}}},
          {"serial_per_second", per_second(run.transactions, round.serial_ns)},
          {"parallel_per_second", per_second(run.transactions, round.parallel_ns)},
          {"serial_cpu_ns", round.serial_cpu_ns},
          {"parallel_cpu_ns", round.parallel_cpu_ns},
          {"waits", round.waits},
          {"aborts", round.aborts},
          {"in_order", round.in_order},
          {"prediction", to_json(round.predictions)},
          {"energy", energy}}},
        {"rounds", rounds},
        {"detector_fallbacks", run.health.fallbacks},
        {"parallel_equals_serial", true}};
}

std::string command_line(const WorkloadRunSettings& settings) {
    std::string out = fmt::format(
        "switchyard workload run {} --transactions {} --users {} --instances {} --zipf {} "
        "--hot-percent {} --seed {} --lanes {} --threads {} --block {} --rounds {} --detector {}",
        settings.name, settings.workload.transactions, settings.workload.users,
        settings.workload.instances, settings.workload.zipf, settings.workload.hot_percent,
        settings.workload.seed, settings.road.lanes, settings.road.threads, settings.block,
        settings.rounds, settings.road.detector);
    if (settings.road.look_ahead) out += " --look-ahead";
    return out + " --report " + settings.report;
}

Result<void> write_report(const WorkloadRun& run, const WorkloadRunSettings& settings) {
    nlohmann::json page = to_json(run, settings);
    const auto& kinds = workloads::workload_kinds();
    const auto kind = std::ranges::find(kinds, settings.name, &workloads::WorkloadKind::name);
    page["summary"] = kind->summary;
    page["contention"] = kind->contention;
    page["command"] = command_line(settings);
    page["date"] = fmt::format("{:%Y-%m-%d %H:%M} UTC", fmt::gmtime(std::time(nullptr)));
    page["block"] = run.block;
    page["simulation"] = simulation_json({settings.name, page["settings"]}, run.study);
    return report::write_page(settings.report, report::run_page(page));
}

int run_command(const WorkloadRunSettings& settings, bool json) {
    const auto run = run_workload(settings);
    if (!run) return report_error(run.error());
    if (!settings.report.empty())
        if (auto written = write_report(*run, settings); !written)
            return report_error(written.error());
    if (json)
        fmt::print("{}\n", to_json(*run, settings).dump(2));
    else
        print(*run, settings);
    return kExitSuccess;
}

}  // namespace

void add_workload_run(CLI::App& workload, int& exit_code) {
    auto* command = workload.add_subcommand(
        "run", "Run a workload over a road and serially, and compare every block");
    const auto settings = std::make_shared<WorkloadRunSettings>();
    const auto json = std::make_shared<bool>(false);
    command->add_option("NAME", settings->name, "Kind of workload: " + workload_names())
        ->required();
    add_workload_options(*command, settings->workload);
    command->add_option("--block", settings->block, "Transactions of a block")
        ->capture_default_str();
    command->add_option("--lanes", settings->road.lanes, "Lanes of a block, 1 to 64")
        ->capture_default_str();
    command->add_option("--threads", settings->road.threads, "Threads that execute")
        ->capture_default_str();
    add_planning_options(*command, settings->road);
    command->add_option("--rounds", settings->rounds, "Times that the whole chain runs")
        ->capture_default_str();
    command->add_option("--report", settings->report,
                        "Write a page that draws what happened; it opens without a network");
    command
        ->add_option("--report-block", settings->report_block,
                     "The block that the page draws, from 1; 0: the last full one")
        ->capture_default_str();
    command->add_flag("--json", *json, "Print one JSON object");
    command->footer(
        "Makes the workload, prepares the chain, and executes each block serially and over plan, "
        "detector and lanes, in\n"
        "turns which comes first. Results must be equal in receipts, gas, logs and state; a "
        "difference ends the run with exit\n"
        "code 1. The round in the middle counts. Only compare figures of one run: on a busy "
        "machine two threads do not get two\n"
        "cores.\n"
        "Example: switchyard workload run exchange --zipf 0.8 --report page.html");
    command->callback([settings, json, &exit_code] {
        settings->quiet = *json;
        exit_code = run_command(*settings, *json);
    });
}

}  // namespace switchyard::tool
