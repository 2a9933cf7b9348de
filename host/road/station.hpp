// SPDX-License-Identifier: Apache-2.0
// The stations of the road and what is counted at each.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <string_view>

namespace switchyard {

enum class Station : uint8_t { Ingress, Verify, Pool, Plan, Detect, Execute, Commit };
inline constexpr size_t kStationCount = 7;

[[nodiscard]] constexpr std::string_view to_string(Station station) {
    constexpr std::array<std::string_view, kStationCount> kNames = {
        "ingress", "verify", "pool", "plan", "detect", "execute", "commit"};
    return kNames[static_cast<size_t>(station)];
}

/// Sums since the start. `busy_ns` is wall time between taking a batch and handing it on; waiting
/// for input is not part of it.
struct StationCounters {
    uint64_t batches = 0;
    uint64_t transactions = 0;
    uint64_t busy_ns = 0;
};

/// One set of counters for every station. Not thread-safe: each thread of a road keeps its own.
class RoadCounters {
  public:
    [[nodiscard]] StationCounters& operator[](Station station) {
        return counters_[static_cast<size_t>(station)];
    }
    [[nodiscard]] const StationCounters& operator[](Station station) const {
        return counters_[static_cast<size_t>(station)];
    }

  private:
    std::array<StationCounters, kStationCount> counters_{};
};

/// Adds the time of its life to a station's counters, with the transactions of the batch.
class StationTimer {
  public:
    /// For more work on a batch that was counted.
    struct SameBatch {};
    static constexpr SameBatch kSameBatch{};

    StationTimer(StationCounters& counters, SameBatch)
        : counters_(counters), begin_(std::chrono::steady_clock::now()) {}
    StationTimer(StationCounters& counters, uint64_t transactions)
        : counters_(counters), begin_(std::chrono::steady_clock::now()) {
        ++counters_.batches;
        counters_.transactions += transactions;
    }
    ~StationTimer() {
        counters_.busy_ns += static_cast<uint64_t>((std::chrono::steady_clock::now() - begin_) /
                                                   std::chrono::nanoseconds(1));
    }
    StationTimer(const StationTimer&) = delete;
    StationTimer& operator=(const StationTimer&) = delete;

  private:
    StationCounters& counters_;
    std::chrono::steady_clock::time_point begin_;
};

}  // namespace switchyard
