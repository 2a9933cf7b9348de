// SPDX-License-Identifier: Apache-2.0
// The accounts that a transaction touches, before it and after, as go-ethereum's prestateTracer
// writes them.
#pragma once

#include <map>
#include <set>

#include "host/node/eth/transaction_tracer.hpp"

namespace switchyard::node::eth {

class PrestateTracer final : public TransactionTracer {
  public:
    struct Options {
        bool diff = false;  ///< what changed, before and after, instead of all before
        bool code = true;
        bool storage = true;
    };
    PrestateTracer(const Options& options, TraceBudget& budget)
        : TransactionTracer(budget), options_(options) {}

    void on_message_start(const evm::Message& message) override;
    void on_message_end(const evm::Message&, evm::Status, uint64_t, BytesView) override {
        recipients_.pop_back();
    }
    void on_instruction(const evm::TracedInstruction& instruction) override;
    void write(json::Writer& out, const TracedOutcome& outcome) const override;

  private:
    void touch(const Address& account);
    void touch(const Address& account, const Uint256& slot);
    void write_before(json::Writer& out, const TracedOutcome& outcome) const;
    void write_difference(json::Writer& out, const TracedOutcome& outcome) const;

    const Options options_;
    std::vector<Address> recipients_;
    std::map<Address, std::set<Uint256>> touched_;
};

}  // namespace switchyard::node::eth
