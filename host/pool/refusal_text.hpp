// SPDX-License-Identifier: Apache-2.0
// What JSON-RPC says of a transaction that was refused.
#pragma once

#include <string_view>

#include "host/core/transaction_source.hpp"

namespace switchyard {

/// The words in which geth refuses a transaction for the same reason (core/error.go,
/// core/txpool/errors.go), without the figures that it appends: clients compare the beginnings.
/// Empty for `Accepted`. Where geth has no such refusal, our own words.
[[nodiscard]] std::string_view refusal_text(Verdict verdict);

}  // namespace switchyard
