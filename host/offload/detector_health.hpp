// SPDX-License-Identifier: Apache-2.0
// What became of a card that may fail, for people and metrics.
#pragma once

#include <array>
#include <cstdint>
#include <numeric>
#include <string>
#include <string_view>

#include "host/offload/card_failure.hpp"

namespace switchyard {

enum class CardState : uint8_t {
    None,      ///< the detector has no card behind it, or none that is watched
    InUse,     ///< batches go to it
    TakenOut,  ///< it has failed; software plans, and the card is being opened again and probed
    OnTrial,   ///< back, one batch at a time, each plan compared with software's
};

[[nodiscard]] std::string_view to_string(CardState state);

/// Sums since the detector was made.
struct DetectorHealth {
    CardState card = CardState::None;
    uint64_t fallbacks = 0;       ///< batches that software planned in the card's place
    uint64_t late = 0;            ///< of those, the ones whose plan the card did not give in time
    uint64_t cross_checks = 0;    ///< plans of the card that were compared with software's
    uint64_t other_but_safe = 0;  ///< of those, other plans where a full table allows it
    std::array<uint64_t, kCardFailureCount> take_outs{};  ///< by CardFailure
    uint64_t failed_recoveries = 0;  ///< the card could not be opened, or did not pass the probe
    uint64_t returns = 0;            ///< times it was back in use after its trial
    uint64_t fallback_ns_max = 0;    ///< from the knowledge of a failure to software's plan
    std::string last_error;          ///< of the newest failure; empty when there was none

    [[nodiscard]] uint64_t taken_out() const {
        return std::accumulate(take_outs.begin(), take_outs.end(), uint64_t{0});
    }
};

/// One line: how often software took over, why, and where the card is now. Empty when there was
/// nothing of the kind.
[[nodiscard]] std::string describe(const DetectorHealth& health);

}  // namespace switchyard
