// SPDX-License-Identifier: Apache-2.0
// Counters of the data plane as text and as JSON.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "tools/switchyard/port_jobs.hpp"

namespace switchyard::tool {

/// Everything; counters that are zero are left out of `errors`, `drops` and `verdicts`.
[[nodiscard]] nlohmann::json to_json(const PortReport& report);
/// Some lines for people.
[[nodiscard]] std::string to_text(const PortReport& report);
/// One line: what came since `before`.
[[nodiscard]] std::string to_line(const PortReport& before, const PortReport& after);

}  // namespace switchyard::tool
