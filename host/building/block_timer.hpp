// SPDX-License-Identifier: Apache-2.0
// When a block is due that nobody asks for.
#pragma once

#include <cstdint>

#include "host/core/result.hpp"

namespace switchyard {

struct BlockTimerConfig {
    uint64_t interval_ms = 1000;  ///< 100 to 12,000
    /// A block is also due when what may stand in it fills it.
    bool when_full = true;
};

/// Time comes in as a value, on any monotonic scale. One thread.
///
/// Below an interval of a second a chain's clock runs ahead of the world's, as every timestamp must
/// be above the one before and counts seconds.
class BlockTimer {
  public:
    enum class Due : uint8_t { No, Interval, Full };

    /// `InvalidInput` for an interval out of its range. The first block is due an interval after
    /// `now_ms`.
    [[nodiscard]] static Result<BlockTimer> create(const BlockTimerConfig& config, uint64_t now_ms);

    /// `waiting_gas` is what could stand in the next block.
    [[nodiscard]] Due due(uint64_t now_ms, uint64_t waiting_gas, uint64_t gas_limit) const;
    /// A block was built, or could not be: the next is due an interval later. Intervals that were
    /// missed are not made up for.
    void built(uint64_t now_ms);
    [[nodiscard]] uint64_t next_ms() const { return next_ms_; }

    /// The timestamp of the block after `parent`, in seconds.
    [[nodiscard]] static uint64_t timestamp(uint64_t now_s, uint64_t parent_s) {
        return now_s > parent_s ? now_s : parent_s + 1;
    }

  private:
    BlockTimer(const BlockTimerConfig& config, uint64_t now_ms)
        : config_(config), next_ms_(now_ms + config.interval_ms) {}

    BlockTimerConfig config_;
    uint64_t next_ms_;
};

/// The gas limit nearest to `wanted` that the block after one of `parent` may have.
[[nodiscard]] uint64_t next_gas_limit(uint64_t parent, uint64_t wanted);

}  // namespace switchyard
