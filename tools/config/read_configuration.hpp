// SPDX-License-Identifier: Apache-2.0
// From the text of a file to a configuration, or to everything that is wrong with it.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "host/core/result.hpp"
#include "tools/config/configuration.hpp"
#include "tools/config/toml_document.hpp"

namespace switchyard::config {

/// The largest file that is read.
inline constexpr size_t kFileBytesMax = size_t{1} << 20;

struct Problem {
    Place place;          ///< line 0: of the whole file
    std::string message;  ///< names the key, what is wrong, and what it may be
    bool operator==(const Problem&) const = default;
};

struct Reading {
    Configuration configuration;                       ///< to be used only without `problems`
    std::vector<Problem> problems;                     ///< by their places
    std::vector<Problem> warnings;                     ///< what may be, and is probably not meant
    std::map<std::string, Place, std::less<>> places;  ///< of the keys that the text sets
};

/// Reads everything, so that one look shows all problems: unknown keys (with the one that was
/// probably meant), values of another type or outside their range, and values that do not fit
/// together. Keys that are not there keep their defaults.
[[nodiscard]] Reading read_configuration(std::string_view text);

/// The text of a file. `NotFound`, `Io`, or `LimitExceeded` above `kFileBytesMax`.
[[nodiscard]] Result<std::string> read_file(const std::string& path);

/// `FILE:12:3: MESSAGE`.
[[nodiscard]] std::string to_line(const std::string& file, const Problem& problem);

/// The names of the keys in which two configurations differ; `reloads`: only of those that a
/// running appliance takes over, else only of the others.
[[nodiscard]] std::vector<std::string_view> changed_settings(const Configuration& before,
                                                             const Configuration& after,
                                                             bool reloads);

}  // namespace switchyard::config
