// SPDX-License-Identifier: Apache-2.0
#include "tests/soak/flatness.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <vector>

#include "tests/support/test_data.hpp"

namespace switchyard::soak {
namespace {

/// An hour, sampled every five seconds, with noise of standard deviation `noise`.
std::vector<Sample> hour(double per_minute, double noise, double warm_up = 0) {
    auto random = test::test_generator(80);
    std::normal_distribution<double> gauss(0, 1);
    std::vector<Sample> out;
    for (int i = 0; i <= 720; ++i) {
        const double seconds = 5.0 * i;
        const double warming = std::max(0.0, warm_up * (1 - seconds / 800));
        out.push_back(
            {seconds, 1'000 + per_minute * seconds / 60 - warming + noise * gauss(random)});
    }
    return out;
}

TEST(Flatness, ALineIsFoundExactly) {
    const auto found = judge_flatness(hour(2, 0), 45);
    EXPECT_NEAR(found.per_minute, 2, 1e-9);
    EXPECT_NEAR(found.growth, 90, 1e-6);
    EXPECT_NEAR(found.standard_error, 0, 1e-6);
    EXPECT_DOUBLE_EQ(found.first, 1'000);
    EXPECT_NEAR(found.last, 1'120, 1e-9);
    EXPECT_FALSE(found.flat);
}

TEST(Flatness, NoiseAloneIsFlatAndDoesNotHideALeak) {
    EXPECT_TRUE(judge_flatness(hour(0, 30), 45).flat);
    EXPECT_FALSE(judge_flatness(hour(2, 30), 45).flat);
    EXPECT_TRUE(judge_flatness(hour(0.9, 0), 45).flat) << "below one a minute";
    EXPECT_TRUE(judge_flatness(hour(-5, 30), 45).flat) << "what shrinks does not leak";
}

TEST(Flatness, TheStandardErrorIsThatOfTheGrowth) {
    // Of uniformly spaced samples: sigma * sqrt(12 / n) for the growth over their whole span.
    const auto found = judge_flatness(hour(0, 30), 0);
    EXPECT_NEAR(found.standard_error, 30 * std::sqrt(12.0 / 541), 1.2);
}

TEST(Flatness, SlowNoiseIsNoMoreThanNoise) {
    // A wave of two minutes: neighbouring samples are nearly equal, and say little on their own.
    auto samples = hour(0, 0);
    for (Sample& one : samples)
        one.value += 200 * std::sin(one.seconds / 120 * 2 * 3.14159265358979);
    const auto found = judge_flatness(samples, 45);
    EXPECT_TRUE(found.flat);
    for (Sample& one : samples)
        one.value += 6 * one.seconds / 60;
    EXPECT_FALSE(judge_flatness(samples, 45).flat);
}

TEST(Flatness, TheFirstQuarterDoesNotCount) {
    EXPECT_TRUE(judge_flatness(hour(0, 1, 500), 45).flat);
    EXPECT_FALSE(judge_flatness(hour(0, 1, 500), 45).first > 600);
}

TEST(Flatness, TooFewSamplesProveNothing) {
    EXPECT_FALSE(judge_flatness({}, 45).flat);
    auto few = hour(0, 0);
    few.resize(9);
    EXPECT_FALSE(judge_flatness(few, 45).flat);
}

}  // namespace
}  // namespace switchyard::soak
