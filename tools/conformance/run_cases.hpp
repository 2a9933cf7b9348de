// SPDX-License-Identifier: Apache-2.0
// Runs the cases of many files on many threads.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "tools/conformance/report.hpp"
#include "tools/conformance/test_case.hpp"

namespace switchyard::conformance {

struct RunSettings {
    ExecutionSettings execution;
    uint32_t jobs = 1;  ///< threads that run cases; each has an executor with threads of its own
    /// Which cases run; none: all.
    std::function<bool(const TestCase&)> select;
    /// Told the number of files done so far, from any thread, one call at a time.
    std::function<void(size_t files_done)> on_progress;
    /// Told what came of each case, by the thread that ran it.
    std::function<void(const CaseRecord&)> on_case;
    bool keep_states = false;  ///< verdicts keep the state, not only its root
};

/// The test files in `paths`: files as they are named, and below folders every `*.json` that can be
/// a test, sorted by path. Left out below folders: hidden folders, and `pre_alloc`, which holds the
/// states that tests beside it refer to. `NotFound` for a path that does not exist and for folders
/// without such a file; `Io` for one that cannot be read.
[[nodiscard]] Result<std::vector<std::string>> find_test_files(
    const std::vector<std::string>& paths);

/// Loads each file with `load` and runs its cases into `report`, which is finished afterwards. A
/// file that cannot be loaded is one `FileError`, and the others go on. Large files start first,
/// and every case is work of its own, for whichever thread is free.
void run_cases(const std::vector<std::string>& files, const LoadCases& load,
               const RunSettings& settings, Report& report);

}  // namespace switchyard::conformance
