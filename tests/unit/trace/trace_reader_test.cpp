// SPDX-License-Identifier: Apache-2.0
// Traces as different clients print them, and files that are none.
#include "tools/trace/trace_reader.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>

#include "tools/trace/trace_writer.hpp"

namespace switchyard::trace {
namespace {

using testing::HasSubstr;

/// A reader over text.
TraceReader reader_of(const std::string& text) {
    std::FILE* file = std::tmpfile();
    EXPECT_NE(file, nullptr);
    EXPECT_EQ(std::fwrite(text.data(), 1, text.size(), file), text.size());
    std::rewind(file);
    return TraceReader(LineReader(file, "some.jsonl"));
}

/// All lines; a failure of the file is a failure of the test.
std::vector<TraceLine> lines_of(const std::string& text) {
    TraceReader reader = reader_of(text);
    std::vector<TraceLine> out;
    for (;;) {
        auto line = reader.next();
        EXPECT_TRUE(line.has_value()) << line.error().message;
        if (!line || !*line) return out;
        out.push_back(**line);
    }
}

std::string error_of(const std::string& text) {
    TraceReader reader = reader_of(text);
    for (;;) {
        const auto line = reader.next();
        if (!line) {
            EXPECT_EQ(line.error().code, ErrorCode::InvalidInput);
            return line.error().message;
        }
        if (!*line) return "no error";
    }
}

TEST(TraceReader, RefusesAFileThatIsNoTrace) {
    EXPECT_THAT(error_of("garbage\n"), HasSubstr("some.jsonl: no line of it is a trace's"));
    EXPECT_THAT(error_of("{\"jsonrpc\":\"2.0\"}\n"), HasSubstr("no line of it is a trace's"));
    EXPECT_EQ(error_of(""), "no error") << "nothing was executed";
    EXPECT_EQ(error_of("INFO warming up\n{\"pc\":0,\"op\":0,\"gas\":\"0x1\"}\n"), "no error");
}

TEST(TraceReader, ReadsItsOwnWriter) {
    const std::vector<Uint256> stack = {1, Uint256{0, 0, 0, 7}};
    const Bytes memory(64, 0x11);
    const Bytes return_data = {1, 2, 3};
    evm::TracedInstruction instruction;
    instruction.pc = 5;
    instruction.opcode = 0x20;
    instruction.depth = 3;
    instruction.gas = UINT64_MAX;
    instruction.gas_cost = 42;
    instruction.memory_bytes = 64;
    instruction.stack = stack;
    instruction.memory = memory;
    instruction.return_data = return_data;
    instruction.refund = 9;
    std::string text;
    append_line(text, instruction, {.stack = true, .memory = true, .return_data = true});
    TraceSummary summary;
    summary.output = return_data;
    summary.gas_used = 77;
    append_line(text, summary);
    const auto lines = lines_of(text);
    ASSERT_EQ(lines.size(), 2U);
    EXPECT_FALSE(first_difference(step_of(instruction), std::get<TraceStep>(lines[0])));
    const auto& step = std::get<TraceStep>(lines[0]);
    EXPECT_EQ(step.stack, stack);
    EXPECT_EQ(step.memory, memory);
    EXPECT_EQ(step.return_data, return_data);
    EXPECT_EQ(std::get<TraceEnd>(lines[1]).gas_used, 77U);
    EXPECT_EQ(std::get<TraceEnd>(lines[1]).output, return_data);
}

TEST(TraceReader, TakesNumbersInEveryNotation) {
    for (
        const std::string line :
        {R"({"pc":5,"op":96,"gas":"0x64","gasCost":"0x3","depth":1,"stack":["0x1"],"refund":0})",
         R"({"pc":"0x5","op":"0x60","gas":100,"gasCost":3,"depth":"1","stack":["1"],"refund":"0x0"})",
         R"({"gas":"100","depth":1,"extra":{"a":[1]},"pc":5,"op":96,"opName":"PUSH1","error":null,"stack":["0x0001"]})"}) {
        SCOPED_TRACE(line);
        const auto lines = lines_of(line);
        ASSERT_EQ(lines.size(), 1U);
        const auto& step = std::get<TraceStep>(lines[0]);
        EXPECT_EQ(step.pc, 5U);
        EXPECT_EQ(step.opcode, 96U);
        EXPECT_EQ(step.gas, 100U);
        EXPECT_EQ(step.gas_cost.value_or(3), 3U);
        EXPECT_EQ(step.depth, 1U);
        EXPECT_EQ(step.stack, std::vector<Uint256>{Uint256{1}});
    }
}

TEST(TraceReader, PassesOverWhatIsNoStepAndNoSummary) {
    const auto lines = lines_of(
        "WARN a client's log\n"
        "{\"from\":\"0x12\",\"to\":\"0x34\",\"type\":\"CALL\"}\n"
        "\n"
        "{\"pc\":0,\"op\":0,\"gas\":\"0x1\",\"stack\":null,\"memory\":[\"0x01\",\"02\"]}\n"
        "{\"stateRoot\":\"0x" +
        std::string(64, '1') + "\"}");
    ASSERT_EQ(lines.size(), 2U);
    EXPECT_FALSE(std::get<TraceStep>(lines[0]).stack.has_value());
    EXPECT_EQ(std::get<TraceStep>(lines[0]).memory, (Bytes{1, 2}));
    EXPECT_TRUE(std::get<TraceEnd>(lines[1]).state_root.has_value());
}

TEST(TraceReader, TakesAFailureThatIsPrintedTwiceForOneStep) {
    const std::string line = R"({"pc":3,"op":253,"gas":"0x9","depth":1)";
    EXPECT_EQ(lines_of(line + "}\n" + line + ",\"error\":\"execution reverted\"}\n").size(), 1U);
    EXPECT_EQ(
        lines_of(line + "}\n{\"pc\":4,\"op\":253,\"gas\":\"0x9\",\"depth\":1,\"error\":\"x\"}")
            .size(),
        2U);
}

TEST(TraceReader, NamesFileLineAndFieldOfWhatIsMalformed) {
    const std::string good = "{\"pc\":0,\"op\":0,\"gas\":\"0x1\"}\n";
    EXPECT_THAT(error_of(good + "{\"pc\":0,\"op\":"), HasSubstr("some.jsonl:2"));
    EXPECT_THAT(error_of(good + good + "{\"pc\":\"x\",\"op\":1,\"gas\":1}"),
                HasSubstr("some.jsonl:3: pc"));
    EXPECT_THAT(error_of("{\"pc\":1,\"op\":1}"), HasSubstr("some.jsonl:1: gas"));
    EXPECT_THAT(error_of("{\"pc\":1,\"op\":1,\"gas\":-4}"), HasSubstr("gas"));
    EXPECT_THAT(error_of("{\"pc\":1,\"op\":1,\"gas\":1,\"stack\":[\"0x1\",\"zz\"]}"),
                HasSubstr("stack[1]"));
    EXPECT_THAT(error_of("{\"pc\":1,\"op\":1,\"gas\":1,\"memory\":\"0x123\"}"),
                HasSubstr("memory"));
    EXPECT_THAT(error_of("{\"stateRoot\":\"0x12\"}"), HasSubstr("stateRoot"));
}

TEST(LineReader, GivesLinesOfAnyLengthAndTheLastWithoutALineFeed) {
    std::FILE* file = std::tmpfile();
    const std::string longest(700'000, 'a');
    const std::string text = "one\n\n" + longest + "\nlast";
    ASSERT_EQ(std::fwrite(text.data(), 1, text.size(), file), text.size());
    std::rewind(file);
    LineReader reader(file, "f");
    for (const std::string& expected :
         {std::string("one"), std::string(), longest, std::string("last")}) {
        const auto line = reader.next();
        ASSERT_TRUE(line.has_value());
        ASSERT_TRUE(line->has_value());
        EXPECT_EQ(**line, expected);
    }
    EXPECT_FALSE(reader.next()->has_value());
    EXPECT_EQ(reader.line_number(), 4U);
    EXPECT_EQ(LineReader::open("/nonexistent/trace.jsonl").error().code, ErrorCode::NotFound);
}

}  // namespace
}  // namespace switchyard::trace
