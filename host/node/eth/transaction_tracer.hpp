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

/// What the traces of one request may still hold, together, until they are written.
struct TraceBudget {
    size_t steps = 0;  ///< whatever a trace lists: instructions, calls, logs, accounts
    size_t bytes = 0;
};

/// Sees one transaction, then writes one JSON value.
class TransactionTracer : public evm::Tracer {
  public:
    /// `budget` outlives the tracer.
    explicit TransactionTracer(TraceBudget& budget) : budget_(budget) {}
    virtual void write(json::Writer& out, const TracedOutcome& outcome) const = 0;
    /// Why the trace is of no use: a limit was passed.
    [[nodiscard]] const std::optional<Error>& failure() const { return failure_; }

  protected:
    /// Takes room for `steps` of `bytes` together; false: there is not so much, and the trace has
    /// failed. What is not taken must not be kept.
    [[nodiscard]] bool take(size_t bytes, size_t steps = 1) {
        if (failure_) return false;
        if (steps > budget_.steps || bytes > budget_.bytes) {
            failure_ =
                Error{ErrorCode::LimitExceeded, "the trace is larger than a request's may be"};
            return false;
        }
        budget_.steps -= steps;
        budget_.bytes -= bytes;
        return true;
    }

  private:
    TraceBudget& budget_;
    std::optional<Error> failure_;
};

/// Makes a tracer for each transaction of a request.
class TracerChoice {
  public:
    /// The options of `debug_trace*`: `tracer` (none: struct logger, `callTracer`,
    /// `prestateTracer`, `noopTracer`) and its configuration.
    [[nodiscard]] static rpc::Answer<TracerChoice> read(json::Element options,
                                                        const TraceBudget& budget);

    [[nodiscard]] std::unique_ptr<TransactionTracer> make();

  private:
    std::function<std::unique_ptr<TransactionTracer>(TraceBudget& budget)> make_;
    std::shared_ptr<TraceBudget> budget_;
};

}  // namespace switchyard::node::eth
