// SPDX-License-Identifier: Apache-2.0
#include "tools/t8n/transition.hpp"

#include <algorithm>
#include <atomic>

#include "host/chain/hash.hpp"
#include "host/chain/sender.hpp"
#include "host/state/block_state.hpp"
#include "tools/conformance/state_roots.hpp"
#include "tools/fixtures/memory_state.hpp"
#include "tools/fixtures/network.hpp"
#include "tools/t8n/block_of_environment.hpp"
#include "tools/t8n/rejection.hpp"

namespace switchyard::t8n {
namespace {

using execute::BlockInput;
using execute::BlockResult;
using execute::TransactionError;

/// `env.blockHashes`; remembers a number that was asked for and is not there.
class StatedHashes final : public evm::BlockHashes {
  public:
    explicit StatedHashes(const std::map<uint64_t, Bytes32>& hashes) : hashes_(hashes) {}
    [[nodiscard]] Bytes32 block_hash(uint64_t number) const override {
        const auto found = hashes_.find(number);
        if (found != hashes_.end()) return found->second;
        missing_.store(number, std::memory_order_relaxed);
        is_missing_.store(true, std::memory_order_release);
        return {};
    }
    [[nodiscard]] std::optional<uint64_t> missing() const {
        if (!is_missing_.load(std::memory_order_acquire)) return std::nullopt;
        return missing_.load(std::memory_order_relaxed);
    }

