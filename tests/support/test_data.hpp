// SPDX-License-Identifier: Apache-2.0
// Where tests find the conformance data, and the one seed that every random test starts from.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <random>
#include <string_view>

namespace switchyard::test {

/// The unpacked folder of `suite` ("mainnet", "state-legacy", ...), or no value when the machine
/// lacks the data.
///
/// Looks at `SWITCHYARD_DATA` (a folder of unpacked suites) first; else unpacks `../shared/data`,
/// seen from the repository's root, into the build folder, once per suite and safe against other
/// test processes doing the same.
[[nodiscard]] std::optional<std::filesystem::path> conformance_suite(std::string_view suite);

/// Whether this run may not skip for want of data: `SWITCHYARD_REQUIRE_DATA` is set and not empty.
[[nodiscard]] bool data_is_required();

/// The seed of this run: `SWITCHYARD_SEED`, or 20260707. Printed once per process.
[[nodiscard]] uint64_t test_seed();

/// A generator seeded by `test_seed()` and `salt`, so that two tests of one binary do not share a
/// sequence.
[[nodiscard]] std::mt19937_64 test_generator(uint64_t salt);

}  // namespace switchyard::test

/// Skips the running GoogleTest test with a clear reason when the suite's data is not on this
/// machine. Where `SWITCHYARD_REQUIRE_DATA` is set (CI with the data at hand), the same is a
/// failure.
#define SWITCHYARD_REQUIRE_SUITE(variable, suite)                                            \
    const auto variable##_found = ::switchyard::test::conformance_suite(suite);              \
    if (!variable##_found && ::switchyard::test::data_is_required())                         \
        FAIL() << "the conformance suite '" << (suite) << "' is required and was not found"; \
    if (!variable##_found)                                                                   \
        GTEST_SKIP() << "no conformance data: set SWITCHYARD_DATA to a folder that holds '"  \
                     << (suite) << "'";                                                      \
    const std::filesystem::path& variable = *variable##_found
