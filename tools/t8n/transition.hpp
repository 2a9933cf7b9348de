// SPDX-License-Identifier: Apache-2.0
// One state transition: a list of transactions over a state, those that are invalid left out.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "host/execute/block_execution.hpp"
#include "host/state/memory_state.hpp"
#include "tools/t8n/t8n_input.hpp"

namespace switchyard::t8n {

/// Executes a block; must give what `execute_block_serial` gives.
using Executor = std::function<Result<execute::BlockResult>(
    const execute::BlockInput&, const StateView&,
    const std::function<std::unique_ptr<execute::IntermediateRoots>()>& make_roots)>;

struct TransitionSettings {
    std::string fork;  ///< the official tests' name, transitions ("BerlinToLondonAt5") included
    uint64_t chain_id = 1;
    /// Reward of the beneficiary in wei; no value: rewards are off, not even a touch of 0.
    std::optional<Uint256> reward = Uint256{};
    /// Null: no traces. The index counts the transactions that are included.
    execute::BlockTracing* tracing = nullptr;
};

/// A transaction that is not part of the block.
struct Rejection {
    size_t index = 0;  ///< in the input
    std::string error;
};

struct Transition {
    execute::BlockRules rules;
    BlockHeader header;  ///< the fields that execution reads
    std::vector<SignedTransaction> included;
    std::vector<Rejection> rejected;
    execute::BlockResult result;
    MemoryState state;  ///< afterwards
};

/// The rules of `fork` for the block of `environment`. `InvalidInput` for a fork that is unknown,
/// and for a name with extra EIPs ("Berlin+3855"), which no fork here has.
[[nodiscard]] Result<execute::BlockRules> rules_of(const TransitionSettings& settings,
                                                   const Environment& environment,
                                                   const std::optional<BlobParameters>& blobs);

/// Runs the transition. An invalid transaction is rejected and the others go on; a fault of the
/// block itself is the error: `InvalidInput` names the field of `env` that is missing or wrong, or
/// the block hash that BLOCKHASH asked for and `env.blockHashes` lacks.
[[nodiscard]] Result<Transition> run_transition(const Input& input,
                                                const TransitionSettings& settings,
                                                const Executor& executor);

}  // namespace switchyard::t8n
