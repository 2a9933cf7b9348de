// SPDX-License-Identifier: Apache-2.0
#include "tools/config/show.hpp"

#include <fmt/format.h>

namespace switchyard::config {
namespace {

constexpr size_t kWidth = 100;

/// Lines of `text` of up to `kWidth` characters, each behind "# ".
std::string commented(std::string_view text) {
    std::string out;
    std::string line = "#";
    while (!text.empty()) {
        const std::string_view word = text.substr(0, text.find(' '));
        text.remove_prefix(std::min(text.size(), word.size() + 1));
        if (line.size() + 1 + word.size() > kWidth) {
            out += line + "\n";
            line = "#";
        }
        line += fmt::format(" {}", word);
    }
    return out + line + "\n";
}

std::string how_it_changes(const Setting& setting) {
    return setting.reloads ? "May change while the appliance runs." : "A restart takes it over.";
}

const Value default_of(const Setting& setting) {
    static const Configuration kDefaults;
    return setting.get(kDefaults);
}

}  // namespace

std::string example_file() {
    std::string out = commented(
        "Switchyard's configuration (TOML 1.0). Every key is here with its default: remove the # "
        "in "
        "front of one to set it. What reloads may change while the appliance runs, all else at its "
        "next start. `switchyard config check FILE` says what is wrong with a file, `switchyard "
        "config explain KEY` what a key means.");
    for (const Table& table : tables()) {
        out += fmt::format("\n{}[{}]\n", commented(table.meaning), table.name);
        for (const Setting& setting : settings()) {
            if (setting.table() != table.name) continue;
            std::string text(setting.meaning);
            if (setting.kind != Kind::Text) text += fmt::format(" Takes {}.", range_of(setting));
            if (setting.reloads) text += " Reloads.";
            out += fmt::format("\n{}#{} = {}\n", commented(text), setting.key(),
                               to_toml(setting, default_of(setting)));
        }
    }
    return out;
}

std::string effective_file(const Reading& reading, const std::string& file) {
    std::string out;
    for (const Table& table : tables()) {
        out += fmt::format("{}[{}]\n", out.empty() ? "" : "\n", table.name);
        for (const Setting& setting : settings()) {
            if (setting.table() != table.name) continue;
            const auto place = reading.places.find(setting.name);
            out += fmt::format("{:<60} # {}\n",
                               fmt::format("{} = {}", setting.key(),
                                           to_toml(setting, setting.get(reading.configuration))),
                               place == reading.places.end()
                                   ? "default"
                                   : fmt::format("{}:{}", file, place->second.line));
        }
    }
    return out;
}

std::string explanation(const Setting& setting) {
    return fmt::format("{}\n  {}\n  takes    {}\n  default  {}\n  {}\n", setting.name,
                       setting.meaning, range_of(setting), to_toml(setting, default_of(setting)),
                       how_it_changes(setting));
}

}  // namespace switchyard::config
