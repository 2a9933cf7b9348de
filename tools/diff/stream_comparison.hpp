// SPDX-License-Identifier: Apache-2.0
// Our execution against a trace that is read while it goes: a file of another client, or what
// another build prints.
#pragma once

#include <memory>
#include <optional>
#include <set>
#include <string>

#include "host/execute/block_tracing.hpp"
#include "tools/diff/divergence.hpp"
#include "tools/diff/result_lines.hpp"
#include "tools/trace/trace_reader.hpp"

namespace switchyard::diff {

struct StreamSettings {
    std::set<std::string, std::less<>> ignored;  ///< fields (names of the JSON) not compared
    std::optional<size_t> only_transaction;      ///< the trace has only this one of a block
    /// The block runs in parallel: instructions are kept until their transaction is final.
    bool buffers = false;
    bool memory = false;
    /// The trace is another build's, with a statement for everything that came of a block.
    bool has_statements = false;
};

/// Takes the instructions of one block after another and reads as many from the trace. After the
/// first divergence, or a trace that is malformed, it reads no further. `reader` must outlive it.
///
/// Other clients' traces differ in form: a STOP behind the end of the code may be absent, and the
/// gas used in a summary may be the message's or the transaction's.
class StreamComparison final : public execute::BlockTracing {
  public:
    StreamComparison(trace::TraceReader& reader, StreamSettings settings);
    ~StreamComparison() override;

    [[nodiscard]] std::unique_ptr<evm::Tracer> begin(size_t index) override;
    void commit(size_t index, std::unique_ptr<evm::Tracer> tracer,
                const execute::TransactionOutcome& outcome) override;

    /// The block is over: compares the statements, or the state root that a state test's summary
    /// states with that of `state_root`, which is called only then.
    void end_block(const Result<execute::BlockResult>& result,
                   const std::function<Bytes32()>& state_root);
    /// Everything has run: what the trace has beyond it is a divergence.
    void finish();

    [[nodiscard]] const std::optional<Divergence>& divergence() const { return divergence_; }
    [[nodiscard]] const std::optional<Error>& error() const { return error_; }
    [[nodiscard]] size_t steps() const { return steps_; }
    [[nodiscard]] size_t transactions() const { return transactions_; }

  private:
    class LiveTracer;
    class KeptTracer;

    [[nodiscard]] bool is_over() const { return divergence_ || error_; }
    void compare(size_t transaction, size_t step, const trace::TraceStep& ours);
    void compare_end(size_t transaction, const execute::TransactionOutcome& outcome,
                     uint64_t message_gas_used);
    const trace::TraceLine* peek();
    void take_ends();
    void diverge(std::string field, std::string expected, std::string found);

    trace::TraceReader& reader_;
    StreamSettings settings_;
    std::optional<trace::TraceLine> pending_;
    trace::TraceEnd end_;  ///< what the summaries since the last instruction state
    std::optional<Divergence> divergence_;
    std::optional<Error> error_;
    size_t steps_ = 0;
    size_t transactions_ = 0;
};

}  // namespace switchyard::diff
