// SPDX-License-Identifier: Apache-2.0
// EVM code from text, for the little contracts of tests.
#pragma once

#include <string_view>

#include "host/core/bytes.hpp"

namespace switchyard::test {

/// Words apart by white space: an opcode's name in lower case ("sload"), a number in decimal or
/// after 0x (the shortest PUSH, at most 32 bytes), "name:" for a JUMPDEST, "@name" for a PUSH2 of
/// its offset. Any other word, a label without its place and code above 64 KiB fail an assertion.
[[nodiscard]] Bytes assemble(std::string_view text);

}  // namespace switchyard::test
