// SPDX-License-Identifier: Apache-2.0
// The first place where two executions part.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "tools/trace/trace_step.hpp"

namespace switchyard::diff {

/// Where, what, and both values. `transaction` and `step` count from 0, within the block and within
/// the transaction; without a step the traces are equal and what came of them differs.
struct Divergence {
    std::string test;  ///< name, fork and arguments; empty for a block that stands alone
    std::optional<uint64_t> block;  ///< its number
    std::optional<size_t> transaction;
    std::optional<size_t> step;
    std::optional<uint64_t> pc;
    std::optional<uint64_t> depth;
    std::string opcode;  ///< of the step
    std::string field;   ///< "gas", "stack[0]", "account 0x..., slot 0x1", "receipt 0, status"
    std::string expected;
    std::string found;
};

/// The divergence of one step.
[[nodiscard]] Divergence divergence_of(size_t transaction, size_t step,
                                       const trace::TraceStep& expected,
                                       const trace::FieldDifference& difference);

/// One trace ends before `present`, a step of the other. `expected_ends`: it is the expected one.
[[nodiscard]] Divergence end_of_trace(size_t transaction, size_t step,
                                      const trace::TraceStep& present, bool expected_ends);

/// "transaction 3, step 17: pc 42 SSTORE, depth 1: gas: expected 100 (0x64), found 99 (0x63)", with
/// test and block in front, on one line.
[[nodiscard]] std::string to_text(const Divergence& divergence);

}  // namespace switchyard::diff