  private:
    const std::map<uint64_t, Bytes32>& hashes_;
    mutable std::atomic<uint64_t> missing_{0};
    mutable std::atomic<bool> is_missing_{false};
};

/// What the input's transactions become before execution.
struct Admitted {
    std::vector<SignedTransaction> transactions;
    std::vector<size_t> indexes;  ///< in the input
};

/// Recovers the senders; what has none is rejected.
Admitted admit(const std::vector<Candidate>& candidates, Revision revision,
               std::vector<Rejection>& rejected) {
    std::vector<Transaction> transactions;
    std::vector<size_t> indexes;
    for (size_t i = 0; i < candidates.size(); ++i) {
        if (!candidates[i].error.empty()) {
            rejected.push_back({i, candidates[i].error});
            continue;
        }
        transactions.push_back(candidates[i].transaction);
        indexes.push_back(i);
    }
    std::vector<SenderResult> senders(transactions.size());
    recover_senders(transactions, senders);
    Admitted out;
    for (size_t i = 0; i < transactions.size(); ++i) {
        const bool valid =
            senders[i].status == SenderStatus::Ok ||
            (senders[i].status == SenderStatus::HighS && revision < Revision::Homestead);
        if (!valid) {
            rejected.push_back({indexes[i], "invalid transaction v, r, s values"});
            continue;
        }
        const Bytes encoded = encode_transaction(transactions[i]);
        out.transactions.push_back({std::move(transactions[i]), keccak256(encoded),
                                    senders[i].sender, static_cast<uint32_t>(encoded.size())});
        out.indexes.push_back(indexes[i]);
    }
    return out;
}

/// Runs the transactions one after another and drops those that are invalid where they stand.
/// Errors other than those of a transaction are the block's.
Result<void> drop_invalid(const BlockInput& input, const StateView& parent, Admitted& admitted,
                          std::vector<Rejection>& rejected) {
    evm::Evm evm(input.rules.revision);
    TransactionState transaction_state;
    BlockState state(parent);
    BlockResult result;
    if (const auto before =
            execute::execute_before_transactions(input, evm, transaction_state, state);
        !before)
        return before.error();
    const evm::BlockContext block = execute::block_context(input);
    Admitted valid;
    StateChanges changes;
    for (size_t i = 0; i < admitted.transactions.size(); ++i) {
        auto outcome = execute::execute_transaction(evm, transaction_state, state, input.rules,
                                                    block, admitted.transactions[i], changes);
        const auto done =
            execute::commit_transaction(input, i, std::move(outcome), changes, state, result);
        if (!done && done.error().code != ErrorCode::InvalidInput) return done.error();
        if (!done) {
            rejected.push_back({admitted.indexes[i], rejection_text(done.error().message)});
            continue;
        }
        valid.transactions.push_back(admitted.transactions[i]);
        valid.indexes.push_back(admitted.indexes[i]);
    }
    admitted = std::move(valid);
    return {};
}

std::vector<BlockHeader> ommers_of(const Environment& environment) {
    std::vector<BlockHeader> out;
    for (const Ommer& ommer : environment.ommers) {
        BlockHeader& header = out.emplace_back();
        header.beneficiary = ommer.address;
        header.number = environment.number - ommer.delta;
    }
    return out;
}

/// Yellow Paper, section 11.3, with a stated reward. A reward of 0 still touches.
void add_rewards(const Environment& environment, const Uint256& reward, Revision revision,
                 MemoryState& state) {
    TransactionState transaction;
    transaction.begin(state, revision);
    for (const Ommer& ommer : environment.ommers)
        transaction.add_balance(ommer.address, reward * Uint256(8 - ommer.delta) / Uint256(8));
    transaction.add_balance(environment.beneficiary,
                            reward + reward / Uint256(32) * Uint256(environment.ommers.size()));
    StateChanges changes;
    transaction.finish(changes);
    state.apply(changes);
}

}  // namespace

Result<execute::BlockRules> rules_of(const TransitionSettings& settings,
                                     const Environment& environment,
                                     const std::optional<BlobParameters>& blobs) {
    if (settings.fork.find('+') != std::string::npos)
        return Error{ErrorCode::InvalidInput,
                     "--state.fork: '" + settings.fork +
                         "' adds EIPs to a fork; only whole forks are known here"};
    fixtures::BlobSchedule schedule;
    if (blobs) schedule[settings.fork] = *blobs;
    const auto config = fixtures::chain_config_for_network(settings.fork, schedule);
    if (!config) return Error{ErrorCode::InvalidInput, "--state.fork: " + config.error().message};
    // "AtDiff" transitions: env states no total difficulty, but which side of it the block is on.
    const std::optional<Uint256> total_difficulty =
        environment.random ? config->terminal_total_difficulty : std::optional<Uint256>();
    auto rules = execute::rules_for_block(*config, environment.number, environment.timestamp,
                                          total_difficulty);
    rules.chain_id = settings.chain_id;
    return rules;
}

Result<Transition> run_transition(const Input& input, const TransitionSettings& settings,
                                  const Executor& executor) {
    const Environment& environment = input.environment;
    const auto rules = rules_of(settings, environment, input.blob_parameters);
    if (!rules) return rules.error();
    const auto header = header_of(environment, *rules);
    if (!header) return header.error();

    Transition out;
    out.rules = *rules;
    out.header = *header;
    out.state = fixtures::memory_state_of(input.alloc);
    Admitted admitted = admit(input.transactions, rules->revision, out.rejected);
    const StatedHashes hashes(environment.block_hashes);
    const std::vector<BlockHeader> ommers = ommers_of(environment);
    BlockInput block;
    block.header = &out.header;
    block.rules = *rules;
    block.ommers = ommers;
    if (environment.withdrawals) block.withdrawals = *environment.withdrawals;
    block.hashes = &hashes;
    block.scope = execute::BlockScope::WithoutRewards;
    std::optional<conformance::StateNodes> nodes;
    if (rules->revision < Revision::Byzantium) nodes.emplace(out.state);
    const auto make_roots = [&]() -> std::unique_ptr<execute::IntermediateRoots> {
        if (!nodes) return nullptr;
        return std::make_unique<conformance::RootsAlongBlock>(nodes->root, nodes->nodes);
    };

    block.transactions = admitted.transactions;
    auto result = executor(block, out.state, make_roots);
    if (!result) {
        // Which of the transactions are invalid shows only in order.
        const size_t before = admitted.transactions.size();
        const Error error = result.error();
        if (const auto dropped = drop_invalid(block, out.state, admitted, out.rejected); !dropped)
            return dropped.error();
        if (admitted.transactions.size() == before) return error;
    }
    block.transactions = admitted.transactions;
    block.tracing = settings.tracing;
    if (!result || settings.tracing != nullptr) result = executor(block, out.state, make_roots);
    if (!result) return result.error();
    if (hashes.missing()) {
        // Also an execution that did not count may have asked: serial execution decides.
        const StatedHashes asked(environment.block_hashes);
        const auto roots = make_roots();
        block.hashes = &asked;
        block.roots = roots.get();
        block.tracing = nullptr;
        (void)execute::execute_block_serial(block, out.state);
        if (const auto missing = asked.missing())
            return Error{ErrorCode::InvalidInput, "env.blockHashes[" + std::to_string(*missing) +
                                                      "] is missing: BLOCKHASH asked for it"};
    }
    std::sort(out.rejected.begin(), out.rejected.end(),
              [](const Rejection& a, const Rejection& b) { return a.index < b.index; });
    out.included = std::move(admitted.transactions);
    out.result = *std::move(result);
    out.state.apply(out.result.changes);
    if (settings.reward) add_rewards(environment, *settings.reward, rules->revision, out.state);
    return out;
}

}  // namespace switchyard::t8n
