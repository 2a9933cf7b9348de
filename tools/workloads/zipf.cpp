// SPDX-License-Identifier: Apache-2.0
#include "tools/workloads/zipf.hpp"

#include <algorithm>
#include <cmath>

#include "host/core/assert.hpp"

namespace switchyard::workloads {
namespace {

/// (e^x - 1) / x and log(1 + x) / x, continued to 0, where the integral for exponent 1 lies.
double expm1_ratio(double x) {
    return std::abs(x) > 1e-8 ? std::expm1(x) / x : 1 + x / 2;
}
double log1p_ratio(double x) {
    return std::abs(x) > 1e-8 ? std::log1p(x) / x : 1 - x / 2;
}

}  // namespace

ZipfSampler::ZipfSampler(uint64_t n, double exponent) : n_(n), exponent_(exponent) {
    SWITCHYARD_ASSERT(n >= 1 && exponent >= 0);
    if (exponent == 0) return;
    integral_first_ = integral(1.5) - 1;
    integral_last_ = integral(static_cast<double>(n) + 0.5);
    accept_ = 2 - integral_inverse(integral(2.5) - density(2));
}

uint64_t ZipfSampler::draw(Random& random) const {
    if (exponent_ == 0) return random.below(n_);
    while (true) {  // ends with a probability above 1/2 in each turn
        const double u = integral_last_ + random.unit() * (integral_first_ - integral_last_);
        const double x = integral_inverse(u);
        const double rank = std::clamp(std::floor(x + 0.5), 1.0, static_cast<double>(n_));
        if (rank - x <= accept_ || u >= integral(rank + 0.5) - density(rank))
            return static_cast<uint64_t>(rank) - 1;
    }
}

double ZipfSampler::density(double x) const {
    return std::exp(-exponent_ * std::log(x));
}

double ZipfSampler::integral(double x) const {
    const double logarithm = std::log(x);
    return expm1_ratio((1 - exponent_) * logarithm) * logarithm;
}

double ZipfSampler::integral_inverse(double y) const {
    const double t = std::max(y * (1 - exponent_), -1.0);
    return std::exp(log1p_ratio(t) * y);
}

}  // namespace switchyard::workloads
