// SPDX-License-Identifier: Apache-2.0
// The names that the official tests give to the rules of transactions and blocks, and ours.
#pragma once

#include <string_view>

namespace switchyard::conformance {

/// Whether `message`, with which a transaction or a block was refused, says one of the reasons in
/// `expected` ("BlockException.A|TransactionException.B", or a legacy test's). Reasons that have no
/// counterpart of their own, as those about encodings, match any message.
[[nodiscard]] bool exception_matches(std::string_view expected, std::string_view message);

}  // namespace switchyard::conformance
