// SPDX-License-Identifier: Apache-2.0
// Loads the vector files that go-ethereum and the EIPs publish for precompiles, and runs them.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "host/precompiles/precompiles.hpp"

namespace switchyard::precompiles::test {

/// One case: `expected` when the call succeeds, no value when the input must be refused.
struct Vector {
    std::string name;
    Bytes input;
    std::optional<Bytes> expected;
    std::optional<uint64_t> gas;
};

/// All cases of a file; adds a GoogleTest failure and returns none when the file is malformed.
[[nodiscard]] std::vector<Vector> load_vectors(const std::filesystem::path& file);

/// The address with this number.
[[nodiscard]] Address numbered_address(uint16_t number);

/// Runs every case of `file` at `number`: with exactly the gas of the file and with one less when
/// `check_gas`, else with plenty. Returns how many cases ran.
size_t run_vectors(const std::filesystem::path& file, uint16_t number, Revision revision,
                   bool check_gas = true);

}  // namespace switchyard::precompiles::test
