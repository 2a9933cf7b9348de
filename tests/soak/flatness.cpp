// SPDX-License-Identifier: Apache-2.0
#include "tests/soak/flatness.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

namespace switchyard::soak {
namespace {

constexpr size_t kSamplesMin = 8;
constexpr double kErrorsAllowed = 4;
constexpr size_t kBins = 32;

/// Means of consecutive samples. Neighbours resemble each other; means over longer times do so
/// less, and their scatter about the line says how well it is known.
std::vector<Sample> bin_means(std::span<const Sample> samples) {
    const size_t bins = std::min(kBins, samples.size());
    std::vector<Sample> out(bins);
    for (size_t bin = 0; bin < bins; ++bin) {
        const size_t begin = bin * samples.size() / bins;
        const size_t end = (bin + 1) * samples.size() / bins;
        const auto n = static_cast<double>(end - begin);
        for (const Sample& one : samples.subspan(begin, end - begin)) {
            out[bin].seconds += one.seconds / n;
            out[bin].value += one.value / n;
        }
    }
    return out;
}

}  // namespace

Flatness judge_flatness(std::span<const Sample> samples, double tolerance) {
    Flatness out;
    if (samples.empty()) return out;
    out.first = samples.front().value;
    out.last = samples.back().value;
    for (const Sample& one : samples)
        out.largest = std::max(out.largest, one.value);
    const double begin =
        samples.front().seconds + (samples.back().seconds - samples.front().seconds) / 4;
    while (samples.front().seconds < begin)
        samples = samples.subspan(1);
    if (samples.size() < kSamplesMin) return out;

    const std::vector<Sample> means = bin_means(samples);
    const auto n = static_cast<double>(means.size());
    double mean_time = 0;
    double mean_value = 0;
    for (const Sample& one : means) {
        mean_time += one.seconds / n;
        mean_value += one.value / n;
    }
    double times = 0;
    double products = 0;
    for (const Sample& one : means) {
        times += (one.seconds - mean_time) * (one.seconds - mean_time);
        products += (one.seconds - mean_time) * (one.value - mean_value);
    }
    if (times <= 0) return out;
    const double slope = products / times;
    double squares = 0;
    for (const Sample& one : means) {
        const double residual = one.value - mean_value - slope * (one.seconds - mean_time);
        squares += residual * residual;
    }
    const double span = samples.back().seconds - samples.front().seconds;
    out.per_minute = slope * 60;
    out.growth = slope * span;
    out.standard_error = std::sqrt(squares / (n - 2) / times) * span;
    out.allowed = tolerance + kErrorsAllowed * out.standard_error;
    out.flat = out.growth <= out.allowed;
    return out;
}

}  // namespace switchyard::soak
