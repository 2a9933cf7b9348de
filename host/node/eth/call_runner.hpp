// SPDX-License-Identifier: Apache-2.0
// Runs calls in the state and the environment of a block.
#pragma once

#include "host/execute/call_execution.hpp"
#include "host/node/chain/ancestor_hashes.hpp"
#include "host/node/eth/backend.hpp"
#include "host/node/eth/call_request.hpp"
#include "host/node/eth/overrides.hpp"
#include "host/node/eth/request_interruption.hpp"

namespace switchyard::node::eth {

/// The environment and state of a call. Borrows from the view that it was made of.
class CallRunner {
  public:
    /// After `view.block()`, in its environment. A call ends with `Status::Interrupted` where
    /// `context` has no time left.
    CallRunner(const EthBackend& backend, const ChainView& view, const rpc::Context& context);

    /// State overrides, then block overrides. Before the first `run`.
    [[nodiscard]] rpc::Failure override_with(const StateOverrides& state,
                                             const BlockOverrides& block);

    [[nodiscard]] const execute::BlockRules& rules() const { return rules_; }
    [[nodiscard]] const evm::BlockContext& block() const { return block_; }
    [[nodiscard]] const BlockState& state() const { return state_; }
    /// What the last call would have changed.
    [[nodiscard]] const StateChanges& changes() const { return changes_; }

    /// The request as a transaction: its gas at most the backend's limit, its nonce the sender's.
    [[nodiscard]] rpc::Answer<SignedTransaction> transaction(const CallRequest& request) const;
    /// Runs it; nothing of it stays. `tracer` (null: none) sees it.
    [[nodiscard]] execute::CallOutcome run(const SignedTransaction& call,
                                           evm::Tracer* tracer = nullptr);
    /// The same, and interrupted where `tracer` fails.
    [[nodiscard]] execute::CallOutcome trace(const SignedTransaction& call,
                                             TransactionTracer& tracer);
    /// Why a call was not admitted, in go-ethereum's words.
    [[nodiscard]] std::string refusal(const SignedTransaction& call,
                                      const execute::TransactionOutcome& outcome) const;

  private:
    const EthBackend& backend_;
    execute::BlockRules rules_;
    evm::BlockContext block_;
    std::optional<AncestorHashes> hashes_;
    BlockState state_;
    precompiles::MovedPrecompiles precompiles_;
    TransactionState transaction_state_;
    StateChanges changes_;
    RequestInterruption interruption_;
    std::optional<evm::Evm> evm_;
};

/// The environment that a block's transactions see; `hashes` answers BLOCKHASH.
[[nodiscard]] evm::BlockContext context_of(const Chain& chain, const ArchivedBlock& block,
                                           const evm::BlockHashes* hashes);

/// What a call gives back: of a creation the code that it left.
[[nodiscard]] Bytes returned_data(const execute::TransactionOutcome& outcome,
                                  const StateChanges& changes);

/// What is wrong with a transaction, in go-ethereum's words. `state` is the one before it.
[[nodiscard]] std::string describe_refusal(const SignedTransaction& call,
                                           const execute::TransactionOutcome& outcome,
                                           const StateView& state, const evm::BlockContext& block,
                                           Revision revision);
/// The answer to a call whose message failed: code 3 with the data of a revert, `kTimeout` if it
/// was interrupted, else the status.
[[nodiscard]] rpc::RpcError describe_failure(const execute::TransactionOutcome& outcome);
/// The status of a message in go-ethereum's words.
[[nodiscard]] std::string describe_status(const execute::TransactionOutcome& outcome);
/// "execution reverted", with the reason where Solidity encoded one.
[[nodiscard]] std::string describe_revert(BytesView data);

}  // namespace switchyard::node::eth
