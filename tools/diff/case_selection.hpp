// SPDX-License-Identifier: Apache-2.0
// Which executions of the named files are traced or compared.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "tools/conformance/test_case.hpp"

namespace switchyard::diff {

struct CaseSelection {
    std::vector<std::string> files;
    std::string test;       ///< part of the test's name; empty: all
    std::string fork;       ///< as the file names it; empty: all
    std::string arguments;  ///< of a state test, "d0/g1/v2"; empty: all
};

/// The kinds of files, told apart by what stands in them.
enum class FileKind : uint8_t { StateTests, BlockchainTests, MainnetBlock };

/// `InvalidInput` for a file of none of these kinds.
[[nodiscard]] Result<FileKind> file_kind(const std::string& file);

/// Calls `visit` for each selected case, in the order of the files, until it returns false. One
/// file is held at a time. Gives the number of cases visited. Errors: a file that cannot be loaded;
/// `NotFound` when nothing is selected.
[[nodiscard]] Result<size_t> for_each_case(
    const CaseSelection& selection, const std::function<bool(const conformance::TestCase&)>& visit);

/// "name, fork Berlin, d0/g0/v0".
[[nodiscard]] std::string title_of(const conformance::TestCase& test);

}  // namespace switchyard::diff
