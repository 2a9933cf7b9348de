// SPDX-License-Identifier: Apache-2.0
// What `switchyard simulate` says of a study: a table, one JSON object.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "tools/simulate/study.hpp"

namespace switchyard::tool {

/// What was studied.
struct SimulationSubject {
    std::string name;         ///< "exchange", "13217637.json"
    nlohmann::json settings;  ///< what else decides the result
};

/// Speed-ups over serial execution, measured in the same rounds as the costs.
struct SpeedUps {
    double execute = 0;    ///< of the executor alone, the plan being there
    double in_turn = 0;    ///< of planning and then executing, as BlockRoad does
    double pipelined = 0;  ///< if one more core plans the next block meanwhile
    double bound = 0;      ///< what no schedule of this executor can beat
};

[[nodiscard]] SpeedUps speed_ups(const simulate::StudyLanes& row,
                                 const simulate::StudyPoint& point);

/// Share of the cores' time in which they execute or commit, 0 to 1.
[[nodiscard]] double utilisation(const simulate::StudyPoint& point);

[[nodiscard]] std::string simulation_text(const SimulationSubject& subject,
                                          const simulate::StudyResult& result);
[[nodiscard]] nlohmann::json simulation_json(const SimulationSubject& subject,
                                             const simulate::StudyResult& result);

}  // namespace switchyard::tool
