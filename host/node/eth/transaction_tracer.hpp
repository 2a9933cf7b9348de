// SPDX-License-Identifier: Apache-2.0
// Tracers of whole transactions, and how a request chooses one.
#pragma once

#include <functional>

#include "host/evm/tracer.hpp"
#include "host/execute/transaction_execution.hpp"
#include "host/node/json/document.hpp"
#include "host/node/json/writer.hpp"
#include "host/node/rpc/rpc_error.hpp"

namespace switchyard::node::eth {

/// What a trace says beside what it saw.
struct TracedOutcome {
    uint64_t gas_used = 0;
    bool failed = false;
    Bytes output;
    uint64_t gas_limit = 0;
    /// Effects, and the state before and while they are not there: for the prestate tracer.
    const StateChanges* changes = nullptr;
    const StateView* before = nullptr;
    Address sender;
    Address beneficiary;
    std::optional<Address> to;  ///< or the contract that it makes
};

/// Sees one transaction, then writes one JSON value.
class TransactionTracer : public evm::Tracer {
  public:
    virtual void write(json::Writer& out, const TracedOutcome& outcome) const = 0;
    /// Why the trace is of no use: a limit was passed.
    [[nodiscard]] const std::optional<Error>& failure() const { return failure_; }

  protected:
    void fail(Error error) {
        if (!failure_) failure_ = std::move(error);
    }

  private:
    std::optional<Error> failure_;
};

/// Makes a tracer for each transaction of a request.
class TracerChoice {
  public:
    /// The options of `debug_trace*`: `tracer` (none: struct logger, `callTracer`,
    /// `prestateTracer`, `noopTracer`) and its configuration.
    [[nodiscard]] static rpc::Answer<TracerChoice> read(json::Element options, size_t steps_max);

    [[nodiscard]] std::unique_ptr<TransactionTracer> make();

  private:
    std::function<std::unique_ptr<TransactionTracer>(size_t& steps_left)> make_;
    std::shared_ptr<size_t> steps_left_;
};

}  // namespace switchyard::node::eth
