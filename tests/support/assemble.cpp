// SPDX-License-Identifier: Apache-2.0
#include "tests/support/assemble.hpp"

#include <algorithm>
#include <charconv>
#include <map>
#include <string>
#include <vector>

#include "host/core/assert.hpp"
#include "host/core/hex.hpp"
#include "host/evm/opcodes.hpp"

namespace switchyard::test {
namespace {

constexpr uint8_t kPush1 = static_cast<uint8_t>(evm::Opcode::Push1);
constexpr uint8_t kPush2 = static_cast<uint8_t>(evm::Opcode::Push2);

const std::map<std::string, uint8_t, std::less<>>& opcodes_by_name() {
    static const auto names = [] {
        std::map<std::string, uint8_t, std::less<>> out;
        const auto add = [&out](std::string name, uint8_t value) {
            std::ranges::transform(name, name.begin(), [](char c) {
                return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
            });
            out.emplace(std::move(name), value);
        };
#define SWITCHYARD_TEST_NAME(value, name, ...) add(#name, value);
#define SWITCHYARD_TEST_NO_NAME(value)
        SWITCHYARD_EVM_OPCODES(SWITCHYARD_TEST_NAME, SWITCHYARD_TEST_NO_NAME)
#undef SWITCHYARD_TEST_NAME
#undef SWITCHYARD_TEST_NO_NAME
        return out;
    }();
    return names;
}

/// The big-endian bytes of a number, at least one.
Bytes number_bytes(std::string_view word) {
    if (word.starts_with("0x")) {
        std::string digits(word.substr(2));
        if (digits.size() % 2 != 0) digits.insert(digits.begin(), '0');
        const auto bytes = from_hex(digits);
        SWITCHYARD_ASSERT(bytes.has_value() && !bytes->empty() && bytes->size() <= 32);
        return *bytes;
    }
    uint64_t value = 0;
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
    SWITCHYARD_ASSERT(error == std::errc{} && end == word.data() + word.size());
    Bytes out;
    do {
        out.insert(out.begin(), static_cast<uint8_t>(value));
        value >>= 8;
    } while (value != 0);
    return out;
}

struct LabelUse {
    size_t at;
    std::string name;
};

}  // namespace

Bytes assemble(std::string_view text) {
    constexpr std::string_view kSpace = " \t\n";
    Bytes code;
    std::map<std::string, size_t, std::less<>> labels;
    std::vector<LabelUse> uses;
    for (size_t begin = text.find_first_not_of(kSpace); begin != std::string_view::npos;) {
        const size_t end = std::min(text.find_first_of(kSpace, begin), text.size());
        const std::string_view word = text.substr(begin, end - begin);
        if (word.ends_with(':')) {
            labels.emplace(word.substr(0, word.size() - 1), code.size());
            code.push_back(static_cast<uint8_t>(evm::Opcode::Jumpdest));
        } else if (word.starts_with('@')) {
            uses.push_back({code.size() + 1, std::string(word.substr(1))});
            code.insert(code.end(), {kPush2, 0, 0});
        } else if (word.front() >= '0' && word.front() <= '9') {
            const Bytes number = number_bytes(word);
            code.push_back(static_cast<uint8_t>(kPush1 + number.size() - 1));
            code.insert(code.end(), number.begin(), number.end());
        } else {
            const auto found = opcodes_by_name().find(word);
            SWITCHYARD_ASSERT(found != opcodes_by_name().end());
            code.push_back(found->second);
        }
        begin = text.find_first_not_of(kSpace, end);
    }
    SWITCHYARD_ASSERT(code.size() <= UINT16_MAX);
    for (const LabelUse& use : uses) {
        const auto found = labels.find(use.name);
        SWITCHYARD_ASSERT(found != labels.end());
        code[use.at] = static_cast<uint8_t>(found->second >> 8);
        code[use.at + 1] = static_cast<uint8_t>(found->second);
    }
    return code;
}

}  // namespace switchyard::test
