// SPDX-License-Identifier: Apache-2.0
// What a tracer sees of an execution: every instruction with its price, and every message
// (EIP-3155).
#pragma once

#include <span>
#include <string_view>

#include "host/evm/evm.hpp"

namespace switchyard::evm {

/// One executed instruction. The views are valid during the call that hands it over.
struct TracedInstruction {
    uint64_t pc = 0;
    uint8_t opcode = 0;
    uint32_t depth = 1;  ///< 1 for a transaction's own message (EIP-3155)
    uint64_t gas = 0;    ///< left before the instruction
    /// What the instruction takes from its frame before its effect: a call's price with the gas
    /// that it hands on (without the stipend), a creation's without. Of one that runs out of gas:
    /// what it would have taken.
    uint64_t gas_cost = 0;
    uint64_t memory_bytes = 0;       ///< size before the instruction
    std::span<const Uint256> stack;  ///< before the instruction, lowest item first
    BytesView memory;                ///< before the instruction; empty unless `wants_memory`
    BytesView return_data;           ///< before the instruction (EIP-211)
    int64_t refund = 0;              ///< the counter with what the instruction itself added
    /// `Success`, or why the instruction ended its frame; `Revert` for a REVERT that worked.
    Status status = Status::Success;
};

/// Watches the messages of one `Evm`. The calls come in the order of execution, on the thread that
/// executes; an instruction is handed over when its price and outcome are known, before the first
/// instruction of a message that it starts.
class Tracer {
  public:
    virtual ~Tracer() = default;
    /// Whether `TracedInstruction::memory` is filled. Asked for each instruction.
    [[nodiscard]] virtual bool wants_memory() const { return false; }

    /// A message starts, before its value moves. Messages to precompiles and to accounts without
    /// code are among them.
    virtual void on_message_start(const Message& /*message*/) {}
    virtual void on_instruction(const TracedInstruction& instruction) = 0;
    /// A message is over. `gas_left` goes back to its sender; `output` is return or revert data,
    /// empty for a creation that succeeded.
    virtual void on_message_end(const Message& /*message*/, Status /*status*/,
                                uint64_t /*gas_left*/, BytesView /*output*/) {}
};

/// The mnemonic in capitals ("PUSH1", "KECCAK256"); empty for a byte that no revision assigns.
[[nodiscard]] std::string_view opcode_name(uint8_t opcode);

/// A status in the words of the traces of other clients ("out of gas"); empty for `Success`.
[[nodiscard]] std::string_view describe(Status status);

}  // namespace switchyard::evm
