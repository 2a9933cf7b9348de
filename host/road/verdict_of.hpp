// SPDX-License-Identifier: Apache-2.0
// What the rules of execution mean at the pool's door.
#pragma once

#include "host/core/transaction_source.hpp"
#include "host/execute/transaction_error.hpp"

namespace switchyard {

/// The pool's verdict for a transaction that the rules of execution refuse.
[[nodiscard]] Verdict verdict_of(execute::TransactionError error);

}  // namespace switchyard
