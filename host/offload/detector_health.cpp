// SPDX-License-Identifier: Apache-2.0
#include "host/offload/detector_health.hpp"

namespace switchyard {

std::string_view to_string(CardState state) {
    switch (state) {
        case CardState::None:
            return "none";
        case CardState::InUse:
            return "in use";
        case CardState::TakenOut:
            return "taken out";
        case CardState::OnTrial:
            return "on trial";
    }
    return "unknown";
}

std::string describe(const DetectorHealth& health) {
    const uint64_t taken_out = health.taken_out();
    if (health.fallbacks == 0 && taken_out == 0) return {};
    std::string out = "software planned " + std::to_string(health.fallbacks) +
                      " batches in the detector's place (" + std::to_string(health.late) + " late)";
    if (taken_out != 0) {
        out += "; taken out " + std::to_string(taken_out) + " times (";
        bool first = true;
        for (size_t i = 0; i < health.take_outs.size(); ++i)
            if (health.take_outs[i] != 0) {
                out += (first ? "" : ", ") + std::to_string(health.take_outs[i]) + " " +
                       std::string(to_string(static_cast<CardFailure>(i)));
                first = false;
            }
        out += "), back " + std::to_string(health.returns) + " times";
    }
    if (health.card != CardState::None)
        out += "; the card is " + std::string(to_string(health.card));
    if (!health.last_error.empty()) out += "; last: " + health.last_error;
    return out;
}

}  // namespace switchyard
