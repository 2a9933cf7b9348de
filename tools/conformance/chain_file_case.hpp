// SPDX-License-Identifier: Apache-2.0
// A chain as clients export it: blocks one after another in one file.
#pragma once

#include <string>

#include "tools/conformance/test_case.hpp"

namespace switchyard::conformance {

/// The import of `file`, concatenated block RLPs, upon `genesis.json` (go-ethereum's format) in the
/// same folder. Every block must be accepted, and the last one be the head in the end. Errors name
/// the file.
[[nodiscard]] Result<TestCase> load_chain_file_case(const std::string& file);

}  // namespace switchyard::conformance
