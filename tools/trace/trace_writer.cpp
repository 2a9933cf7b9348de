// SPDX-License-Identifier: Apache-2.0
#include "tools/trace/trace_writer.hpp"

#include <fmt/format.h>

#include <iterator>

#include "host/core/hex.hpp"

namespace switchyard::trace {
namespace {

/// Hex without leading zeros, in quotes; appended in place, since a trace writes it for every word.
void append_word(std::string& out, const Uint256& value) {
    out += "\"0x";
    size_t top = 3;
    while (top > 0 && value.limb[top] == 0)
        --top;
    fmt::format_to(std::back_inserter(out), "{:x}", value.limb[top]);
    while (top-- > 0)
        fmt::format_to(std::back_inserter(out), "{:016x}", value.limb[top]);
    out += '"';
}

}  // namespace

void append_line(std::string& out, const evm::TracedInstruction& i, const TraceFormat& format) {
    const auto end = std::back_inserter(out);
    fmt::format_to(end, R"({{"pc":{},"op":{},"gas":"0x{:x}","gasCost":"0x{:x}")", i.pc, i.opcode,
                   i.gas, i.gas_cost);
    if (format.memory) fmt::format_to(end, R"(,"memory":"{}")", to_hex(i.memory));
    fmt::format_to(end, R"(,"memSize":{})", i.memory_bytes);
    if (format.stack) {
        out += ",\"stack\":[";
        for (size_t n = 0; n < i.stack.size(); ++n) {
            if (n != 0) out += ',';
            append_word(out, i.stack[n]);
        }
        out += ']';
    }
    if (format.return_data) fmt::format_to(end, R"(,"returnData":"{}")", to_hex(i.return_data));
    fmt::format_to(end, R"(,"depth":{},"refund":{})", i.depth, i.refund);
    const std::string_view name = evm::opcode_name(i.opcode);
    if (name.empty())
        fmt::format_to(end, R"(,"opName":"opcode 0x{:x} not defined")", i.opcode);
    else
        fmt::format_to(end, R"(,"opName":"{}")", name);
    if (i.status != evm::Status::Success)
        fmt::format_to(end, R"(,"error":"{}")", evm::describe(i.status));
    out += "}\n";
}

void append_line(std::string& out, const TraceSummary& summary) {
    const auto end = std::back_inserter(out);
    out += '{';
    if (summary.state_root)
        fmt::format_to(end, R"("stateRoot":"{}",)", to_hex(*summary.state_root));
    fmt::format_to(end, R"("output":"{}","gasUsed":"0x{:x}")",
                   std::string_view(to_hex(summary.output)).substr(2), summary.gas_used);
    if (summary.pass) fmt::format_to(end, R"(,"pass":{})", *summary.pass);
    if (!summary.error.empty()) {
        out += ",\"error\":";
        append_json_string(out, summary.error);
    }
    if (!summary.fork.empty()) {
        out += ",\"fork\":";
        append_json_string(out, summary.fork);
    }
    out += "}\n";
}

void append_json_string(std::string& out, std::string_view text) {
    out += '"';
    for (const char c : text) {
        if (c == '"' || c == '\\')
            (out += '\\') += c;
        else if (static_cast<unsigned char>(c) < 0x20)
            fmt::format_to(std::back_inserter(out), "\\u{:04x}", static_cast<unsigned char>(c));
        else
            out += c;
    }
    out += '"';
}

void TraceWriter::on_message_start(const evm::Message& message) {
    if (message.depth == 0) message_gas_ = message.gas;
}

void TraceWriter::on_message_end(const evm::Message& message, evm::Status /*status*/,
                                 uint64_t gas_left, BytesView /*output*/) {
    if (message.depth == 0) message_gas_used_ = message_gas_ - gas_left;
}

}  // namespace switchyard::trace
