// SPDX-License-Identifier: Apache-2.0
// Pages that open without a network: data, script and style in one HTML file.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "host/core/result.hpp"

namespace switchyard::report {

/// `value` as JSON that may stand inside a `<script>` element: no character in it can end the
/// element or begin a comment. A JSON parser reads the same value. Text that is not UTF-8 is
/// replaced by U+FFFD.
[[nodiscard]] std::string json_for_script(const nlohmann::json& value);

/// The page of `switchyard workload run --report`: page/README.md lists what `data` has.
[[nodiscard]] std::string run_page(const nlohmann::json& data);
/// The page of `switchyard simulate --plot`, of the object that `--json` prints.
[[nodiscard]] std::string simulation_page(const nlohmann::json& data);

/// Replaces `file`, or leaves it as it was. Errors: Io.
[[nodiscard]] Result<void> write_page(const std::string& file, const std::string& page);

}  // namespace switchyard::report
