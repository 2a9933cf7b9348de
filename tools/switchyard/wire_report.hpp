// SPDX-License-Identifier: Apache-2.0
// Counters of the data plane as text and as JSON.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
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

/// "10.0.0.2" in host order.
[[nodiscard]] std::optional<uint32_t> parse_ipv4(const std::string& text);

}  // namespace switchyard::tool
