// SPDX-License-Identifier: Apache-2.0
#include "host/execute/block_execution.hpp"

#include <algorithm>
#include <string>

#include "host/chain/blob_fee.hpp"
#include "host/execute/block_access_list_builder.hpp"
#include "host/execute/block_effects.hpp"
#include "host/execute/dao_fork.hpp"
#include "host/execute/deferred_parent_hash.hpp"
#include "host/execute/requests.hpp"
#include "host/execute/serial_executor.hpp"
#include "host/execute/system_contracts.hpp"
#include "host/state/block_state.hpp"

namespace switchyard::execute {
namespace {

constexpr uint64_t kGwei = 1'000'000'000;

/// Yellow Paper, section 11.3; EIP-649, EIP-1234, EIP-3675.
Uint256 block_reward(Revision revision) {
    if (revision >= Revision::Paris) return {};
    const uint64_t ether = revision >= Revision::Constantinople ? 2
                           : revision >= Revision::Byzantium    ? 3
                                                                : 5;
    return Uint256(ether) * Uint256(kGwei) * Uint256(kGwei);
}

/// Changes balances outside any transaction, with the rules on touched accounts (EIP-161) in force.
template <typename Body>
StateChanges change_balances(const BlockRules& rules, TransactionState& transaction_state,
                             const BlockEffects& effects, Body&& body) {
    transaction_state.begin(effects.state, rules.revision);
    body();
    StateChanges changes;
    transaction_state.finish(changes);
    effects.apply(changes);
    return changes;
}

StateChanges apply_dao_fork(const BlockRules& rules, TransactionState& transaction_state,
                            const BlockEffects& effects) {
    return change_balances(rules, transaction_state, effects, [&] {
        for (const Address& address : dao_drained_accounts()) {
            const Uint256 balance = transaction_state.balance(address);
            if (balance.is_zero()) continue;
            transaction_state.subtract_balance(address, balance);
            transaction_state.add_balance(dao_refund_contract(), balance);
        }
    });
}

void apply_withdrawals(const BlockInput& input, TransactionState& transaction_state,
                       const BlockEffects& effects) {
    change_balances(input.rules, transaction_state, effects, [&] {
        for (const Withdrawal& withdrawal : input.withdrawals)
            transaction_state.add_balance(withdrawal.address,
                                          Uint256(withdrawal.amount_gwei) * Uint256(kGwei));
    });
}

/// Yellow Paper, section 11.3: an ommer's beneficiary gets (8 + ommer - block) / 8 of the reward,
/// the block's an extra 1/32 for each ommer.
void apply_rewards(const BlockInput& input, TransactionState& transaction_state,
                   const BlockEffects& effects) {
    const Uint256 reward = block_reward(input.rules.revision);
    change_balances(input.rules, transaction_state, effects, [&] {
        for (const BlockHeader& ommer : input.ommers)
            transaction_state.add_balance(
                ommer.beneficiary,
                reward * Uint256(8 + ommer.number - input.header->number) / Uint256(8));
        transaction_state.add_balance(input.header->beneficiary,
                                      reward + reward / Uint256(32) * Uint256(input.ommers.size()));
    });
}

Error transaction_failure(size_t index, TransactionError error) {
    return {ErrorCode::InvalidInput,
            "transaction " + std::to_string(index) + ": " + std::string(to_string(error))};
}

/// The requests of the block (EIP-7685), in the order of their types.
Result<void> collect_requests(const BlockInput& input, evm::Evm& evm,
                              TransactionState& transaction_state, const BlockEffects& effects,
                              BlockResult& result) {
    Bytes deposits;
    for (const Receipt& receipt : result.receipts) {
        const auto appended = append_deposits(receipt.logs, input.rules.deposit_contract, deposits);
        if (!appended) return appended.error();
    }
    append_request(result.requests, RequestType::Deposit, deposits);

    const evm::BlockContext block = block_context(input);
    const auto collect = [&](RequestType type, const Address& contract) -> Result<void> {
        const auto data = system_call(evm, transaction_state, effects, input.rules, block, contract,
                                      {}, SystemCallPolicy::Require);
        if (!data) return data.error();
        append_request(result.requests, type, *data);
        return {};
    };
    if (const auto r = collect(RequestType::Withdrawal, withdrawal_requests_contract()); !r)
        return r.error();
    if (const auto r = collect(RequestType::Consolidation, consolidation_requests_contract()); !r)
        return r.error();
    const auto hash = requests_hash(result.requests);
    if (!hash) return hash.error();
    result.requests_hash = *hash;
    return {};
}

/// The system call of EIP-2935.
Result<void> store_parent_hash(const BlockInput& input, evm::Evm& evm,
                               TransactionState& transaction_state, const BlockEffects& effects) {
    const Bytes32 hash =
        input.parent_hash != nullptr ? input.parent_hash->wait() : input.header->parent_hash;
    const auto done =
        system_call(evm, transaction_state, effects, input.rules, block_context(input),
                    block_hashes_contract(), hash, SystemCallPolicy::Ignore);
    if (!done) return done.error();
    return {};
}

}  // namespace

bool makes_access_list(const BlockInput& input) {
    return input.rules.revision >= Revision::Amsterdam &&
           input.scope != BlockScope::TransactionsOnly;
}

evm::BlockContext block_context(const BlockInput& input) {
    const BlockHeader& header = *input.header;
    evm::BlockContext block;
    block.number = header.number;
    block.timestamp = header.timestamp;
    block.gas_limit = header.gas_limit;
    block.beneficiary = header.beneficiary;
    block.difficulty = header.difficulty;
    block.prev_randao = header.prev_randao;
    if (input.rules.revision >= Revision::London)
        block.base_fee = header.base_fee_per_gas.value_or(Uint256(0));
    if (input.rules.revision >= Revision::Cancun)
        block.blob_base_fee = blob_base_fee(header.excess_blob_gas.value_or(0), input.rules.blobs);
    if (input.rules.revision >= Revision::Amsterdam)
        block.slot_number = header.slot_number.value_or(0);
    block.chain_id = input.rules.chain_id;
    block.hashes = input.hashes;
    return block;
}

Result<void> execute_before_transactions(const BlockInput& input, evm::Evm& evm,
                                         TransactionState& transaction_state, BlockState& state,
                                         BlockAccessListBuilder* access_list) {
    if (input.scope == BlockScope::TransactionsOnly) return {};
    const BlockRules& rules = input.rules;
    const BlockEffects effects{state, access_list, 0};
    if (rules.is_dao_fork) {
        const StateChanges changes = apply_dao_fork(rules, transaction_state, effects);
        if (input.roots != nullptr) {
            if (const auto root = input.roots->root_after(changes); !root) return root.error();
        }
    }
    const evm::BlockContext block = block_context(input);
    if (rules.revision >= Revision::Cancun && input.header->parent_beacon_block_root) {
        const auto done =
            system_call(evm, transaction_state, effects, rules, block, beacon_roots_contract(),
                        *input.header->parent_beacon_block_root, SystemCallPolicy::Ignore);
        if (!done) return done.error();
    }
    if (rules.revision < Revision::Prague) return {};
    if (input.parent_hash != nullptr && input.parent_hash->is_deferred()) return {};
    return store_parent_hash(input, evm, transaction_state, effects);
}

Result<void> settle_transaction(const BlockInput& input, size_t index, TransactionOutcome&& outcome,
                                const StateChanges& changes, BlockResult& result) {
    const Transaction& transaction = input.transactions[index].transaction;
    // The rule on the block's gas comes first: in serial order it is known before execution.
    const uint64_t gas_limit = input.header->gas_limit;
    // From Amsterdam on a sum may pass the limit, which the header's gas used then does as well.
    const uint64_t regular_gas_left = gas_limit - std::min(gas_limit, result.regular_gas_used);
    const uint64_t state_gas_left = gas_limit - std::min(gas_limit, result.state_gas_used);
    if (!fits_block(transaction, outcome.intrinsic_gas, input.rules.revision, regular_gas_left,
                    state_gas_left))
        return transaction_failure(index, TransactionError::GasLimitAboveBlock);
    if (outcome.error != TransactionError::None) return transaction_failure(index, outcome.error);
    if (evm::has_no_result(outcome.status)) {
        Error error = no_result_error(outcome.status, outcome.unsupported_precompile);
        error.message = "transaction " + std::to_string(index) + ": " + error.message;
        return error;
    }
    if (outcome.blob_gas_used > input.rules.blobs.max * kGasPerBlob - result.blob_gas_used)
        return transaction_failure(index, TransactionError::BlobGasAboveBlock);

    result.regular_gas_used += outcome.regular_gas_used;
    result.state_gas_used += outcome.state_gas_used;
    result.gas_used = std::max(result.regular_gas_used, result.state_gas_used);
    result.blob_gas_used += outcome.blob_gas_used;

    const uint64_t gas_before =
        result.receipts.empty() ? 0 : result.receipts.back().cumulative_gas_used;
    Receipt& receipt = result.receipts.emplace_back();
    receipt.type = transaction.type;
    receipt.success = outcome.success();
    receipt.cumulative_gas_used = gas_before + outcome.gas_used;
    receipt.gas_used = outcome.gas_used;
    receipt.created_address = outcome.created;
    receipt.logs = std::move(outcome.logs);
    if (input.rules.revision < Revision::Byzantium && input.roots != nullptr) {
        const auto root = input.roots->root_after(changes);
        if (!root) return root.error();
        receipt.post_state_root = *root;
    }
    return {};
}

Result<void> commit_transaction(const BlockInput& input, size_t index, TransactionOutcome&& outcome,
                                const StateChanges& changes, BlockState& state, BlockResult& result,
                                BlockAccessListBuilder* access_list) {
    const auto settled = settle_transaction(input, index, std::move(outcome), changes, result);
    if (!settled) return settled.error();
    BlockEffects{state, access_list, static_cast<uint32_t>(index + 1)}.apply(changes);
    Receipt& receipt = result.receipts.back();
    receipt.logs_bloom = bloom_of(receipt.logs);
    result.logs_bloom |= receipt.logs_bloom;
    return {};
}

Result<void> execute_closing_calls(const BlockInput& input, evm::Evm& evm,
                                   TransactionState& transaction_state, BlockState& state,
                                   BlockResult& result, BlockAccessListBuilder* access_list) {
    if (input.scope == BlockScope::TransactionsOnly) return {};
    const BlockEffects effects{state, access_list,
                               static_cast<uint32_t>(input.transactions.size() + 1)};
    if (input.rules.revision >= Revision::Shanghai)
        apply_withdrawals(input, transaction_state, effects);
    if (input.rules.revision >= Revision::Prague) {
        const auto done = collect_requests(input, evm, transaction_state, effects, result);
        if (!done) return done.error();
    }
    if (input.scope == BlockScope::Full && input.rules.revision < Revision::Paris)
        apply_rewards(input, transaction_state, effects);
    if (input.parent_hash != nullptr && input.parent_hash->is_deferred()) {
        input.parent_hash->end();
        const auto done =
            store_parent_hash(input, evm, transaction_state, BlockEffects{state, access_list, 0});
        if (!done) return done.error();
    }
    return {};
}

void take_access_list(BlockAccessListBuilder* access_list, BlockResult& result) {
    if (access_list == nullptr) return;
    result.block_access_list = access_list->build();
    result.block_access_list_hash = block_access_list_hash(*result.block_access_list);
}

Result<void> execute_after_transactions(const BlockInput& input, evm::Evm& evm,
                                        TransactionState& transaction_state, BlockState& state,
                                        BlockResult& result, BlockAccessListBuilder* access_list) {
    const auto closed =
        execute_closing_calls(input, evm, transaction_state, state, result, access_list);
    if (!closed) return closed.error();
    state.changes(result.changes);
    take_access_list(access_list, result);
    return {};
}

Result<BlockResult> execute_block_serial(const BlockInput& input, const StateView& parent) {
    // Without the shortcut that `SerialExecutor::execute` has for blocks of payments.
    SerialExecutor executor;
    if (const auto begun = executor.begin(input, parent); !begun) return begun.error();
    while (!executor.is_done())
        if (const auto done = executor.execute_next(); !done) return done.error();
    return executor.finish();
}

}  // namespace switchyard::execute
