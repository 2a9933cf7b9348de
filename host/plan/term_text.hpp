// SPDX-License-Identifier: Apache-2.0
// Terms and templates in words, for tests and for whoever wants to know what was learned.
#pragma once

#include <string>

#include "host/plan/template.hpp"

namespace switchyard::plan {

/// `keccak(caller . 0x2)`, `load(to, 0x0)[0:20]`, `calldata[16:36]`. Cut off with `...` where it
/// gets long.
[[nodiscard]] std::string to_text(const TermGraph& graph, TermIndex term);
/// One entry to a line: how it is used, how often it was right, account and slot.
[[nodiscard]] std::string to_text(const Template& entry);

}  // namespace switchyard::plan
