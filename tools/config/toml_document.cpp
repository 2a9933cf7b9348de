// SPDX-License-Identifier: Apache-2.0
#include "tools/config/toml_document.hpp"

#include <toml++/toml.h>

#include <algorithm>
#include <sstream>

namespace switchyard::config {
namespace {

Place place_of(const toml::source_position& position) {
    return {static_cast<uint32_t>(position.line), static_cast<uint32_t>(position.column)};
}

std::string name_of_type(const toml::node& node) {
    std::ostringstream out;
    out << node.type();
    return out.str();
}

decltype(TomlEntry::value) value_of(const toml::node& node) {
    if (const auto* flag = node.as_boolean()) return flag->get();
    if (const auto* number = node.as_integer()) return number->get();
    if (const auto* text = node.as_string()) return text->get();
    if (const auto* array = node.as_array()) {
        std::vector<std::string> texts;
        for (const toml::node& each : *array) {
            const auto* text = each.as_string();
            if (text == nullptr) return OtherType{"an array that holds more than texts"};
            texts.push_back(text->get());
        }
        return texts;
    }
    return OtherType{name_of_type(node)};
}

/// Depth is bounded by the parser (TOML_MAX_NESTED_VALUES).
void flatten(const toml::table& table, const std::string& prefix, TomlDocument& out) {
    for (const auto& [key, node] : table) {
        const std::string name = prefix + std::string(key.str());
        if (const auto* inner = node.as_table()) {
            out.tables.push_back({name, place_of(inner->source().begin)});
            flatten(*inner, name + ".", out);
            continue;
        }
        out.entries.push_back({name, value_of(node), place_of(key.source().begin),
                               place_of(node.source().begin), place_of(node.source().end)});
    }
}

}  // namespace

std::variant<TomlDocument, SyntaxError> parse_toml(std::string_view text) {
    // The library as Debian builds it throws.
    try {
        TomlDocument out;
        flatten(toml::parse(text), "", out);
        std::ranges::sort(out.entries, {}, &TomlEntry::begin);
        std::ranges::sort(out.tables, {}, &TomlTable::place);
        return out;
    } catch (const toml::parse_error& error) {
        return SyntaxError{place_of(error.source().begin), std::string(error.description())};
    }
}

}  // namespace switchyard::config
