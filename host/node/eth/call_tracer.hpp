// SPDX-License-Identifier: Apache-2.0
// The tree of messages, as go-ethereum's callTracer writes it.
#pragma once

#include "host/node/eth/transaction_tracer.hpp"

namespace switchyard::node::eth {

class CallTracer final : public TransactionTracer {
  public:
    /// `only_top`: without what the transaction's own message calls. `with_log`: with the logs that
    /// stand.
    CallTracer(bool only_top, bool with_log, TraceBudget& budget)
        : TransactionTracer(budget), only_top_(only_top), with_log_(with_log) {}

    [[nodiscard]] bool wants_memory() const override { return with_log_; }
    void on_message_start(const evm::Message& message) override;
    void on_instruction(const evm::TracedInstruction& instruction) override;
    void on_message_end(const evm::Message& message, evm::Status status, uint64_t gas_left,
                        BytesView output) override;
    void write(json::Writer& out, const TracedOutcome& outcome) const override;

  private:
    struct LoggedHere {
        Log log;
        size_t after_calls = 0;  ///< calls of the frame that came before
    };
    struct Call {
        std::string_view type;
        Address from;
        Address to;
        bool has_to = true;
        std::optional<Uint256> value;
        uint64_t gas = 0;
        uint64_t gas_used = 0;
        Bytes input;
        Bytes output;
        evm::Status status = evm::Status::Success;
        uint8_t last_opcode = 0;  ///< of the instruction that ended the frame in failure
        std::vector<LoggedHere> logs;
        std::vector<Call> calls;
    };
    void write_call(json::Writer& out, const Call& call, const TracedOutcome* top) const;
    static void drop_logs(Call& call);
    /// Whether the trace lists the message that has `depth` messages around it.
    [[nodiscard]] bool lists(size_t depth) const { return depth == 0 || !only_top_; }

    const bool only_top_;
    const bool with_log_;
    std::vector<Call> open_;
    std::optional<Call> top_;
};

}  // namespace switchyard::node::eth
