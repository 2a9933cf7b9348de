// SPDX-License-Identifier: Apache-2.0
// Ends the executions of a request that has no time left, or whose trace has come to nothing.
#pragma once

#include "host/evm/interruption.hpp"
#include "host/node/eth/transaction_tracer.hpp"
#include "host/node/rpc/context.hpp"

namespace switchyard::node::eth {

/// Borrows the context, which outlives whatever executes for its request.
class RequestInterruption final : public evm::Interruption {
  public:
    explicit RequestInterruption(const rpc::Context& context) : context_(context) {}
    /// From here on also where `tracer` has failed, whose outcome nobody wants then; null: none.
    void watch(const TransactionTracer* tracer) { tracer_ = tracer; }

    [[nodiscard]] bool is_requested() override {
        return (tracer_ != nullptr && tracer_->failure()) || context_.expired();
    }

  private:
    const rpc::Context& context_;
    const TransactionTracer* tracer_ = nullptr;
};

}  // namespace switchyard::node::eth
