// SPDX-License-Identifier: Apache-2.0
// `switchyard version`: build, compilers, SIMD targets, backends found.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "host/offload/conflict_detector.hpp"
#include "simd/cpu_targets.hpp"
#include "simd/secp256k1/recover/recover_batch.hpp"
#include "tools/switchyard/build_info.hpp"
#include "tools/switchyard/commands.hpp"
#include "tools/switchyard/output.hpp"

namespace switchyard::tool {
namespace {

nlohmann::json describe() {
    nlohmann::json detectors = nlohmann::json::array();
    for (const DetectorChoice& choice : available_detectors())
        detectors.push_back({{"name", std::string(choice.name)},
                             {"description", std::string(choice.description)},
                             {"available", choice.available},
                             {"reason", choice.reason}});
    return {{"version", kVersion},
            {"commit", kCommit},
            {"compiler", kCompiler},
            {"build_type", kBuildType},
            {"sanitizers", kSanitizers},
            {"simd",
             {{"active", std::string(simd::active_target())},
              {"compiled", simd::compiled_targets()},
              {"supported", simd::supported_targets()},
              {"recovery", std::string(simd::recover_arithmetic())}}},
            {"libraries",
             {{"highway", kHighwayVersion},
              {"dpdk", kHaveDpdk ? kDpdkVersion : "built without"},
              {"xrt", kHaveXrt ? "yes" : "built without"},
              {"sqlite", kSqliteVersion},
              {"isal", kIsalVersion}}},
            {"detectors", detectors}};
}

void print(const nlohmann::json& all) {
    const auto text = [](const nlohmann::json& value) { return value.get<std::string>(); };
    fmt::print("switchyard {} ({})\n", text(all["version"]), text(all["commit"]));
    fmt::print("  built with    {}, {}{}\n", text(all["compiler"]), text(all["build_type"]),
               text(all["sanitizers"]).empty() ? "" : ", sanitizers " + text(all["sanitizers"]));
    const auto& simd = all["simd"];
    fmt::print("  SIMD          {} in use; this CPU runs {}; compiled {}\n", text(simd["active"]),
               fmt::join(simd["supported"].get<std::vector<std::string>>(), " "),
               fmt::join(simd["compiled"].get<std::vector<std::string>>(), " "));
    fmt::print("  recovery      {}\n", text(simd["recovery"]));
    for (const auto& [name, version] : all["libraries"].items())
        fmt::print("  {:<13} {}\n", name, text(version));
    fmt::print("  conflict detectors\n");
    for (const auto& detector : all["detectors"])
        fmt::print("    {:<11} {}: {}{}\n", text(detector["name"]),
                   detector["available"].get<bool>() ? good("available") : bad("not available"),
                   text(detector["description"]),
                   text(detector["reason"]).empty() ? "" : " (" + text(detector["reason"]) + ")");
}

}  // namespace

void add_version_command(CLI::App& app, int& exit_code) {
    auto* command =
        app.add_subcommand("version", "Show what this build is and what it found on this machine");
    const auto json = std::make_shared<bool>(false);
    command->add_flag("--json", *json, "Print one JSON object");
    command->callback([json, &exit_code] {
        const auto all = describe();
        if (*json)
            fmt::print("{}\n", all.dump(2));
        else
            print(all);
        exit_code = kExitSuccess;
    });
}

}  // namespace switchyard::tool
