// SPDX-License-Identifier: Apache-2.0
// One key of a configuration: where it is kept, what it may be, what it means.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>
#include <vector>

#include "tools/config/configuration.hpp"

namespace switchyard::config {

/// What a key holds, and how it is written.
enum class Kind : uint8_t {
    Switch,    ///< true or false
    Count,     ///< an integer
    Bytes,     ///< an integer, or "64 MiB"
    Duration,  ///< "250 ms", "12 s", "3 h"; kept in milliseconds
    Text,
    Texts,   ///< an array of texts
    Choice,  ///< one of a few words
};

/// A key's value: `Switch`; `Count`, `Bytes` and `Duration`; `Text` and `Choice`; `Texts`.
using Value = std::variant<bool, uint64_t, std::string, std::vector<std::string>>;

/// Says what is wrong with a text, or nothing.
using TextCheck = std::optional<std::string> (*)(std::string_view);

struct Setting {
    std::string_view name;  ///< "pool.transactions": its table, a dot, its key
    Kind kind = Kind::Text;
    std::string_view meaning;  ///< a sentence or a few
    std::string_view unit{};   ///< of a `Count`
    uint64_t min = 0;
    uint64_t max = 0;  ///< of `Count`, `Bytes` (in bytes) and `Duration` (in milliseconds)
    std::span<const std::string_view>
        choices{};              ///< of `Choice`, and of each of `Texts`; empty: any
    TextCheck check = nullptr;  ///< of `Text`, and of each of `Texts`
    bool reloads = false;  ///< a running appliance takes a changed value over; else a restart does
    Value (*get)(const Configuration&) = nullptr;
    void (*set)(Configuration&, const Value&) = nullptr;

    [[nodiscard]] std::string_view table() const { return name.substr(0, name.find('.')); }
    [[nodiscard]] std::string_view key() const { return name.substr(name.find('.') + 1); }
};

/// A table of the file, and what it is about.
struct Table {
    std::string_view name;
    std::string_view meaning;
};

/// All keys, those of one table together, in the order of `tables`.
[[nodiscard]] std::span<const Setting> settings();
[[nodiscard]] std::span<const Table> tables();
/// Null: there is no such key.
[[nodiscard]] const Setting* find_setting(std::string_view name);
/// The key that `name` was probably meant to be; empty: none is near.
[[nodiscard]] std::string_view nearest_setting(std::string_view name);

/// The value of `kind` that `text` says: "64 MiB", "250 ms". No value: it says none.
[[nodiscard]] std::optional<uint64_t> parse_bytes(std::string_view text);
[[nodiscard]] std::optional<uint64_t> parse_duration(std::string_view text);

/// As it stands in a file: true, 65536, "64 MiB", "250 ms", "text", ["a", "b"].
[[nodiscard]] std::string to_toml(const Setting& setting, const Value& value);
/// What the key may be, in words: "1 to 64 lanes", "true or false", "text, block or off".
[[nodiscard]] std::string range_of(const Setting& setting);
/// What is wrong with a value of the right type; nothing: it may be.
[[nodiscard]] std::optional<std::string> problem_of(const Setting& setting, const Value& value);

/// Reads and writes the member `Field` of the member `Section`.
template <auto Section, auto Field>
struct Member {
    template <typename T>
    static constexpr bool kIsDuration = std::is_same_v<T, std::chrono::milliseconds>;

    static Value get(const Configuration& configuration) {
        const auto& field = configuration.*Section.*Field;
        using T = std::remove_cvref_t<decltype(field)>;
        if constexpr (kIsDuration<T>)
            return static_cast<uint64_t>(field.count());
        else if constexpr (std::is_integral_v<T> && !std::is_same_v<T, bool>)
            return uint64_t{field};
        else
            return field;
    }
    static void set(Configuration& configuration, const Value& value) {
        auto& field = configuration.*Section.*Field;
        using T = std::remove_cvref_t<decltype(field)>;
        if constexpr (kIsDuration<T>)
            field = T{static_cast<typename T::rep>(std::get<uint64_t>(value))};
        else if constexpr (std::is_integral_v<T> && !std::is_same_v<T, bool>)
            field = static_cast<T>(std::get<uint64_t>(value));
        else
            field = std::get<T>(value);
    }
};

}  // namespace switchyard::config
