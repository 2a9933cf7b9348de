// SPDX-License-Identifier: Apache-2.0
// How predictions are reported, alike in every command.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "host/plan/prediction_statistics.hpp"

namespace switchyard::tool {

/// "97.31%".
[[nodiscard]] std::string percent(double share);

/// "prediction: slots 97% found, 88% of those named; ...", in one line.
[[nodiscard]] std::string describe(const PredictionStatistics& prediction);

/// {"transactions", "templated", "observed", "compared", "slot_recall", ...}
[[nodiscard]] nlohmann::json prediction_json(const PredictionStatistics& prediction);

}  // namespace switchyard::tool
