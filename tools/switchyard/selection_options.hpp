// SPDX-License-Identifier: Apache-2.0
// How `trace` and `diff` are told what to execute.
#pragma once

#include <CLI/CLI.hpp>

#include "tools/diff/case_selection.hpp"

namespace switchyard::tool {

/// `selection` must outlive the command.
inline void add_selection_options(CLI::App& command, diff::CaseSelection& selection) {
    command
        .add_option("FILE", selection.files,
                    "State tests, blockchain tests or mainnet blocks; folders of them")
        ->required();
    command.add_option("--test", selection.test, "Only tests whose name contains this");
    command.add_option("--fork", selection.fork, "Only this fork, as the file names it");
    command.add_option("--case", selection.arguments,
                       "Only these arguments of a state test, for example d0/g0/v0");
}

}  // namespace switchyard::tool
