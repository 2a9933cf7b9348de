// SPDX-License-Identifier: Apache-2.0
// Runs one folder of the official data as a GoogleTest test.
#pragma once

#include <string>

#include "tools/conformance/test_case.hpp"

namespace switchyard::test {

struct Suite {
    std::string data;    ///< the suite's name in the data ("state-eest")
    std::string folder;  ///< below it, or one file; empty: all of it
    conformance::LoadCases load;
    /// Cases that need a state which the data lacks are counted and are no failure.
    bool may_lack_states = false;
    /// Chains go into stores on disk besides, over `BlockImporter`: each block by its access list.
    bool imports_by_list = false;
};

/// Runs every case serially and in parallel over random lanes, with equal results required, on two
/// threads. Skips where the data is absent. Fails on a malformed file, on a case that fails or is
/// unsupported, and when no case ran.
///
/// Environment: SWITCHYARD_CONFORMANCE_FILTER (only files whose path contains it),
/// SWITCHYARD_CONFORMANCE_THREADS, SWITCHYARD_CONFORMANCE_TIMES=1 (the slowest cases).
void run_suite(const Suite& suite);

}  // namespace switchyard::test
