// SPDX-License-Identifier: Apache-2.0
#include "host/road/transaction_filter.hpp"

#include <span>

#include "host/road/verdict_of.hpp"
#include "host/state/block_state.hpp"

namespace switchyard {
namespace {

using execute::TransactionError;

/// Whether the same transaction may be valid at another place or in another block.
bool may_be_valid_later(TransactionError error) {
    switch (error) {
        case TransactionError::NonceTooLow:  // the pool finds out with the next head
        case TransactionError::NonceTooHigh:
        case TransactionError::InsufficientBalance:
        case TransactionError::MaxFeeBelowBaseFee:
        case TransactionError::BlobFeeBelowBaseFee:
        case TransactionError::GasLimitAboveBlock:
        case TransactionError::BlobGasAboveBlock:
            return true;
        default:
            return false;
    }
}

}  // namespace

FilteredTransactions filter_transactions(execute::BlockInput input, const StateView& parent,
                                         std::vector<SignedTransaction>&& transactions,
                                         const std::function<bool()>& is_late) {
    FilteredTransactions out;
    input.transactions = {};
    evm::Evm evm(input.rules.revision);
    TransactionState transaction_state;
    BlockState state(parent);
    execute::BlockResult result;
    StateChanges changes;
    if (const auto begun =
            execute::execute_before_transactions(input, evm, transaction_state, state);
        !begun) {
        out.error = begun.error();
        out.put_back = std::move(transactions);
        return out;
    }
    const evm::BlockContext block = execute::block_context(input);
    bool late = false;
    for (SignedTransaction& transaction : transactions) {
        late = late || (is_late && is_late());
        if (late) {
            out.put_back.push_back(std::move(transaction));
            continue;
        }
        auto outcome = execute::execute_transaction(evm, transaction_state, state, input.rules,
                                                    block, transaction, changes);
        if (outcome.error != TransactionError::None) {
            if (may_be_valid_later(outcome.error))
                out.put_back.push_back(std::move(transaction));
            else
                out.rejected.push_back({std::move(transaction), verdict_of(outcome.error)});
            continue;
        }
        if (evm::has_no_result(outcome.status)) {
            out.rejected.push_back({std::move(transaction), Verdict::Unsupported});
            continue;
        }
        // What is left to be refused is the block's room.
        input.transactions = std::span(&transaction, 1);
        if (execute::commit_transaction(input, 0, std::move(outcome), changes, state, result))
            out.kept.push_back(std::move(transaction));
        else
            out.put_back.push_back(std::move(transaction));
    }
    return out;
}

}  // namespace switchyard
