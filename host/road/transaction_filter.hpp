// SPDX-License-Identifier: Apache-2.0
// Sorts out of a block what may not stand in it.
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "host/core/transaction_source.hpp"
#include "host/execute/block_execution.hpp"

namespace switchyard {

struct RejectedTransaction {
    SignedTransaction transaction;
    Verdict why = Verdict::Malformed;
};

struct FilteredTransactions {
    std::vector<SignedTransaction> kept;        ///< a valid block, in the order given
    std::vector<SignedTransaction> put_back;    ///< not in this block: another may take them
    std::vector<RejectedTransaction> rejected;  ///< no block will ever take them
    /// The block itself cannot be executed; all are in `put_back`.
    std::optional<Error> error;
};

/// Executes the block's transactions one after another over `parent` and keeps those that may
/// follow the ones kept before, for the time of one serial execution, however many may not. One is
/// put back if it came too early or too late (nonce), cannot pay at this place, or finds too little
/// gas left; a sender's later ones then follow it. Once `is_late` says so, all that are left are
/// put back; empty: never. `input` is the block without its transactions.
[[nodiscard]] FilteredTransactions filter_transactions(
    execute::BlockInput input, const StateView& parent,
    std::vector<SignedTransaction>&& transactions, const std::function<bool()>& is_late);

}  // namespace switchyard
