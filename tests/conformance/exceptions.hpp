// SPDX-License-Identifier: Apache-2.0
// The names that the execution-spec tests give to the rules of transactions, and ours.
#pragma once

#include <string_view>

#include "host/execute/transaction_error.hpp"

namespace switchyard::test {

/// Whether `error` is one of the reasons in `expected` ("TransactionException.A|..."). Reasons of
/// other vocabularies (the legacy tests', or a block's) match any error.
[[nodiscard]] bool exception_matches(std::string_view expected, execute::TransactionError error);

}  // namespace switchyard::test
