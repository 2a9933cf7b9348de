// SPDX-License-Identifier: Apache-2.0
// The lines of a trace, character by character.
#include "tools/trace/trace_writer.hpp"

#include <gtest/gtest.h>

#include "host/core/hex.hpp"
#include "host/state/memory_state.hpp"

namespace switchyard::trace {
namespace {

std::string line_of(const evm::TracedInstruction& instruction, const TraceFormat& format) {
    std::string out;
    append_line(out, instruction, format);
    return out;
}

evm::TracedInstruction store() {
    static const std::vector<Uint256> stack = {Uint256{0}, Uint256{0x40}, Uint256{0, 0, 1, 0xabc}};
    static const Bytes memory(32, 0x07);
    static const Bytes return_data = {0xf5, 0xa5};
    evm::TracedInstruction out;
    out.pc = 8;
    out.opcode = 0x55;
    out.gas = 0x2540be3e8;
    out.gas_cost = 20'000;
    out.memory_bytes = 32;
    out.stack = stack;
    out.memory = memory;
    out.return_data = return_data;
    out.refund = 4'800;
    return out;
}

TEST(TraceWriter, PrintsTheFieldsOfEip3155InTheirOrder) {
    EXPECT_EQ(
        line_of(store(), {}),
        R"({"pc":8,"op":85,"gas":"0x2540be3e8","gasCost":"0x4e20","memSize":32,"stack":["0x0","0x40",)"
        R"("0xabc000000000000000100000000000000000000000000000000"],"depth":1,"refund":4800,)"
        R"("opName":"SSTORE"})"
        "\n");
}

TEST(TraceWriter, AddsAndLeavesOutWhatIsAskedFor) {
    EXPECT_EQ(
        line_of(store(), {.stack = false, .memory = true, .return_data = true}),
        R"({"pc":8,"op":85,"gas":"0x2540be3e8","gasCost":"0x4e20","memory":"0x0707070707070707070707070707070707070707070707070707070707070707",)"
        R"("memSize":32,"returnData":"0xf5a5","depth":1,"refund":4800,"opName":"SSTORE"})"
        "\n");
}

TEST(TraceWriter, NamesFailuresAndUnassignedOpcodes) {
    evm::TracedInstruction instruction;
    instruction.opcode = 0x0c;
    instruction.status = evm::Status::InvalidInstruction;
    EXPECT_EQ(
        line_of(instruction, {}),
        R"({"pc":0,"op":12,"gas":"0x0","gasCost":"0x0","memSize":0,"stack":[],"depth":1,"refund":0,)"
        R"("opName":"opcode 0xc not defined","error":"invalid opcode"})"
        "\n");
}

TEST(TraceWriter, PrintsSummariesOfBothKinds) {
    std::string out;
    const Bytes output = {0x40};
    TraceSummary summary;
    summary.output = output;
    summary.gas_used = 0x515c;
    append_line(out, summary);
    EXPECT_EQ(out, "{\"output\":\"40\",\"gasUsed\":\"0x515c\"}\n");
    out.clear();
    summary.state_root = Bytes32{};
    summary.pass = false;
    summary.error = "a \"quoted\"\nline";
    summary.fork = "Berlin";
    append_line(out, summary);
    EXPECT_EQ(out, "{\"stateRoot\":\"0x" + std::string(64, '0') +
                       "\",\"output\":\"40\",\"gasUsed\":\"0x515c\",\"pass\":false,"
                       "\"error\":\"a \\\"quoted\\\"\\u000aline\",\"fork\":\"Berlin\"}\n");
}

TEST(TraceWriter, CountsTheGasOfTheTransactionsOwnMessage) {
    TraceWriter writer({});
    evm::Message own;
    own.gas = 1'000;
    evm::Message inner;
    inner.depth = 1;
    inner.gas = 400;
    writer.on_message_start(own);
    writer.on_message_start(inner);
    writer.on_message_end(inner, evm::Status::Success, 5, {});
    writer.on_message_end(own, evm::Status::Success, 300, {});
    EXPECT_EQ(writer.message_gas_used(), 700U);
}

}  // namespace
}  // namespace switchyard::trace
