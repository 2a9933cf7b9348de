// SPDX-License-Identifier: Apache-2.0
// Two ways to execute a block, instruction by instruction, then their results.
#pragma once

#include "tools/conformance/block_executor.hpp"
#include "tools/diff/divergence.hpp"

namespace switchyard::diff {

using Executor = conformance::BlockExecutor::Execute;

struct BlockComparison {
    /// Of the first executor: what goes on with the chain.
    Result<execute::BlockResult> result;
    std::optional<Divergence> divergence;
    size_t transactions = 0;  ///< compared
    size_t steps = 0;
};

/// Executes the block both ways and compares the traces of what became final, then receipts, gas,
/// requests, access list and every account and slot. With a divergence in a trace both execute once
/// more, to capture the instruction; 8 bytes are held for each instruction. A block that both
/// refuse for the same reason is equal.
[[nodiscard]] BlockComparison compare_block(const Executor& expected, const Executor& found,
                                            const execute::BlockInput& input,
                                            const StateView& parent,
                                            const conformance::BlockExecutor::MakeRoots& make_roots,
                                            bool memory);

}  // namespace switchyard::diff
