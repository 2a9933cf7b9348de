// SPDX-License-Identifier: Apache-2.0
// TOML 1.0, read into a flat list of keys with their places: the adapter to toml++.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace switchyard::config {

/// A place in a file, from 1 on; columns count characters.
struct Place {
    uint32_t line = 0;
    uint32_t column = 0;
    auto operator<=>(const Place&) const = default;
};

/// A value that no setting may have, by the name of its type.
struct OtherType {
    std::string name;
};

/// A key that holds no table.
struct TomlEntry {
    std::string name;  ///< tables and key with dots between
    std::variant<bool, int64_t, std::string, std::vector<std::string>, OtherType> value;
    Place key;
    Place begin;  ///< of the value
    Place end;    ///< behind it
};

struct TomlTable {
    std::string name;
    Place place;
};

struct SyntaxError {
    Place place;
    std::string message;
};

struct TomlDocument {
    std::vector<TomlEntry> entries;  ///< by their places
    std::vector<TomlTable> tables;   ///< by their places
};

/// Throws nothing. Bounded by the length of `text`, which is for the caller to limit.
[[nodiscard]] std::variant<TomlDocument, SyntaxError> parse_toml(std::string_view text);

}  // namespace switchyard::config
