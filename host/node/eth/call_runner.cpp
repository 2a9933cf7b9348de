// SPDX-License-Identifier: Apache-2.0
#include "host/node/eth/call_runner.hpp"

#include <algorithm>

#include "host/chain/blob_fee.hpp"

namespace switchyard::node::eth {
namespace {

BlockPointer parent_of(const EthBackend& backend, const ArchivedBlock& block) {
    const auto parent = backend.chain.archive().block(block.header().parent_hash);
    return parent ? *parent : nullptr;
}

}  // namespace

evm::BlockContext context_of(const Chain& chain, const ArchivedBlock& block,
                             const evm::BlockHashes* hashes) {
    execute::BlockInput input;
    input.header = &block.header();
    input.rules = chain.rules_for(block);
    input.hashes = hashes;
    return execute::block_context(input);
}

CallRunner::CallRunner(const EthBackend& backend, const ChainView& view,
                       const rpc::Context& context)
    : backend_(backend),
      rules_(backend.chain.rules_for(*view.block())),
      state_(view),
      interruption_(context) {
    if (auto parent = parent_of(backend, *view.block()); parent != nullptr)
        hashes_.emplace(backend.chain.archive(), std::move(parent));
    block_ = context_of(backend.chain, *view.block(), hashes_ ? &*hashes_ : nullptr);
}

rpc::Failure CallRunner::override_with(const StateOverrides& state, const BlockOverrides& block) {
    if (auto failure = apply_state_overrides(state, rules_.revision, state_, precompiles_))
        return failure;
    apply_block_overrides(block, block_);
    return {};
}

rpc::Answer<SignedTransaction> CallRunner::transaction(const CallRequest& request) const {
    if (request.chain_id && *request.chain_id != rules_.chain_id)
        return rpc::RpcError{
            rpc::code::kServer,
            "chainId does not match node's (have=" + std::to_string(*request.chain_id) +
                ", want=" + std::to_string(rules_.chain_id) + ")",
            {}};
    const uint64_t cap = backend_.limits.call_gas;
    SignedTransaction out = transaction_of(request, rules_.chain_id, cap,
                                           state_.account(request.from).value_or(Account{}).nonce);
    out.transaction.gas_limit = std::min(out.transaction.gas_limit, cap);
    return out;
}

execute::CallOutcome CallRunner::run(const SignedTransaction& call, evm::Tracer* tracer) {
    const Transaction& transaction = call.transaction;
    evm::BlockContext block = block_;
    if (!precompiles_.empty()) block.moved_precompiles = &precompiles_;
    // A call that offers nothing does not see what it does not pay.
    if (transaction.max_fee_per_gas.is_zero() && transaction.max_priority_fee_per_gas.is_zero())
        block.base_fee = Uint256(0);
    if (transaction.max_fee_per_blob_gas.is_zero()) block.blob_base_fee = Uint256(0);
    if (tracer != nullptr) {
        evm::Evm traced(rules_.revision, *tracer, interruption_);
        return execute::execute_call(traced, transaction_state_, state_, rules_, block, call, {},
                                     changes_);
    }
    if (!evm_) evm_.emplace(rules_.revision, interruption_);
    return execute::execute_call(*evm_, transaction_state_, state_, rules_, block, call, {},
                                 changes_);
}

execute::CallOutcome CallRunner::trace(const SignedTransaction& call, TransactionTracer& tracer) {
    interruption_.watch(&tracer);
    auto outcome = run(call, &tracer);
    interruption_.watch(nullptr);
    return outcome;
}

std::string CallRunner::refusal(const SignedTransaction& call,
                                const execute::TransactionOutcome& outcome) const {
    return describe_refusal(call, outcome, state_, block_, rules_.revision);
}

}  // namespace switchyard::node::eth
