// SPDX-License-Identifier: Apache-2.0
#include "host/execute/serial_executor.hpp"

#include <memory>
#include <utility>

#include "host/execute/block_effects.hpp"

namespace switchyard::execute {

evm::Evm& SerialExecutor::evm_for(const BlockInput& input) {
    const Revision wanted = input.rules.revision;
    const bool traces = input.tracing != nullptr;
    if (!evm_ || revision_ != wanted || is_traced_ != traces) {
        if (traces)
            evm_.emplace(wanted, tracer_switch_);
        else
            evm_.emplace(wanted);
        revision_ = wanted;
        is_traced_ = traces;
    }
    return *evm_;
}

Result<void> SerialExecutor::begin(const BlockInput& input, const StateView& parent) {
    input_ = input;
    parent_ = &parent;
    executed_ = 0;
    result_ = {};
    result_.receipts.reserve(input.transactions.size());
    state_.begin(parent);
    access_list_.begin();
    block_ = block_context(input);
    return execute_before_transactions(input_, evm_for(input_), transaction_state_, state_,
                                       access_list());
}

/// In three steps, so that none waits for memory: the transaction, where its accounts are to be
/// found, the accounts.
void SerialExecutor::prefetch_behind(size_t index) const {
    constexpr size_t kTransactionDistance = 6;
    constexpr size_t kIndexDistance = 4;
    constexpr size_t kAccountDistance = 2;
    const auto transactions = input_.transactions;
    if (index + kTransactionDistance < transactions.size()) {
        const auto* begin =
            reinterpret_cast<const char*>(&transactions[index + kTransactionDistance]);
        for (size_t line = 0; line < sizeof(SignedTransaction); line += 64)
            __builtin_prefetch(begin + line);
    }
    if (index + kIndexDistance < transactions.size()) {
        const SignedTransaction& transaction = transactions[index + kIndexDistance];
        state_.prefetch_index(transaction.sender);
        if (transaction.transaction.to) state_.prefetch_index(*transaction.transaction.to);
        __builtin_prefetch(transaction.transaction.data.data());
    }
    if (index + kAccountDistance < transactions.size()) {
        const SignedTransaction& transaction = transactions[index + kAccountDistance];
        state_.prefetch_account(transaction.sender);
        if (transaction.transaction.to) state_.prefetch_account(*transaction.transaction.to);
    }
}

Result<void> SerialExecutor::execute_next() {
    const size_t i = executed_;
    prefetch_behind(i);
    std::unique_ptr<evm::Tracer> tracer;
    if (input_.tracing != nullptr) tracer = input_.tracing->begin(i);
    tracer_switch_.use(tracer.get());
    TransactionOutcome outcome = execute_transaction(
        evm_of_transaction(input_, i, *evm_, observed_), transaction_state_, state_, input_.rules,
        block_, input_.transactions[i], changes_, known_hashes_of(input_, i));
    tracer_switch_.use(nullptr);
    if (observes(input_))
        input_.observation->commit(i, transaction_state_.reads(), changes_, outcome);
    const auto settled = settle_transaction(input_, i, std::move(outcome), changes_, result_);
    if (!settled) return settled.error();
    BlockEffects{state_, access_list(), static_cast<uint32_t>(i + 1)}.apply(changes_);
    if (input_.tracing != nullptr) input_.tracing->commit(i, std::move(tracer), outcome);
    ++executed_;
    return {};
}

Result<BlockResult> SerialExecutor::finish() {
    fill_logs_blooms(result_.receipts, result_.logs_bloom);
    const auto after = execute_after_transactions(input_, *evm_, transaction_state_, state_,
                                                  result_, access_list());
    if (!after) return after.error();
    return std::move(result_);
}

std::optional<Result<BlockResult>> SerialExecutor::execute_payments(
    uint32_t workers, const PaymentBlock::RunWorkers& run) {
    if (!payments_.may_be(input_) || !payments_.execute(input_, state_, workers, run, result_))
        return std::nullopt;
    executed_ = input_.transactions.size();
    BlockState last(payments_.after());
    const auto closed =
        execute_closing_calls(input_, *evm_, transaction_state_, last, result_, nullptr);
    if (!closed) return closed.error();
    StateChanges first_changes;
    StateChanges last_changes;
    state_.changes(first_changes);
    last.changes(last_changes);
    payments_.changes(*parent_, first_changes, last_changes, run, result_.changes);
    return std::move(result_);
}

Result<BlockResult> SerialExecutor::execute(const BlockInput& input, const StateView& parent) {
    if (const auto begun = begin(input, parent); !begun) return begun.error();
    if (auto paid = execute_payments(1, [](const auto& job) { job(0); })) return std::move(*paid);
    while (!is_done())
        if (const auto done = execute_next(); !done) return done.error();
    return finish();
}

}  // namespace switchyard::execute
