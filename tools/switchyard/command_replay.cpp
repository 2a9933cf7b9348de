// SPDX-License-Identifier: Apache-2.0
// `switchyard replay PATH...`: real mainnet blocks over the whole road, checked against their
// headers and serial execution.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>

#include "tools/switchyard/block_replay.hpp"
#include "tools/switchyard/commands.hpp"
#include "tools/switchyard/measure.hpp"
#include "tools/switchyard/output.hpp"
#include "tools/switchyard/prediction_text.hpp"

namespace switchyard::tool {
namespace {

namespace fs = std::filesystem;

struct ReplaySettings {
    std::vector<std::string> paths;
    ReplayVariant variant;
    std::string plan = "detector";
    bool matrix = false;
    bool json = false;
};

/// The files named, and the `*.json` below folders, by block number where the name is one.
Result<std::vector<fs::path>> block_files(const std::vector<std::string>& paths) {
    std::vector<fs::path> out;
    for (const std::string& path : paths) {
        std::error_code error;
        if (fs::is_directory(path, error)) {
            for (fs::recursive_directory_iterator it(path, error), end; !error && it != end;
                 it.increment(error))
                if (it->is_regular_file() && it->path().extension() == ".json" &&
                    it->path().filename() != "index.json")
                    out.push_back(it->path());
        } else if (fs::is_regular_file(path, error)) {
            out.emplace_back(path);
        } else {
            return Error{ErrorCode::NotFound, path + ": no such file or folder"};
        }
        if (error) return Error{ErrorCode::Io, path + ": " + error.message()};
    }
    if (out.empty()) return Error{ErrorCode::NotFound, "no block files (*.json) in what was named"};
    std::sort(out.begin(), out.end(), [](const fs::path& a, const fs::path& b) {
        const std::string left = a.filename().string();
        const std::string right = b.filename().string();
        return left.size() != right.size() ? left.size() < right.size() : left < right;
    });
    return out;
}

std::vector<ReplayVariant> variants_of(const ReplaySettings& settings) {
    std::vector<ReplayVariant> out = {settings.variant};
    if (!settings.matrix) return out;
    for (const uint32_t threads : {1U, 2U}) {
        for (const uint32_t lanes : {1U, 2U, 8U})
            for (const DetectorChoice& choice : available_detectors())
                if (choice.available)
                    out.push_back({.lanes = {.lanes = lanes,
                                             .threads = threads,
                                             .detector = std::string(choice.name)}});
        out.push_back(
            {.lanes = {
                 .lanes = 8, .threads = threads, .detector = "software", .look_ahead = true}});
        for (const PlanSource plan : {PlanSource::Random, PlanSource::RoundRobin})
            out.push_back(
                {.lanes = {.lanes = 8, .threads = threads, .detector = "reference"}, .plan = plan});
    }
    return out;
}

nlohmann::json to_json(const ReplayOutcome& outcome) {
    nlohmann::json checks = nlohmann::json::array();
    for (const ReplayCheck& check : outcome.checks)
        checks.push_back({{"name", check.name},
                          {"passed", check.passed},
                          {"expected", check.expected},
                          {"found", check.found}});
    return {{"number", outcome.number},
            {"fork", outcome.fork},
            {"transactions", outcome.transactions},
            {"gas_used", outcome.gas_used},
            {"passed", outcome.passed()},
            {"waits", outcome.waits},
            {"aborts", outcome.aborts},
            {"prediction", prediction_json(outcome.prediction)},
            {"serial_ns", outcome.serial_ns},
            {"parallel_ns", outcome.parallel_ns},
            {"checks", checks}};
}

/// "gas bloom receipts state": the header values that were checked and hold.
std::string summary(const ReplayOutcome& outcome) {
    std::string out;
    size_t equal = 0;
    for (const ReplayCheck& check : outcome.checks) {
        if (check.name.starts_with("parallel"))
            equal += check.passed ? 1 : 0;
        else if (check.passed)
            out += (out.empty() ? "" : ", ") + check.name;
    }
    return out + "; parallel = serial" + (equal > 1 ? fmt::format(" in {} ways", equal) : "");
}

struct Totals {
    uint64_t passed = 0;
    uint64_t failed = 0;
    uint64_t transactions = 0;
    uint64_t gas = 0;
    PredictionStatistics prediction;
    int exit_code = kExitSuccess;
};

void replay_one(BlockReplayer& replayer, const fs::path& file, const ReplaySettings& settings,
                Totals& totals, nlohmann::json& all) {
    const auto block = fixtures::load_mainnet_block(file.string());
    const auto outcome = block ? replayer.replay(*block) : Result<ReplayOutcome>(block.error());
    if (!outcome) {
        ++totals.failed;
        const int code =
            report_error({outcome.error().code, file.string() + ": " + outcome.error().message});
        totals.exit_code = std::max(totals.exit_code, code);
        all.push_back(
            {{"file", file.string()}, {"passed", false}, {"error", outcome.error().message}});
        return;
    }
    totals.transactions += outcome->transactions;
    totals.gas += outcome->gas_used;
    totals.prediction += outcome->prediction;
    all.push_back(to_json(*outcome));
    if (outcome->passed()) {
        ++totals.passed;
        if (!settings.json)
            fmt::print("{} {:>9} {:<18} {:>5} txs {:>11} gas {:>4} waits {:>4} aborts  {}\n",
                       good("ok  "), outcome->number, outcome->fork, outcome->transactions,
                       with_commas(outcome->gas_used), outcome->waits, outcome->aborts,
                       summary(*outcome));
        return;
    }
    ++totals.failed;
    totals.exit_code = std::max(totals.exit_code, static_cast<int>(kExitFailed));
    if (settings.json) return;
    fmt::print("{} {:>9} {}\n", bad("FAIL"), outcome->number, outcome->fork);
    for (const ReplayCheck& check : outcome->checks)
        if (!check.passed)
            fmt::print("       {}: expected {}, found {}\n", check.name, check.expected,
                       check.found);
}

int run_replay(const ReplaySettings& settings) {
    const auto files = block_files(settings.paths);
    if (!files) return report_error(files.error());
    auto replayer = BlockReplayer::open(variants_of(settings));
    if (!replayer) return report_error(replayer.error());
    if (!settings.json)
        fmt::print("wire {}; {} ways to execute each block, first: {}\n",
                   (*replayer)->wire_description(), variants_of(settings).size(),
                   settings.variant.name());
    Progress progress("replaying", files->size(), settings.json);
    Totals totals;
    nlohmann::json all = nlohmann::json::array();
    for (size_t i = 0; i < files->size(); ++i) {
        replay_one(**replayer, (*files)[i], settings, totals, all);
        progress.update(i + 1);
    }
    if (settings.json)
        fmt::print("{}\n", nlohmann::json{{"machine", machine_description()},
                                          {"passed", totals.passed},
                                          {"failed", totals.failed},
                                          {"prediction", prediction_json(totals.prediction)},
                                          {"detector_fallbacks", (*replayer)->detector_fallbacks()},
                                          {"blocks", all}}
                               .dump(2));
    else
        fmt::print("{} transactions, {} gas\n{}\n{} passed, {} failed\n",
                   with_commas(totals.transactions), with_commas(totals.gas),
                   describe(totals.prediction), totals.passed, totals.failed);
    return totals.exit_code;
}

}  // namespace

void add_replay_command(CLI::App& app, int& exit_code) {
    auto* command =
        app.add_subcommand("replay", "Replay real mainnet blocks over the road and check them");
    const auto settings = std::make_shared<ReplaySettings>();
    command->add_option("PATH", settings->paths, "Block files, or folders of them")->required();
    command->add_option("--lanes", settings->variant.lanes.lanes, "Lanes of a block, 1 to 64")
        ->capture_default_str();
    command->add_option("--threads", settings->variant.lanes.threads, "Threads that execute")
        ->capture_default_str();
    command
        ->add_option("--detector", settings->variant.lanes.detector,
                     "Conflict detector: see 'switchyard version'")
        ->capture_default_str();
    command->add_flag("--look-ahead", settings->variant.lanes.look_ahead,
                      "Arrange each block so that heavy transactions and long chains come first");
    command
        ->add_option("--plan", settings->plan,
                     "Where lanes come from: detector, or wrong on purpose: random, empty")
        ->check(CLI::IsMember({"detector", "random", "empty"}))
        ->capture_default_str();
    command->add_flag("!--no-learn", settings->variant.lanes.learn,
                      "Do not learn what contracts access: predict by what transactions say");
    command->add_flag("--matrix", settings->matrix,
                      "Execute each block also with 1, 2 and 8 lanes on 1 and 2 threads with every "
                      "detector of this machine,\n"
                      "and with plans that are wrong on purpose");
    command->add_flag("--json", settings->json, "Print one JSON object");
    command->footer(
        "Each block's transactions are framed, sent through a virtual DPDK port and taken from "
        "there over the road; gas,\n"
        "logs bloom and receipts root must be the header's, the state root too where the file has "
        "a witness, and every\n"
        "parallel execution must equal the serial one in receipts and state.");
    command->callback([settings, &exit_code] {
        settings->variant.plan = settings->plan == "random"  ? PlanSource::Random
                                 : settings->plan == "empty" ? PlanSource::RoundRobin
                                                             : PlanSource::Detector;
        settings->variant.lanes.learning.compare_all = true;
        exit_code = run_replay(*settings);
    });
}

}  // namespace switchyard::tool
