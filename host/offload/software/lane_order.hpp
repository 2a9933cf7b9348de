// SPDX-License-Identifier: Apache-2.0
// The lanes in the order in which they become free.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>

#include "host/core/limits.hpp"

namespace switchyard::offload {

/// Chooses lanes by earliest start (hls/conflict_detector/README.md, rule 4): of the lanes that are
/// free when the transaction is ready the one that has idled the shortest, else the one that is
/// free first; then the lowest number.
///
/// The lanes stand in one sorted array, as `time * 64 + (63 - lane)`: of those free at some time,
/// the last is the one wanted, ties included. Times stay below 2^48. Not thread-safe.
class LaneOrder {
  public:
    static constexpr uint64_t kTimeMax = (uint64_t{1} << 48);

    /// All `lanes` (1 to kLanesMax) are free at 0.
    void begin(uint32_t lanes) {
        lanes_ = lanes;
        for (uint32_t i = 0; i < lanes; ++i)
            sorted_[i] = word_of(lanes - 1 - i, 0);
    }

    struct Choice {
        uint32_t lane;
        uint64_t finish;
    };
    /// Gives a transaction that is ready at `ready` and takes `weight` to its lane.
    Choice take(uint64_t ready, uint64_t weight) {
        const uint64_t from = std::max(ready, sorted_[0] / kLanesMax);
        uint64_t* const chosen = last_not_above(sorted_.data(), lanes_, word_of(0, from));
        const auto lane = static_cast<uint32_t>(kLanesMax - 1 - *chosen % kLanesMax);
        const uint64_t finish = from + weight;
        // A lane that becomes free at `from` or before moves up to its new place.
        const uint64_t word = word_of(lane, finish);
        const auto behind = static_cast<uint32_t>(sorted_.data() + lanes_ - chosen);
        uint64_t* const place = last_not_above(chosen, behind, word);
        std::copy(chosen + 1, place + 1, chosen);
        *place = word;
        return {lane, finish};
    }

    /// When the last lane is free.
    [[nodiscard]] uint64_t makespan() const { return sorted_[lanes_ - 1] / kLanesMax; }

  private:
    static uint64_t word_of(uint32_t lane, uint64_t time) {
        return time * kLanesMax + (kLanesMax - 1 - lane);
    }
    /// The last of `count` ascending words that is not above `bound`. Precondition: the first is
    /// not. Halves without branches, because the outcome of each is a coin toss.
    static uint64_t* last_not_above(uint64_t* words, uint32_t count, uint64_t bound) {
        while (count > 1) {
            const uint32_t half = count / 2;
            words = words[half] <= bound ? words + half : words;
            count -= half;
        }
        return words;
    }

    uint32_t lanes_ = 1;
    std::array<uint64_t, kLanesMax> sorted_{};
};

static_assert(kLanesMax == 64);
static_assert(uint64_t{kBlockTransactionsMax} * UINT32_MAX < LaneOrder::kTimeMax);

}  // namespace switchyard::offload
