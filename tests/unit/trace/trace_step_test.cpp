// SPDX-License-Identifier: Apache-2.0
// What distinguishes two lines of a trace.
#include "tools/trace/trace_step.hpp"

#include <gtest/gtest.h>

namespace switchyard::trace {
namespace {

TraceStep whole_step() {
    TraceStep step;
    step.pc = 7;
    step.opcode = 0x01;
    step.gas = 100;
    step.depth = 2;
    step.gas_cost = 3;
    step.memory_bytes = 64;
    step.refund = 0;
    step.stack = {Uint256{1}, Uint256{2}, Uint256{3}};
    step.memory = Bytes(64, 0);
    step.return_data = Bytes{1};
    return step;
}

template <typename Change>
FieldDifference difference_after(Change change) {
    TraceStep other = whole_step();
    change(other);
    const auto difference = first_difference(whole_step(), other);
    EXPECT_TRUE(difference.has_value());
    return difference.value_or(FieldDifference{});
}

TEST(TraceStepDifference, IsNoneForEqualSteps) {
    EXPECT_FALSE(first_difference(whole_step(), whole_step()));
}

TEST(TraceStepDifference, NamesTheFieldWithBothValues) {
    const auto gas = difference_after([](TraceStep& step) { step.gas = 99; });
    EXPECT_EQ(gas.field, "gas");
    EXPECT_EQ(gas.expected, "100 (0x64)");
    EXPECT_EQ(gas.found, "99 (0x63)");
    EXPECT_EQ(difference_after([](TraceStep& step) { step.pc = 8; }).field, "pc");
    EXPECT_EQ(difference_after([](TraceStep& step) { step.depth = 1; }).field, "depth");
    EXPECT_EQ(difference_after([](TraceStep& step) { step.gas_cost = 4; }).field, "gasCost");
    EXPECT_EQ(difference_after([](TraceStep& step) { step.memory_bytes = 32; }).field, "memSize");
    EXPECT_EQ(difference_after([](TraceStep& step) { step.refund = 1; }).field, "refund");
    const auto op = difference_after([](TraceStep& step) { step.opcode = 0x02; });
    EXPECT_EQ(op.field, "op");
    EXPECT_EQ(op.expected, "ADD");
    EXPECT_EQ(op.found, "MUL");
}

TEST(TraceStepDifference, CountsTheStackFromItsTop) {
    const auto item = difference_after([](TraceStep& step) { (*step.stack)[0] = Uint256{9}; });
    EXPECT_EQ(item.field, "stack[2]");
    EXPECT_EQ(item.expected, "0x1");
    EXPECT_EQ(item.found, "0x9");
    EXPECT_EQ(difference_after([](TraceStep& step) { step.stack->pop_back(); }).field,
              "stack (items)");
}

TEST(TraceStepDifference, NamesTheWordOfMemory) {
    const auto word = difference_after([](TraceStep& step) { (*step.memory)[40] = 1; });
    EXPECT_EQ(word.field, "memory[32]");
    EXPECT_NE(word.expected, word.found);
    EXPECT_EQ(difference_after([](TraceStep& step) {
                  step.return_data = Bytes{1, 2};
              }).field,
              "returnData (length)");
}

TEST(TraceStepDifference, ComparesOnlyWhatBothHaveAndWhatIsNotIgnored) {
    TraceStep bare;
    bare.pc = 7;
    bare.opcode = 0x01;
    bare.gas = 100;
    EXPECT_FALSE(first_difference(whole_step(), bare));
    TraceStep other = whole_step();
    other.gas_cost = 9;
    EXPECT_FALSE(first_difference(whole_step(), other, {"gasCost"}));
}

}  // namespace
}  // namespace switchyard::trace
