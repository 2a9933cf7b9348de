// SPDX-License-Identifier: Apache-2.0
#include "host/offload/failover/circuit_breaker.hpp"

#include <algorithm>

#include "host/core/assert.hpp"

namespace switchyard::offload {

CircuitBreaker::CircuitBreaker(const BreakerOptions& options)
    : options_(options), backoff_(options.backoff_min) {
    SWITCHYARD_ASSERT(options.backoff_min.count() >= 0 &&
                      options.backoff_max >= options.backoff_min && options.trial_plans >= 1);
}

CircuitBreaker::Time CircuitBreaker::back_off(Time now) {
    const auto wait = backoff_;
    backoff_ = backoff_ > options_.backoff_max / 2 ? options_.backoff_max : backoff_ * 2;
    return now + std::chrono::duration_cast<Time::duration>(wait);
}

CircuitBreaker::Time CircuitBreaker::take_out(Time now) {
    SWITCHYARD_ASSERT(state_ == CardState::InUse || state_ == CardState::OnTrial);
    state_ = CardState::TakenOut;
    good_plans_ = 0;
    return back_off(now);
}

CircuitBreaker::Time CircuitBreaker::recovery_failed(Time now) {
    SWITCHYARD_ASSERT(state_ == CardState::TakenOut);
    return back_off(now);
}

void CircuitBreaker::recovered() {
    SWITCHYARD_ASSERT(state_ == CardState::TakenOut);
    state_ = CardState::OnTrial;
    good_plans_ = 0;
}

bool CircuitBreaker::good_plan() {
    if (state_ == CardState::TakenOut) return false;
    // Saturates: only the two limits matter.
    good_plans_ = good_plans_ == UINT32_MAX ? good_plans_ : good_plans_ + 1;
    if (state_ == CardState::OnTrial) {
        if (good_plans_ < options_.trial_plans) return false;
        state_ = CardState::InUse;
        good_plans_ = 0;
        return true;
    }
    if (good_plans_ >= options_.forgive_plans) backoff_ = options_.backoff_min;
    return false;
}

}  // namespace switchyard::offload
