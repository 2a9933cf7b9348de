// SPDX-License-Identifier: Apache-2.0
// Random draws that are the same on every machine: plain ones and Zipf-distributed ranks.
#pragma once

#include <cstdint>
#include <random>

namespace switchyard::workloads {

/// Draws from a seed. The C++ standard fixes the generator; the distributions are written out here,
/// as those of the standard library are not fixed.
class Random {
  public:
    explicit Random(uint64_t seed) : generator_(seed) {}
    [[nodiscard]] uint64_t next() { return generator_(); }
    /// 0 to `bound` - 1. Precondition: `bound` > 0. Off uniform by at most bound / 2^64.
    [[nodiscard]] uint64_t below(uint64_t bound) {
        return static_cast<uint64_t>(static_cast<unsigned __int128>(generator_()) * bound >> 64);
    }
    /// 0 inclusive to 1 exclusive, in steps of 2^-53.
    [[nodiscard]] double unit() { return static_cast<double>(generator_() >> 11) * 0x1p-53; }
    [[nodiscard]] bool percent(uint32_t share) { return below(100) < share; }

  private:
    std::mt19937_64 generator_;
};

/// Ranks 0 to n - 1, rank k with a probability proportional to (k + 1)^-exponent.
///
/// Rejection-inversion (W. Hörmann, G. Derflinger, "Rejection-inversion to generate variates from
/// monotone discrete distributions", ACM TOMACS 6(3), 1996): exact up to the rounding of doubles,
/// constant expected time and no table, so that ten million users cost nothing.
class ZipfSampler {
  public:
    /// `n` from 1 on; `exponent` from 0 (all alike) on.
    ZipfSampler(uint64_t n, double exponent);
    [[nodiscard]] uint64_t draw(Random& random) const;

  private:
    [[nodiscard]] double density(double x) const;
    [[nodiscard]] double integral(double x) const;
    [[nodiscard]] double integral_inverse(double y) const;

    uint64_t n_;
    double exponent_;
    double integral_first_ = 0;  ///< integral(3/2) - density(1)
    double integral_last_ = 0;   ///< integral(n + 1/2)
    double accept_ = 0;          ///< within this distance below its rank, a draw needs no test
};

}  // namespace switchyard::workloads
