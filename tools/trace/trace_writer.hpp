// SPDX-License-Identifier: Apache-2.0
// Writes executions as lines of JSON (EIP-3155), as go-ethereum's `evm` prints them.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "host/execute/block_tracing.hpp"
#include "tools/trace/trace_format.hpp"

namespace switchyard::trace {

/// Appends the line of one instruction to `out`:
/// `{"pc":0,"op":96,"gas":"0x74f18","gasCost":"0x3","memSize":0,"stack":[],"depth":1,"refund":0,
/// "opName":"PUSH1"}`, and where asked for `memory` and `returnData`, and `error` of one that
/// failed.
void append_line(std::string& out, const evm::TracedInstruction& instruction,
                 const TraceFormat& format);

/// What follows the lines of one transaction.
struct TraceSummary {
    std::optional<Bytes32> state_root;  ///< after the transaction
    BytesView output;                   ///< of the transaction's own message
    uint64_t gas_used = 0;
    std::optional<bool> pass;
    std::string_view error;  ///< empty: none
    std::string_view fork;   ///< empty: not stated
};
void append_line(std::string& out, const TraceSummary& summary);

/// Appends `text` as a JSON string with its quotes.
void append_json_string(std::string& out, std::string_view text);

/// Collects the lines of one transaction in memory, with the result of its own message.
class TraceWriter final : public evm::Tracer {
  public:
    explicit TraceWriter(const TraceFormat& format) : format_(format) {}

    [[nodiscard]] bool wants_memory() const override { return format_.memory; }
    void on_message_start(const evm::Message& message) override;
    void on_instruction(const evm::TracedInstruction& instruction) override {
        append_line(lines_, instruction, format_);
    }
    void on_message_end(const evm::Message& message, evm::Status status, uint64_t gas_left,
                        BytesView output) override;

    [[nodiscard]] const std::string& lines() const { return lines_; }
    /// Gas that the transaction's own message used: without intrinsic gas and refunds, as
    /// go-ethereum counts it after a trace.
    [[nodiscard]] uint64_t message_gas_used() const { return message_gas_used_; }

  private:
    TraceFormat format_;
    std::string lines_;
    uint64_t message_gas_ = 0;
    uint64_t message_gas_used_ = 0;
};

/// Hands the lines of each transaction to a function when they are final, in block order. Of a
/// block that runs in parallel it holds the lines of all transactions that are executed and not
/// final yet.
class BlockTraceWriter final : public execute::BlockTracing {
  public:
    using Sink = std::function<void(size_t index, const TraceWriter& trace,
                                    const execute::TransactionOutcome& outcome)>;

    BlockTraceWriter(const TraceFormat& format, Sink sink)
        : format_(format), sink_(std::move(sink)) {}

    [[nodiscard]] std::unique_ptr<evm::Tracer> begin(size_t /*index*/) override {
        return std::make_unique<TraceWriter>(format_);
    }
    void commit(size_t index, std::unique_ptr<evm::Tracer> tracer,
                const execute::TransactionOutcome& outcome) override {
        sink_(index, static_cast<const TraceWriter&>(*tracer), outcome);
    }

  private:
    TraceFormat format_;
    Sink sink_;
};

}  // namespace switchyard::trace
