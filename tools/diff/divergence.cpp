// SPDX-License-Identifier: Apache-2.0
#include "tools/diff/divergence.hpp"

#include <fmt/format.h>

namespace switchyard::diff {

Divergence divergence_of(size_t transaction, size_t step, const trace::TraceStep& expected,
                         const trace::FieldDifference& difference) {
    Divergence out;
    out.transaction = transaction;
    out.step = step;
    out.pc = expected.pc;
    out.depth = expected.depth;
    out.opcode = trace::name_of(expected.opcode);
    out.field = difference.field;
    out.expected = difference.expected;
    out.found = difference.found;
    return out;
}

Divergence end_of_trace(size_t transaction, size_t step, const trace::TraceStep& present,
                        bool expected_ends) {
    const std::string end = "the end of the trace";
    const std::string instruction =
        fmt::format("pc {} {}", present.pc, trace::name_of(present.opcode));
    return divergence_of(
        transaction, step, present,
        {"instruction", expected_ends ? end : instruction, expected_ends ? instruction : end});
}

std::string to_text(const Divergence& d) {
    std::string out;
    const auto add = [&](const std::string& part) { out += (out.empty() ? "" : ", ") + part; };
    if (!d.test.empty()) add(d.test);
    if (d.block) add(fmt::format("block {}", *d.block));
    if (d.transaction) add(fmt::format("transaction {}", *d.transaction));
    if (d.step) {
        add(fmt::format("step {}", *d.step));
        out += fmt::format(": pc {} {}", d.pc.value_or(0), d.opcode);
        if (d.depth) out += fmt::format(", depth {}", *d.depth);
    }
    return out + fmt::format("{}{}: expected {}, found {}", out.empty() ? "" : ": ", d.field,
                             d.expected, d.found);
}

}  // namespace switchyard::diff
