// SPDX-License-Identifier: Apache-2.0
// Changes one key in the text of a file and leaves everything else, comments too, as it is.
#pragma once

#include <string>
#include <string_view>

#include "host/core/result.hpp"

namespace switchyard::config {

/// `text` with `name` set to `value`, which is written as in a file; quotes around a text, a size,
/// a duration or a word may be left out. The key is changed where it stands; else it is added to
/// the end of its table, and the table to the end of the file. `InvalidInput` when there is no such
/// key, or the text, before or after the change, is no valid configuration.
[[nodiscard]] Result<std::string> set_key(std::string_view text, std::string_view name,
                                          std::string_view value);

/// Replaces a file as a whole: after a crash it is the old one or the new one. Keeps its mode.
[[nodiscard]] Result<void> replace_file(const std::string& path, std::string_view content);

}  // namespace switchyard::config
