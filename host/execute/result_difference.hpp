// SPDX-License-Identifier: Apache-2.0
// Compares two results of one block and names what differs first.
#pragma once

#include <optional>
#include <string>

#include "host/execute/block_execution.hpp"

namespace switchyard::execute {

/// No value when both are equal bit for bit: receipts, gas, bloom, requests, state changes.
/// Otherwise one line that names the first difference, with the value in `expected` before the one
/// in `found`.
[[nodiscard]] std::optional<std::string> first_difference(const BlockResult& expected,
                                                          const BlockResult& found);

}  // namespace switchyard::execute
