// SPDX-License-Identifier: Apache-2.0
#include "tools/config/setting.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <numeric>
#include <utility>

namespace switchyard::config {
namespace {

struct Unit {
    std::string_view name;
    uint64_t size;
};
// Smallest first.
constexpr std::array<Unit, 5> kByteUnits{{{"B", 1},
                                          {"KiB", uint64_t{1} << 10},
                                          {"MiB", uint64_t{1} << 20},
                                          {"GiB", uint64_t{1} << 30},
                                          {"TiB", uint64_t{1} << 40}}};
constexpr std::array<Unit, 4> kDurationUnits{
    {{"ms", 1}, {"s", 1'000}, {"min", 60'000}, {"h", 3'600'000}}};

/// A number, spaces, a unit.
std::optional<uint64_t> parse_with_unit(std::string_view text, std::span<const Unit> units) {
    uint64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{}) return std::nullopt;
    std::string_view name = text.substr(static_cast<size_t>(end - text.data()));
    while (name.starts_with(' '))
        name.remove_prefix(1);
    const auto unit = std::ranges::find(units, name, &Unit::name);
    if (unit == units.end() || number > UINT64_MAX / unit->size) return std::nullopt;
    return number * unit->size;
}

/// In the largest unit that divides it.
std::string with_unit(uint64_t value, std::span<const Unit> units) {
    const Unit* best = &units.front();
    for (const Unit& unit : units)
        if (value != 0 && value % unit.size == 0) best = &unit;
    return fmt::format("{} {}", value / best->size, best->name);
}

/// A basic string of TOML 1.0.
std::string quoted(std::string_view text) {
    std::string out = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\')
            out += fmt::format("\\{}", c);
        else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f)
            out += fmt::format("\\u{:04X}", static_cast<unsigned char>(c));
        else
            out += c;
    }
    return out + "\"";
}

std::string listed(std::span<const std::string_view> words) {
    std::string out;
    for (size_t i = 0; i < words.size(); ++i) {
        if (i != 0) out += i + 1 == words.size() ? " or " : ", ";
        out += words[i];
    }
    return out;
}

/// How many characters have to be inserted, removed or replaced (Levenshtein).
size_t distance(std::string_view a, std::string_view b) {
    std::vector<size_t> row(b.size() + 1);
    std::iota(row.begin(), row.end(), size_t{0});
    for (size_t i = 0; i < a.size(); ++i) {
        size_t diagonal = std::exchange(row[0], i + 1);
        for (size_t j = 0; j < b.size(); ++j) {
            const size_t replaced = diagonal + (a[i] == b[j] ? 0 : 1);
            diagonal = row[j + 1];
            row[j + 1] = std::min({replaced, row[j] + 1, diagonal + 1});
        }
    }
    return row.back();
}

std::optional<std::string> problem_of_text(const Setting& setting, const std::string& text) {
    if (!setting.choices.empty() &&
        std::ranges::find(setting.choices, text) == setting.choices.end())
        return fmt::format("\"{}\" is not {}", text, listed(setting.choices));
    if (setting.check == nullptr) return std::nullopt;
    if (const auto problem = setting.check(text)) return fmt::format("\"{}\" {}", text, *problem);
    return std::nullopt;
}

}  // namespace

const Setting* find_setting(std::string_view name) {
    const auto found = std::ranges::find(settings(), name, &Setting::name);
    return found == settings().end() ? nullptr : &*found;
}

std::string_view nearest_setting(std::string_view name) {
    constexpr size_t kNameMax = 64;  // the work grows with the product of the lengths
    if (name.size() > kNameMax) return {};
    std::string_view best;
    size_t least = std::max<size_t>(2, name.size() / 4) + 1;
    for (const Setting& setting : settings())
        for (const std::string_view candidate : {setting.name, setting.key()})
            if (const size_t d = distance(name, candidate); d < least) {
                least = d;
                best = setting.name;
            }
    return best;
}

std::optional<uint64_t> parse_bytes(std::string_view text) {
    return parse_with_unit(text, kByteUnits);
}

std::optional<uint64_t> parse_duration(std::string_view text) {
    return parse_with_unit(text, kDurationUnits);
}

std::string to_toml(const Setting& setting, const Value& value) {
    switch (setting.kind) {
        case Kind::Switch:
            return std::get<bool>(value) ? "true" : "false";
        case Kind::Count:
            return std::to_string(std::get<uint64_t>(value));
        case Kind::Bytes:
            return quoted(with_unit(std::get<uint64_t>(value), kByteUnits));
        case Kind::Duration:
            return quoted(with_unit(std::get<uint64_t>(value), kDurationUnits));
        case Kind::Text:
        case Kind::Choice:
            return quoted(std::get<std::string>(value));
        case Kind::Texts:
            break;
    }
    std::string out = "[";
    for (const std::string& text : std::get<std::vector<std::string>>(value)) {
        if (out.size() > 1) out += ", ";
        out += quoted(text);
    }
    return out + "]";
}

std::string range_of(const Setting& setting) {
    switch (setting.kind) {
        case Kind::Switch:
            return "true or false";
        case Kind::Count:
            return fmt::format("{} to {}{}{}", setting.min, setting.max,
                               setting.unit.empty() ? "" : " ", setting.unit);
        case Kind::Bytes:
            return fmt::format("{} to {}", with_unit(setting.min, kByteUnits),
                               with_unit(setting.max, kByteUnits));
        case Kind::Duration:
            return fmt::format("{} to {}", with_unit(setting.min, kDurationUnits),
                               with_unit(setting.max, kDurationUnits));
        case Kind::Choice:
            return listed(setting.choices);
        case Kind::Text:
            return "text";
        case Kind::Texts:
            break;
    }
    if (setting.choices.empty()) return "an array of texts";
    return "an array of " + listed(setting.choices);
}

std::optional<std::string> problem_of(const Setting& setting, const Value& value) {
    if (const auto* number = std::get_if<uint64_t>(&value)) {
        if (*number >= setting.min && *number <= setting.max) return std::nullopt;
        return fmt::format("{} is not in {}", to_toml(setting, value), range_of(setting));
    }
    if (const auto* text = std::get_if<std::string>(&value)) return problem_of_text(setting, *text);
    if (const auto* texts = std::get_if<std::vector<std::string>>(&value))
        for (const std::string& text : *texts)
            if (auto problem = problem_of_text(setting, text)) return problem;
    return std::nullopt;
}

}  // namespace switchyard::config
