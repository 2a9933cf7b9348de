// SPDX-License-Identifier: Apache-2.0
// The trace of every instruction, as go-ethereum's struct logger writes it.
#pragma once

#include <map>

#include "host/evm/tracer.hpp"
#include "host/node/eth/transaction_tracer.hpp"

namespace switchyard::node::eth {

struct StructLogOptions {
    bool memory = false;
    bool stack = true;
    bool storage = true;
    bool return_data = false;
    size_t limit = 0;  ///< instructions that are written; 0: all
};

class StructLogger final : public TransactionTracer {
  public:
    StructLogger(const StructLogOptions& options, TraceBudget& budget)
        : TransactionTracer(budget), options_(options) {}

    [[nodiscard]] bool wants_memory() const override { return options_.memory; }
    void on_message_start(const evm::Message& message) override {
        recipients_.push_back(message.recipient);
    }
    void on_message_end(const evm::Message&, evm::Status, uint64_t, BytesView) override {
        recipients_.pop_back();
    }
    void on_instruction(const evm::TracedInstruction& instruction) override;

    void write(json::Writer& out, const TracedOutcome& outcome) const override;

  private:
    using Slots = std::map<Uint256, Uint256>;
    struct Step {
        uint64_t pc = 0;
        uint64_t gas = 0;
        uint64_t gas_cost = 0;
        int64_t refund = 0;
        uint32_t depth = 0;
        uint8_t opcode = 0;
        evm::Status status = evm::Status::Success;
        std::vector<Uint256> stack;
        Bytes memory;
        Bytes return_data;
        Uint256 stack_top;  ///< of an SLOAD
        Slots storage;      ///< seen so far; at storage instructions only
    };
    void keep_slots(Step& step, const Slots& slots);
    void finish_load(const evm::TracedInstruction& instruction);
    void write_step(json::Writer& out, const Step& step) const;

    const StructLogOptions options_;
    std::vector<Address> recipients_;
    std::map<Address, Slots> storage_;
    std::vector<Step> steps_;
    std::optional<size_t>
        pending_load_;  ///< the last step is an SLOAD whose value is not known yet
};

}  // namespace switchyard::node::eth
