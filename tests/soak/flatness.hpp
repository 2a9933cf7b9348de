// SPDX-License-Identifier: Apache-2.0
// Whether a number that was sampled over time stays where it is.
#pragma once

#include <cstddef>
#include <span>

namespace switchyard::soak {

struct Sample {
    double seconds = 0;
    double value = 0;
};

struct Flatness {
    double first = 0;
    double last = 0;
    double largest = 0;
    double growth = 0;          ///< of the fitted line, over the last three quarters of the time
    double standard_error = 0;  ///< of `growth`
    double per_minute = 0;      ///< slope of the line
    double allowed = 0;         ///< `tolerance` and four standard errors
    bool flat = false;          ///< growth <= allowed
};

/// Fits a line by least squares to means over 32 parts of the last three quarters of the time that
/// `samples` cover: the first quarter may still touch memory for the first time. `tolerance` is
/// what the line may grow by without noise. Fewer than eight samples in those three quarters are
/// not flat, because they say nothing. Precondition: `seconds` ascend.
[[nodiscard]] Flatness judge_flatness(std::span<const Sample> samples, double tolerance);

}  // namespace switchyard::soak
