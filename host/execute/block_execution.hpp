// SPDX-License-Identifier: Apache-2.0
// The execution of one block: its parts, and their serial composition, which is the specification
// of this product.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "host/chain/block.hpp"
#include "host/chain/block_access_list.hpp"
#include "host/chain/receipt.hpp"
#include "host/core/result.hpp"
#include "host/execute/block_observation.hpp"
#include "host/execute/block_tracing.hpp"
#include "host/execute/transaction_execution.hpp"

namespace switchyard {
class BlockState;
}

namespace switchyard::execute {

class BlockAccessListBuilder;
class DeferredParentHash;

/// Gives the state root after each transaction, which receipts carry before Byzantium.
class IntermediateRoots {
  public:
    virtual ~IntermediateRoots() = default;
    /// Applies `changes`, which may hold deltas, on top of all given before and returns the root.
    /// Called once for each part of the block that changes the state before or in transactions.
    [[nodiscard]] virtual Result<Bytes32> root_after(const StateChanges& changes) = 0;
};

/// How much of the block runs.
enum class BlockScope : uint8_t {
    Full,
    WithoutRewards,  ///< all but the rewards of Ethereum before Paris: for callers that set them
    /// Transactions alone, without system calls, withdrawals and rewards: for a pre-state that
    /// holds only what the transactions touch. Gas, bloom and receipts are the block's.
    TransactionsOnly,
};

/// One block to execute. The header's fields that execution decides (roots, bloom, gas used,
/// requests hash) are not read, so that the same input serves to build a block. Ommers must have
/// passed `validate_ommers`. Everything is borrowed for the duration of the call.
struct BlockInput {
    const BlockHeader* header = nullptr;
    BlockRules rules;
    std::span<const SignedTransaction> transactions;
    std::span<const BlockHeader> ommers;
    std::span<const Withdrawal> withdrawals;
    const evm::BlockHashes* hashes = nullptr;  ///< null: every hash is 0
    IntermediateRoots* roots = nullptr;        ///< null: receipts before Byzantium carry no root
    BlockScope scope = BlockScope::Full;
    BlockTracing* tracing = nullptr;  ///< null: nothing is traced, at no cost
    /// Null: nothing is observed, at no cost. Of a traced block nothing is observed.
    BlockObservation* observation = nullptr;
    /// Of each transaction: not 0: it is executed so that it commutes with others that compare and
    /// add to the same slots (`evm::WordFollower`), which takes longer. Empty: none is. Of a traced
    /// block none is.
    std::span<const uint8_t> merging;
    /// Not null: the header's parent hash is not read, but waited for when it is needed. The object
    /// is then also the state to execute over, and serves one execution.
    DeferredParentHash* parent_hash = nullptr;
    /// What the plan has hashed of what the transactions will hash; null: nothing.
    const evm::KnownHashes* known_hashes = nullptr;
};

struct BlockResult {
    std::vector<Receipt> receipts;  ///< in block order
    uint64_t gas_used = 0;          ///< the header's: from Amsterdam on the larger of the next two
    uint64_t regular_gas_used = 0;
    uint64_t state_gas_used = 0;  ///< EIP-8037; 0 before Amsterdam
    uint64_t blob_gas_used = 0;
    LogsBloom logs_bloom;
    StateChanges changes;         ///< absolute, relative to the state before the block
    std::vector<Bytes> requests;  ///< EIP-7685: type byte and data, empty ones left out; Prague on
    std::optional<Bytes32> requests_hash;  ///< EIP-7685; Prague on
    /// EIP-7928; Amsterdam on, of blocks that ran in full.
    std::optional<BlockAccessList> block_access_list;
    std::optional<Bytes32> block_access_list_hash;
};

/// Whether executing the block gives an access list: from Amsterdam on, of the whole block.
[[nodiscard]] bool makes_access_list(const BlockInput& input);

/// The known hashes of transaction `index`.
[[nodiscard]] inline std::span<const evm::KnownHash> known_hashes_of(const BlockInput& input,
                                                                     size_t index) {
    return input.known_hashes == nullptr ? std::span<const evm::KnownHash>{}
                                         : input.known_hashes->of(index);
}

/// Whether the block's observation is told of its transactions.
[[nodiscard]] inline bool observes(const BlockInput& input) {
    return input.observation != nullptr && input.tracing == nullptr;
}
/// The EVM for an execution of transaction `index`: `observed`'s if the block's observation wants
/// it or if it merges, else `evm`.
[[nodiscard]] inline evm::Evm& evm_of_transaction(const BlockInput& input, size_t index,
                                                  evm::Evm& evm, ObservedEvm& observed) {
    evm::Observation* const observation =
        observes(input) ? input.observation->begin(index) : nullptr;
    const bool merges =
        !input.merging.empty() && input.merging[index] != 0 && input.tracing == nullptr;
    if (observation == nullptr && !merges) return evm;
    // A root after each transaction takes its changes as they are.
    return observed.evm_for(input.rules.revision, observation, input.roots == nullptr);
}

/// What every transaction of the block sees alike.
[[nodiscard]] evm::BlockContext block_context(const BlockInput& input);

/// The first part of a block: the DAO's irregular change (EIP-779), the system calls of EIP-4788
/// and EIP-2935. Applies its effects to `state`. Here and below, `access_list` is the builder of
/// the block's access list, begun for this block; null: none is made.
[[nodiscard]] Result<void> execute_before_transactions(
    const BlockInput& input, evm::Evm& evm, TransactionState& transaction_state, BlockState& state,
    BlockAccessListBuilder* access_list = nullptr);

/// Makes the outcome of transaction `index` final but for its effects on the state: checks that the
/// block has gas and blob gas left for its limits and appends its receipt, still without a bloom
/// (`fill_logs_blooms`), to `result`. Called in block order, once for each index. An outcome with
/// an error, or one without a result (`evm::has_no_result`), is the block's error, with index and
/// name in the message. `changes` are those of the outcome.
[[nodiscard]] Result<void> settle_transaction(const BlockInput& input, size_t index,
                                              TransactionOutcome&& outcome,
                                              const StateChanges& changes, BlockResult& result);

/// `settle_transaction` for those who commit one transaction at a time: applies `changes` to
/// `state` as well and completes the receipt and the block's bloom.
[[nodiscard]] Result<void> commit_transaction(const BlockInput& input, size_t index,
                                              TransactionOutcome&& outcome,
                                              const StateChanges& changes, BlockState& state,
                                              BlockResult& result,
                                              BlockAccessListBuilder* access_list = nullptr);

/// The calls and payments that close a block: deposits from the logs (EIP-6110), the system calls
/// of EIP-7002 and EIP-7251, the requests hash (EIP-7685), withdrawals (EIP-4895), rewards of
/// beneficiary and ommers (Yellow Paper, section 11.3; EIP-649, EIP-1234, EIP-3675), and a deferred
/// call of EIP-2935. Applies their effects to `state`; the requests go into `result`.
[[nodiscard]] Result<void> execute_closing_calls(const BlockInput& input, evm::Evm& evm,
                                                 TransactionState& transaction_state,
                                                 BlockState& state, BlockResult& result,
                                                 BlockAccessListBuilder* access_list = nullptr);

/// Takes the finished list out of the builder, with its hash; nothing for null.
void take_access_list(BlockAccessListBuilder* access_list, BlockResult& result);

/// The last part of a block: `execute_closing_calls`, then moves the block's changes out of
/// `state`, and its access list out of the builder, into `result`.
[[nodiscard]] Result<void> execute_after_transactions(
    const BlockInput& input, evm::Evm& evm, TransactionState& transaction_state, BlockState& state,
    BlockResult& result, BlockAccessListBuilder* access_list = nullptr);

/// Runs the block one transaction after another over `parent`, the state after the block before.
///
/// This is the specification: whatever else executes a block must give the same `BlockResult`, bit
/// for bit. Errors: `InvalidInput` names the rule that the block breaks, with the transaction's
/// index; `Unsupported` names a precompile that this build cannot compute. `parent` is not changed.
[[nodiscard]] Result<BlockResult> execute_block_serial(const BlockInput& input,
                                                       const StateView& parent);

}  // namespace switchyard::execute
