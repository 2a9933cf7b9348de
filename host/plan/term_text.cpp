// SPDX-License-Identifier: Apache-2.0
#include "host/plan/term_text.hpp"

#include <string_view>

namespace switchyard::plan {
namespace {

constexpr size_t kTextMax = 2'000;

void append(const TermGraph& graph, TermIndex index, std::string& out) {
    if (index == kNoTerm) return;
    // Terms share their parts, so that the text of one may be far longer than its graph.
    if (out.size() > kTextMax) {
        if (!out.ends_with("...")) out += "...";
        return;
    }
    const Term& term = graph[index];
    const auto call = [&](std::string_view name, std::string_view between) {
        out.append(name).append("(");
        append(graph, term.a, out);
        out.append(between);
        append(graph, term.b, out);
        out.append(")");
    };
    const auto range = [&] {
        out.append("[").append(std::to_string(term.offset)).append(":");
        out.append(std::to_string(term.offset + term.size)).append("]");
    };
    switch (term.op) {
        case TermOp::Constant:
            out.append(to_hex_quantity(graph.constant_of(term)));
            return;
        case TermOp::Caller:
            out.append("caller");
            return;
        case TermOp::Recipient:
            out.append("to");
            return;
        case TermOp::CallValue:
            out.append("value");
            return;
        case TermOp::Beneficiary:
            out.append("beneficiary");
            return;
        case TermOp::Number:
            out.append("number");
            return;
        case TermOp::Timestamp:
            out.append("timestamp");
            return;
        case TermOp::Calldata:
            out.append("calldata");
            range();
            return;
        case TermOp::Slice:
            append(graph, term.a, out);
            range();
            return;
        case TermOp::Sum:
            out.append("(");
            append(graph, term.a, out);
            out.append(" + ");
            append(graph, term.b, out);
            if (term.b != kNoTerm) out.append(" * ");
            out.append(to_hex_quantity(graph.constant_of(term))).append(")");
            return;
        case TermOp::Lower:
            return call("lower", ", ");
        case TermOp::Higher:
            return call("higher", ", ");
        case TermOp::Load:
            return call("load", ", ");
        case TermOp::Hash: {
            out.append("keccak(");
            bool first = true;
            for (const HashFragment& fragment : graph.fragments_of(term)) {
                if (!first) out.append(" . ");
                first = false;
                append(graph, fragment.term, out);
                if (fragment.width != 32) out.append(":").append(std::to_string(fragment.width));
            }
            out.append(")");
            return;
        }
    }
}

std::string_view name_of(EntryUse use) {
    switch (use) {
        case EntryUse::None:
            return "-";
        case EntryUse::Touch:
            return "touch";
        case EntryUse::Read:
            return "read";
        case EntryUse::Write:
            return "write";
        case EntryUse::Add:
            return "add";
    }
    return "?";
}

}  // namespace

std::string to_text(const TermGraph& graph, TermIndex term) {
    std::string out;
    append(graph, term, out);
    return out;
}

std::string to_text(const Template& entry) {
    std::string out;
    for (const TemplateEntry& each : entry.entries()) {
        out.append(name_of(Template::use_of(each))).append(" ");
        out.append(std::to_string(each.hits)).append("/").append(std::to_string(each.tries));
        out.append(" ").append(to_text(entry.graph(), each.account));
        if (each.is_slot()) out.append(" ").append(to_text(entry.graph(), each.slot));
        if (each.is_guess) out.append(" (guess)");
        out.append("\n");
    }
    return out;
}

}  // namespace switchyard::plan
