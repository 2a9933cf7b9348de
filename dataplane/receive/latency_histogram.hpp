// SPDX-License-Identifier: Apache-2.0
// A histogram of durations over the whole range of 64 bits, with an error of 1 part in 8.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

#include "dataplane/receive/counter.hpp"

namespace switchyard::dataplane {

/// Eight linear steps in each power of two, as in HdrHistogram with one significant digit. One
/// writer; any thread takes snapshots.
class LatencyHistogram {
  public:
    static constexpr size_t kSteps = 8;
    static constexpr size_t kBuckets = 62 * kSteps;

    struct Snapshot {
        std::array<uint64_t, kBuckets> buckets{};

        [[nodiscard]] uint64_t count() const {
            uint64_t out = 0;
            for (const uint64_t bucket : buckets)
                out += bucket;
            return out;
        }
        /// The upper bound, in nanoseconds, of the bucket below which `fraction` (0 to 1) of the
        /// values lie; 0 when there is none.
        [[nodiscard]] uint64_t quantile_ns(double fraction) const {
            const uint64_t all = count();
            const double wanted = fraction * static_cast<double>(all);
            uint64_t seen = 0;
            for (size_t i = 0; i < kBuckets; ++i) {
                seen += buckets[i];
                if (seen != 0 && static_cast<double>(seen) >= wanted) return upper_bound(i);
            }
            return 0;
        }
    };

    /// `times` values of `ns`.
    void add(uint64_t ns, uint64_t times = 1) { buckets_[bucket_of(ns)].add(times); }
    [[nodiscard]] Snapshot snapshot() const {
        Snapshot out;
        for (size_t i = 0; i < kBuckets; ++i)
            out.buckets[i] = buckets_[i].value();
        return out;
    }

    /// Values below 8 have buckets of their own; then bits 2 to 4 below the highest choose a step.
    [[nodiscard]] static size_t bucket_of(uint64_t ns) {
        if (ns < kSteps) return static_cast<size_t>(ns);
        const auto shift = static_cast<unsigned>(std::bit_width(ns)) - 4;
        return (size_t{shift} + 1) * kSteps + static_cast<size_t>((ns >> shift) & (kSteps - 1));
    }
    [[nodiscard]] static uint64_t upper_bound(size_t bucket) {
        if (bucket < kSteps) return bucket;
        const size_t shift = bucket / kSteps - 1;
        return ((kSteps + bucket % kSteps + 1) << shift) - 1;
    }

  private:
    std::array<Counter, kBuckets> buckets_;
};

}  // namespace switchyard::dataplane
