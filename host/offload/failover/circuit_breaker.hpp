// SPDX-License-Identifier: Apache-2.0
// When a card that has failed may come back.
//
//              good plan                       any failure
//             ┌─────────┐                ┌──────────────────────┐
//             ▼         │                │                      ▼
//        ┌─────────────────┐   any   ┌───────────┐  recovery failed: longer backoff
//        │      InUse      │────────▶│ TakenOut  │◀─┐
//        └─────────────────┘ failure └───────────┘──┘
//             ▲                          │ opened again and probed
//             │ trial_plans good plans   ▼
//             └─────────────────────┌───────────┐
//                                   │  OnTrial  │
//                                   └───────────┘
//
// The pattern: M. Nygard, Release It!, 2nd edition, 2018, 'Circuit Breaker' (closed, open,
// half-open). Backoff doubles from backoff_min to backoff_max with every failure, and starts from
// backoff_min again after forgive_plans good plans in use, so that a card that fails now and then
// is given less and less to do.
#pragma once

#include <chrono>
#include <cstdint>

#include "host/offload/detector_health.hpp"

namespace switchyard::offload {

struct BreakerOptions {
    std::chrono::nanoseconds backoff_min = std::chrono::milliseconds(50);
    std::chrono::nanoseconds backoff_max = std::chrono::seconds(60);  ///< at least backoff_min
    uint32_t trial_plans = 8;      ///< good plans on trial before the card is in use, at least 1
    uint32_t forgive_plans = 512;  ///< good plans in use after which old failures are forgotten
};

/// Takes the time from its caller and never looks at a clock. Not thread-safe.
class CircuitBreaker {
  public:
    using Time = std::chrono::steady_clock::time_point;

    explicit CircuitBreaker(const BreakerOptions& options);

    [[nodiscard]] CardState state() const { return state_; }

    /// InUse or OnTrial -> TakenOut. Returns when a recovery may begin.
    Time take_out(Time now);
    /// TakenOut -> TakenOut. Returns when the next recovery may begin.
    Time recovery_failed(Time now);
    /// TakenOut -> OnTrial.
    void recovered();
    /// A plan of the card that was not found wrong. True: that ended its trial (OnTrial -> InUse).
    bool good_plan();

  private:
    [[nodiscard]] Time back_off(Time now);

    BreakerOptions options_;
    CardState state_ = CardState::InUse;
    std::chrono::nanoseconds backoff_;  // of the next failure
    uint32_t good_plans_ = 0;           // in this state
};

}  // namespace switchyard::offload
