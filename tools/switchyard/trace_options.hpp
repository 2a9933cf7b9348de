// SPDX-License-Identifier: Apache-2.0
// The switches of traces, alike in every command that has `--trace`.
#pragma once

#include <CLI/CLI.hpp>

#include "tools/trace/trace_format.hpp"

namespace switchyard::tool {

/// Adds go-ethereum's `--trace.memory`, `--trace.nostack` and `--trace.returndata`. `format` must
/// outlive the command.
inline void add_trace_format_options(CLI::App& command, trace::TraceFormat& format) {
    command.add_flag("--trace.memory", format.memory, "Traces with the whole memory");
    command.add_flag_callback(
        "--trace.nostack", [&format] { format.stack = false; }, "Traces without the stack");
    command.add_flag("--trace.returndata", format.return_data, "Traces with the return data");
    for (const char* option : {"--trace.nomemory", "--trace.noreturndata"})
        command.add_flag_callback(
            option, [] {}, "The default; taken for the sake of drivers");
}

}  // namespace switchyard::tool
