// SPDX-License-Identifier: Apache-2.0
#include "host/node/eth/struct_logger.hpp"

#include "host/core/hex.hpp"

namespace switchyard::node::eth {
namespace {

constexpr uint8_t kSload = 0x54;
constexpr uint8_t kSstore = 0x55;
/// Of a slot in a map: key, value and the node around them.
constexpr size_t kSlotBytes = 2 * sizeof(Uint256) + 48;

}  // namespace

void StructLogger::keep_slots(Step& step, const Slots& slots) {
    if (take(slots.size() * kSlotBytes, 0)) step.storage = slots;
}

/// What an SLOAD gave is on the stack when the next instruction of its frame begins.
void StructLogger::finish_load(const evm::TracedInstruction& instruction) {
    if (!pending_load_ || instruction.stack.empty()) return;
    auto& slots = storage_[recipients_.back()];
    slots[steps_[*pending_load_].stack_top] = instruction.stack.back();
    keep_slots(steps_[*pending_load_], slots);
    pending_load_.reset();
}

void StructLogger::on_instruction(const evm::TracedInstruction& instruction) {
    finish_load(instruction);
    if (options_.limit != 0 && steps_.size() >= options_.limit) return;
    if (!take(sizeof(Step) + (options_.stack ? instruction.stack.size_bytes() : 0) +
              (options_.memory ? instruction.memory.size() : 0) +
              (options_.return_data ? instruction.return_data.size() : 0)))
        return;
    Step& step = steps_.emplace_back();
    step.pc = instruction.pc;
    step.gas = instruction.gas;
    step.gas_cost = instruction.gas_cost;
    step.refund = instruction.refund;
    step.depth = instruction.depth;
    step.opcode = instruction.opcode;
    step.status = instruction.status;
    if (options_.stack) step.stack.assign(instruction.stack.begin(), instruction.stack.end());
    if (options_.memory) step.memory = to_bytes(instruction.memory);
    if (options_.return_data) step.return_data = to_bytes(instruction.return_data);
    const auto& stack = instruction.stack;
    if (!options_.storage || recipients_.empty() || instruction.status != evm::Status::Success)
        return;
    if (instruction.opcode == kSstore && stack.size() >= 2) {
        auto& slots = storage_[recipients_.back()];
        slots[stack.back()] = stack[stack.size() - 2];
        keep_slots(step, slots);
    } else if (instruction.opcode == kSload && !stack.empty()) {
        step.stack_top = stack.back();
        pending_load_ = steps_.size() - 1;
    }
}

void StructLogger::write_step(json::Writer& out, const Step& step) const {
    out.begin_object();
    out.key("pc");
    out.number(step.pc);
    const std::string_view name = evm::opcode_name(step.opcode);
    out.member_string("op", name.empty()
                                ? "opcode " + to_hex_quantity(Uint256(step.opcode)) + " not defined"
                                : std::string(name));
    out.key("gas");
    out.number(step.gas);
    out.key("gasCost");
    out.number(step.gas_cost);
    out.key("depth");
    out.number(uint64_t{step.depth});
    if (step.status != evm::Status::Success && step.status != evm::Status::Revert)
        out.member_string("error", evm::describe(step.status));
    if (options_.stack) {
        out.key("stack");
        out.begin_array();
        for (const Uint256& word : step.stack)
            out.quantity(word);
        out.end_array();
    }
    if (options_.memory && !step.memory.empty()) {
        out.key("memory");
        out.begin_array();
        for (size_t i = 0; i + Bytes32::kSize <= step.memory.size(); i += Bytes32::kSize)
            out.data(BytesView(step.memory).subspan(i, Bytes32::kSize));
        out.end_array();
    }
    if (options_.return_data && !step.return_data.empty())
        out.member_data("returnData", step.return_data);
    if (!step.storage.empty()) {
        out.key("storage");
        out.begin_object();
        for (const auto& [key, value] : step.storage)
            out.member_data(to_hex(to_bytes32(key)), to_bytes32(value));
        out.end_object();
    }
    if (step.refund > 0) {
        out.key("refund");
        out.number(static_cast<uint64_t>(step.refund));
    }
    out.end_object();
}

void StructLogger::write(json::Writer& out, const TracedOutcome& outcome) const {
    out.begin_object();
    out.key("gas");
    out.number(outcome.gas_used);
    out.member("failed", outcome.failed);
    out.member_data("returnValue", outcome.output);
    out.key("structLogs");
    out.begin_array();
    for (const Step& step : steps_)
        write_step(out, step);
    out.end_array();
    out.end_object();
}

}  // namespace switchyard::node::eth
