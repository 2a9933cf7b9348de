// SPDX-License-Identifier: Apache-2.0
#include "tools/trace/trace_step.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "host/core/hex.hpp"

namespace switchyard::trace {
namespace {

/// The first words in which two memories differ, with the offset in the field's name.
FieldDifference bytes_difference(std::string_view field, BytesView expected, BytesView found) {
    static constexpr size_t kWord = 32;
    const size_t common = std::min(expected.size(), found.size());
    size_t at = 0;
    while (at < common && expected[at] == found[at])
        ++at;
    if (at == common)
        return {fmt::format("{} (length)", field), std::to_string(expected.size()),
                std::to_string(found.size())};
    at -= at % kWord;
    const auto word = [at](BytesView bytes) {
        return to_hex(bytes.subspan(at, std::min(kWord, bytes.size() - at)));
    };
    return {fmt::format("{}[{}]", field, at), word(expected), word(found)};
}

std::optional<FieldDifference> stack_difference(const std::vector<Uint256>& expected,
                                                const std::vector<Uint256>& found) {
    if (expected == found) return std::nullopt;
    if (expected.size() != found.size())
        return FieldDifference{"stack (items)", std::to_string(expected.size()),
                               std::to_string(found.size())};
    const auto [a, b] = std::mismatch(expected.rbegin(), expected.rend(), found.rbegin());
    return FieldDifference{fmt::format("stack[{}]", a - expected.rbegin()), to_hex_quantity(*a),
                           to_hex_quantity(*b)};
}

}  // namespace

TraceStep step_of(const evm::TracedInstruction& i) {
    TraceStep out;
    out.pc = i.pc;
    out.opcode = i.opcode;
    out.gas = i.gas;
    out.depth = i.depth;
    out.gas_cost = i.gas_cost;
    out.memory_bytes = i.memory_bytes;
    out.refund = i.refund > 0 ? static_cast<uint64_t>(i.refund) : 0;
    out.stack.emplace(i.stack.begin(), i.stack.end());
    if (i.memory.size() == i.memory_bytes) out.memory = to_bytes(i.memory);
    out.return_data = to_bytes(i.return_data);
    out.error = evm::describe(i.status);
    return out;
}

std::string name_of(uint64_t opcode) {
    const std::string_view name =
        opcode <= UINT8_MAX ? evm::opcode_name(static_cast<uint8_t>(opcode)) : std::string_view{};
    return name.empty() ? fmt::format("opcode 0x{:x}", opcode) : std::string(name);
}

std::optional<FieldDifference> first_difference(const TraceStep& expected, const TraceStep& found,
                                                const std::set<std::string, std::less<>>& ignored) {
    const auto compares = [&](std::string_view field) { return !ignored.contains(field); };
    const auto number = [&](std::string_view field, std::optional<uint64_t> a,
                            std::optional<uint64_t> b) -> std::optional<FieldDifference> {
        if (!a || !b || *a == *b || !compares(field)) return std::nullopt;
        return FieldDifference{std::string(field), fmt::format("{} (0x{:x})", *a, *a),
                               fmt::format("{} (0x{:x})", *b, *b)};
    };
    if (auto d = number("depth", expected.depth, found.depth)) return d;
    if (auto d = number("pc", expected.pc, found.pc)) return d;
    if (expected.opcode != found.opcode)
        return FieldDifference{"op", name_of(expected.opcode), name_of(found.opcode)};
    if (auto d = number("gas", expected.gas, found.gas)) return d;
    if (expected.stack && found.stack && compares("stack"))
        if (auto d = stack_difference(*expected.stack, *found.stack)) return d;
    if (auto d = number("memSize", expected.memory_bytes, found.memory_bytes)) return d;
    if (expected.memory && found.memory && *expected.memory != *found.memory && compares("memory"))
        return bytes_difference("memory", *expected.memory, *found.memory);
    if (expected.return_data && found.return_data && *expected.return_data != *found.return_data &&
        compares("returnData"))
        return bytes_difference("returnData", *expected.return_data, *found.return_data);
    if (auto d = number("gasCost", expected.gas_cost, found.gas_cost)) return d;
    return number("refund", expected.refund, found.refund);
}

}  // namespace switchyard::trace
