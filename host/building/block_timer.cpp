// SPDX-License-Identifier: Apache-2.0
#include "host/building/block_timer.hpp"

#include <algorithm>
#include <string>

#include "host/chain/base_fee.hpp"

namespace switchyard {
namespace {

constexpr uint64_t kIntervalMin_ms = 100;
constexpr uint64_t kIntervalMax_ms = 12'000;

}  // namespace

Result<BlockTimer> BlockTimer::create(const BlockTimerConfig& config, uint64_t now_ms) {
    if (config.interval_ms < kIntervalMin_ms || config.interval_ms > kIntervalMax_ms)
        return Error{ErrorCode::InvalidInput, "a block interval of " +
                                                  std::to_string(config.interval_ms) +
                                                  " ms; 100 to 12000 are possible"};
    return BlockTimer(config, now_ms);
}

BlockTimer::Due BlockTimer::due(uint64_t now_ms, uint64_t waiting_gas, uint64_t gas_limit) const {
    if (now_ms >= next_ms_) return Due::Interval;
    return config_.when_full && waiting_gas >= gas_limit ? Due::Full : Due::No;
}

void BlockTimer::built(uint64_t now_ms) {
    // In step with the clock as long as it keeps up; a block that was full begins a new step.
    next_ms_ += config_.interval_ms;
    if (next_ms_ <= now_ms || next_ms_ > now_ms + config_.interval_ms)
        next_ms_ = now_ms + config_.interval_ms;
}

uint64_t next_gas_limit(uint64_t parent, uint64_t wanted) {
    const uint64_t step = std::max<uint64_t>(parent / kGasLimitBoundDivisor, 1) - 1;
    const uint64_t low = std::max(kGasLimitMin, parent - std::min(parent, step));
    const uint64_t high = parent > UINT64_MAX - step ? UINT64_MAX : parent + step;
    return std::clamp(wanted, std::min(low, high), high);
}

}  // namespace switchyard
