// SPDX-License-Identifier: Apache-2.0
// Names what distinguishes a state from the one that a test states in full.
#pragma once

#include <optional>
#include <string>

#include "host/state/memory_state.hpp"
#include "tools/fixtures/pre_state.hpp"

namespace switchyard::conformance {

/// No value when both hold the same accounts, code and storage. Otherwise one line that names the
/// first account, in order of addresses, that differs, and the field or slot with both values.
[[nodiscard]] std::optional<std::string> first_state_difference(const fixtures::PreState& expected,
                                                                const MemoryState& found);

}  // namespace switchyard::conformance
