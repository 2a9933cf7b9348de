// SPDX-License-Identifier: Apache-2.0
#include "host/node/eth/call_tracer.hpp"

#include <algorithm>

#include "host/core/hex.hpp"
#include "host/evm/tracer.hpp"
#include "host/node/eth/call_runner.hpp"

namespace switchyard::node::eth {
namespace {

constexpr uint8_t kLog0 = 0xa0;
constexpr uint8_t kLog4 = 0xa4;
constexpr uint8_t kSelfDestruct = 0xff;

std::string_view type_of(evm::MessageKind kind) {
    switch (kind) {
        case evm::MessageKind::Call:
            return "CALL";
        case evm::MessageKind::CallCode:
            return "CALLCODE";
        case evm::MessageKind::DelegateCall:
            return "DELEGATECALL";
        case evm::MessageKind::StaticCall:
            return "STATICCALL";
        case evm::MessageKind::Create:
            return "CREATE";
        case evm::MessageKind::Create2:
            return "CREATE2";
    }
    return "";
}

/// Why a frame ended, in go-ethereum's words, which name an invalid instruction.
std::string describe_end(evm::Status status, uint8_t opcode) {
    std::string out(evm::describe(status));
    if (status != evm::Status::InvalidInstruction) return out;
    const std::string_view name = evm::opcode_name(opcode);
    return out + ": " +
           (name.empty() ? "opcode " + to_hex_quantity(Uint256(opcode)) + " not defined"
                         : std::string(name));
}

/// The log that a LOG instruction makes, from its operands.
Log log_of(const Address& address, const evm::TracedInstruction& instruction) {
    const auto& stack = instruction.stack;
    const size_t topics = instruction.opcode - kLog0;
    Log out{address, {}, {}};
    if (stack.size() < topics + 2) return out;
    const uint64_t offset = stack[stack.size() - 1].saturated();
    const uint64_t size = stack[stack.size() - 2].saturated();
    for (size_t i = 0; i < topics; ++i)
        out.topics.push_back(to_bytes32(stack[stack.size() - 3 - i]));
    // Memory is the one before the instruction: what lies behind its end is zero.
    constexpr uint64_t kDataMax = uint64_t{1} << 24;
    out.data.resize(std::min(size, kDataMax));
    if (offset < instruction.memory.size()) {
        const BytesView known = instruction.memory.subspan(offset);
        std::copy_n(known.begin(), std::min(known.size(), out.data.size()), out.data.begin());
    }
    return out;
}

}  // namespace

void CallTracer::on_message_start(const evm::Message& message) {
    Call& call = open_.emplace_back();
    call.type = type_of(message.kind);
    // Of a delegated call the caller is the contract that delegates.
    call.from = message.kind == evm::MessageKind::DelegateCall ? message.recipient : message.sender;
    call.to =
        message.kind == evm::MessageKind::DelegateCall || message.kind == evm::MessageKind::CallCode
            ? message.code_address
            : message.recipient;
    if (message.kind != evm::MessageKind::StaticCall) call.value = message.value;
    call.gas = message.gas;
    if (lists(open_.size() - 1) && take(sizeof(Call) + message.input.size()))
        call.input = to_bytes(message.input);
}

void CallTracer::on_instruction(const evm::TracedInstruction& instruction) {
    if (open_.empty()) return;
    Call& call = open_.back();
    if (instruction.status != evm::Status::Success) {
        call.last_opcode = instruction.opcode;
        return;
    }
    if (with_log_ && instruction.opcode >= kLog0 && instruction.opcode <= kLog4) {
        // Of a delegated call the address is the delegating contract's.
        Log log = log_of(call.type == "DELEGATECALL" ? call.from : call.to, instruction);
        if (!take(sizeof(LoggedHere) + log.data.size())) return;
        call.logs.push_back({std::move(log), call.calls.size()});
    }
    if (instruction.opcode == kSelfDestruct && !instruction.stack.empty() && !only_top_) {
        Call& end = call.calls.emplace_back();
        end.type = "SELFDESTRUCT";
        end.from = call.to;
        end.to = to_address(instruction.stack.back());
    }
}

void CallTracer::drop_logs(Call& call) {
    call.logs.clear();
    for (Call& inner : call.calls)
        drop_logs(inner);
}

void CallTracer::on_message_end(const evm::Message& message, evm::Status status, uint64_t gas_left,
                                BytesView output) {
    Call call = std::move(open_.back());
    open_.pop_back();
    call.gas_used = call.gas - std::min(gas_left, call.gas);
    const bool is_listed = lists(open_.size());
    if (is_listed && take(output.size(), 0)) call.output = to_bytes(output);
    call.status = status;
    if (message.kind == evm::MessageKind::Create || message.kind == evm::MessageKind::Create2) {
        call.to = message.recipient;
        call.has_to = status == evm::Status::Success;
    }
    if (status != evm::Status::Success) drop_logs(call);
    if (open_.empty()) {
        top_ = std::move(call);
        return;
    }
    if (is_listed) open_.back().calls.push_back(std::move(call));
}

void CallTracer::write_call(json::Writer& out, const Call& call, const TracedOutcome* top) const {
    out.begin_object();
    out.member_data("from", call.from);
    out.member_quantity("gas", top != nullptr ? top->gas_limit : call.gas);
    out.member_quantity("gasUsed", top != nullptr ? top->gas_used : call.gas_used);
    if (call.has_to) out.member_data("to", call.to);
    out.member_data("input", call.input);
    const Bytes& output = top != nullptr ? top->output : call.output;
    if (!output.empty()) out.member_data("output", output);
    if (call.status != evm::Status::Success) {
        out.member_string("error", describe_end(call.status, call.last_opcode));
        if (call.status == evm::Status::Revert) {
            constexpr std::string_view kPrefix = "execution reverted: ";
            const std::string reason = describe_revert(call.output);
            if (reason.starts_with(kPrefix))
                out.member_string("revertReason", reason.substr(kPrefix.size()));
        }
    }
    if (!call.calls.empty()) {
        out.key("calls");
        out.begin_array();
        for (const Call& inner : call.calls)
            write_call(out, inner, nullptr);
        out.end_array();
    }
    if (!call.logs.empty()) {
        out.key("logs");
        out.begin_array();
        for (const LoggedHere& logged : call.logs) {
            out.begin_object();
            out.member_data("address", logged.log.address);
            out.key("topics");
            out.begin_array();
            for (const Bytes32& topic : logged.log.topics)
                out.data(topic);
            out.end_array();
            out.member_data("data", logged.log.data);
            out.member_quantity("position", uint64_t{logged.after_calls});
            out.end_object();
        }
        out.end_array();
    }
    if (call.value) out.member_quantity("value", *call.value);
    out.member_string("type", call.type);
    out.end_object();
}

void CallTracer::write(json::Writer& out, const TracedOutcome& outcome) const {
    if (!top_) return out.null();
    write_call(out, *top_, &outcome);
}

}  // namespace switchyard::node::eth
