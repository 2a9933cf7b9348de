// SPDX-License-Identifier: Apache-2.0
// Blocks of a road by the clock, or when one is full: a sequencer, or development mode.
#pragma once

#include "host/building/block_timer.hpp"
#include "host/building/gas_pace.hpp"
#include "host/road/road.hpp"

namespace switchyard {

struct BuilderConfig {
    BlockTimerConfig timer{};
    uint64_t gas_limit = 36'000'000;  ///< towards which each block moves
    Address beneficiary{};
    Bytes extra_data{};
    bool empty_blocks = false;  ///< a block at each interval, whether somebody waits for it or not
    /// How long a block may take; 0: an interval.
    uint64_t deadline_ms = 0;
};

/// What time it is, on a monotonic scale and for the chain.
struct BuildTime {
    uint64_t monotonic_ms = 0;
    uint64_t unix_s = 0;
};

/// Drives `Road::advance`; all else (`Road::ingest`) goes on beside it, on the same thread.
class Builder {
  public:
    /// Takes the time as a value, so that a test's clock may be its own; measures the pace of
    /// blocks by the system's steady clock. `road` must outlive it.
    [[nodiscard]] static Result<Builder> create(const BuilderConfig& config, Road& road,
                                                const BuildTime& now);

    struct Step {
        BlockTimer::Due due = BlockTimer::Due::No;
        std::vector<SealedBlock> sealed;  ///< durable, ascending
    };
    /// Builds a block if one is due. While full blocks follow one another, each is sealed beside
    /// the next; otherwise it is given out at once. Errors: those of `Road::advance`.
    [[nodiscard]] Result<Step> poll(const BuildTime& now);

    [[nodiscard]] const BlockTimer& timer() const { return timer_; }

  private:
    Builder(const BuilderConfig& config, Road& road, BlockTimer timer)
        : config_(config), road_(&road), timer_(std::move(timer)) {}

    BuilderConfig config_;
    Road* road_;
    BlockTimer timer_;
    GasPace pace_;
};

}  // namespace switchyard
