// SPDX-License-Identifier: Apache-2.0
// Traces of a block small enough to be compared as a whole: a digest for each instruction, and one
// instruction in full.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "host/execute/block_tracing.hpp"
#include "tools/trace/trace_step.hpp"

namespace switchyard::diff {

/// Keeps 8 bytes for each instruction of each transaction that became final: a hash of everything
/// that a trace shows of it. Two digests are compared within one process only.
class DigestTracing final : public execute::BlockTracing {
  public:
    /// With `memory`, that of the frame counts as well, at a cost for each instruction.
    explicit DigestTracing(bool memory) : memory_(memory) {}

    [[nodiscard]] std::unique_ptr<evm::Tracer> begin(size_t index) override;
    void commit(size_t index, std::unique_ptr<evm::Tracer> tracer,
                const execute::TransactionOutcome& outcome) override;

    [[nodiscard]] const std::vector<std::vector<uint64_t>>& transactions() const {
        return transactions_;
    }

  private:
    bool memory_;
    std::vector<std::vector<uint64_t>> transactions_;
};

/// Keeps one instruction: number `step` of transaction `transaction`.
class StepCapture final : public execute::BlockTracing {
  public:
    StepCapture(size_t transaction, size_t step, bool memory)
        : transaction_(transaction), step_(step), memory_(memory) {}

    [[nodiscard]] std::unique_ptr<evm::Tracer> begin(size_t index) override;
    void commit(size_t index, std::unique_ptr<evm::Tracer> tracer,
                const execute::TransactionOutcome& outcome) override;

    /// No value: the transaction has fewer instructions.
    [[nodiscard]] const std::optional<trace::TraceStep>& step() const { return captured_; }

  private:
    size_t transaction_;
    size_t step_;
    bool memory_;
    std::optional<trace::TraceStep> captured_;
};

}  // namespace switchyard::diff
