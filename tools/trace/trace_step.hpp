// SPDX-License-Identifier: Apache-2.0
// One line of an EIP-3155 trace as a value, and what distinguishes two of them.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "host/evm/tracer.hpp"

namespace switchyard::trace {

/// An instruction of a trace. Clients leave fields out; what is absent is not compared.
struct TraceStep {
    uint64_t pc = 0;
    uint64_t opcode = 0;
    uint64_t gas = 0;
    std::optional<uint64_t> depth;
    std::optional<uint64_t> gas_cost;
    std::optional<uint64_t> memory_bytes;
    std::optional<uint64_t> refund;
    std::optional<std::vector<Uint256>> stack;  ///< lowest item first
    std::optional<Bytes> memory;
    std::optional<Bytes> return_data;
    std::string error;  ///< in the words of the client; not compared
};

/// What follows a transaction.
struct TraceEnd {
    std::optional<uint64_t> gas_used;
    std::optional<Bytes> output;
    std::optional<Bytes32> state_root;
};

/// One statement of what came of a block, which `switchyard trace --results` prints behind it:
/// `{"result":"receipt 0, status","value":"1"}`.
struct TraceStatement {
    std::string name;
    std::string value;
};

[[nodiscard]] TraceStep step_of(const evm::TracedInstruction& instruction);

/// "PUSH1", or "opcode 0xef" for a byte without a name.
[[nodiscard]] std::string name_of(uint64_t opcode);

/// A field of two lines that differs. The names are those of the JSON; an item of the stack is
/// "stack[2]", counted from the top.
struct FieldDifference {
    std::string field;
    std::string expected;
    std::string found;
};

/// The first field that both have and that differs, in the order in which the difference says most:
/// where, what, gas, stack, memory. Fields in `ignored` (JSON names) are left out.
[[nodiscard]] std::optional<FieldDifference> first_difference(
    const TraceStep& expected, const TraceStep& found,
    const std::set<std::string, std::less<>>& ignored = {});

}  // namespace switchyard::trace
