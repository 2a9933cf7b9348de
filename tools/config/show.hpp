// SPDX-License-Identifier: Apache-2.0
// Configurations as text for people.
#pragma once

#include <string>

#include "tools/config/read_configuration.hpp"
#include "tools/config/setting.hpp"

namespace switchyard::config {

/// A file in which every key stands as a comment with its default, its range and its meaning.
[[nodiscard]] std::string example_file();
/// Every key with its value, as a file that says the same, and where it comes from.
[[nodiscard]] std::string effective_file(const Reading& reading, const std::string& file);
/// What there is to know of one key.
[[nodiscard]] std::string explanation(const Setting& setting);

}  // namespace switchyard::config
