// SPDX-License-Identifier: Apache-2.0
// `switchyard config check|show|set|explain|example`: files that say how an appliance runs.
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>

#include "tools/config/edit.hpp"
#include "tools/config/read_configuration.hpp"
#include "tools/config/setting.hpp"
#include "tools/config/show.hpp"
#include "tools/switchyard/commands.hpp"
#include "tools/switchyard/output.hpp"

namespace switchyard::tool {
namespace {

struct ConfigSettings {
    std::string file;
    std::string key;
    std::string value;
    bool json = false;
};

nlohmann::json to_json(const config::Value& value) {
    return std::visit([](const auto& each) { return nlohmann::json(each); }, value);
}

nlohmann::json to_json(const std::vector<config::Problem>& problems) {
    nlohmann::json out = nlohmann::json::array();
    for (const config::Problem& each : problems)
        out.push_back(
            {{"line", each.place.line}, {"column", each.place.column}, {"message", each.message}});
    return out;
}

/// Empty: every key has its default.
Result<std::string> text_of(const std::string& file) {
    if (file.empty()) return std::string{};
    return config::read_file(file);
}

int print_problems(const ConfigSettings& settings, const config::Reading& reading) {
    for (const config::Problem& each : reading.problems)
        fmt::print(stderr, "{}\n", config::to_line(settings.file, each));
    return kExitUsage;
}

int run_check(const ConfigSettings& settings) {
    const auto text = config::read_file(settings.file);
    if (!text) return report_error(text.error());
    const config::Reading reading = config::read_configuration(*text);
    const int code = reading.problems.empty() ? kExitSuccess : kExitUsage;
    if (settings.json) {
        fmt::print("{}\n", nlohmann::json{{"file", settings.file},
                                          {"valid", reading.problems.empty()},
                                          {"problems", to_json(reading.problems)},
                                          {"warnings", to_json(reading.warnings)}}
                               .dump(2));
        return code;
    }
    for (const config::Problem& each : reading.problems)
        fmt::print("{} {}\n", bad("error"), config::to_line(settings.file, each));
    for (const config::Problem& each : reading.warnings)
        fmt::print("warning {}\n", config::to_line(settings.file, each));
    if (code == kExitSuccess)
        fmt::print("{} {}: {} keys are set, {} have their defaults\n", good("valid"), settings.file,
                   reading.places.size(), config::settings().size() - reading.places.size());
    return code;
}

int run_show(const ConfigSettings& settings) {
    const auto text = text_of(settings.file);
    if (!text) return report_error(text.error());
    const config::Reading reading = config::read_configuration(*text);
    if (!reading.problems.empty()) return print_problems(settings, reading);
    if (!settings.json) {
        fmt::print("{}", config::effective_file(reading, settings.file));
        return kExitSuccess;
    }
    nlohmann::json out;
    for (const config::Setting& each : config::settings())
        out[std::string(each.table())][std::string(each.key())] =
            to_json(each.get(reading.configuration));
    fmt::print("{}\n", out.dump(2));
    return kExitSuccess;
}

int run_set(const ConfigSettings& settings) {
    const auto text = config::read_file(settings.file);
    if (!text) return report_error(text.error());
    const auto changed = config::set_key(*text, settings.key, settings.value);
    if (!changed) return report_error(changed.error());
    if (const auto written = config::replace_file(settings.file, *changed); !written)
        return report_error(written.error());
    const config::Setting& setting = *config::find_setting(settings.key);
    const config::Reading reading = config::read_configuration(*changed);
    fmt::print("{} = {}; {}\n", setting.name,
               config::to_toml(setting, setting.get(reading.configuration)),
               setting.reloads ? "a running appliance takes it over when it reloads"
                               : "the next start takes it over");
    return kExitSuccess;
}

int run_explain(const ConfigSettings& settings) {
    bool found = false;
    for (const config::Setting& each : config::settings()) {
        if (!settings.key.empty() && each.name != settings.key && each.table() != settings.key)
            continue;
        fmt::print("{}{}", found ? "\n" : "", config::explanation(each));
        found = true;
    }
    if (found) return kExitSuccess;
    const std::string_view near = config::nearest_setting(settings.key);
    return report_error({ErrorCode::InvalidInput,
                         near.empty()
                             ? fmt::format("{} is no key and no table", settings.key)
                             : fmt::format("{} is no key; did you mean {}?", settings.key, near)});
}

}  // namespace

void add_config_command(CLI::App& app, int& exit_code) {
    CLI::App* const command =
        app.add_subcommand("config", "Check, show and change a configuration file");
    command->require_subcommand(1);
    command->footer(
        "A configuration is a TOML file; what it does not say has a default.\n"
        "  switchyard config example > switchyard.toml    every key, explained\n"
        "  switchyard config check switchyard.toml        what is wrong, with line and column\n"
        "  switchyard config set switchyard.toml pool.bytes '2 GiB'\n"
        "  switchyard config explain pool                 the keys of a table, or one");
    auto settings = std::make_shared<ConfigSettings>();
    const auto add = [&](const char* name, const char* text, int (*run)(const ConfigSettings&)) {
        CLI::App* const sub = command->add_subcommand(name, text);
        sub->callback([settings, run, &exit_code] { exit_code = run(*settings); });
        return sub;
    };
    CLI::App* const check = add("check", "Say everything that is wrong with a file", run_check);
    check->add_option("FILE", settings->file, "The file")->required();
    check->add_flag("--json", settings->json, "Print one JSON object");
    CLI::App* const show = add("show", "Print every key with its value and its origin", run_show);
    show->add_option("FILE", settings->file, "The file; without it, the defaults");
    show->add_flag("--json", settings->json, "Print one JSON object");
    CLI::App* const set = add("set", "Change one key, and leave all else as it is", run_set);
    set->add_option("FILE", settings->file, "The file")->required();
    set->add_option("KEY", settings->key, "As pool.transactions")->required();
    set->add_option("VALUE", settings->value, "As in a file; quotes may be left out")->required();
    CLI::App* const explain = add("explain", "Say what keys mean and what they take", run_explain);
    explain->add_option("KEY", settings->key, "A key or a table; without it, all keys");
    add("example", "Print a file with every key, explained", [](const ConfigSettings&) -> int {
        fmt::print("{}", config::example_file());
        return kExitSuccess;
    });
}

}  // namespace switchyard::tool
