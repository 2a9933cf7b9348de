// SPDX-License-Identifier: Apache-2.0
// Ends the executions of a request that has no time left.
#pragma once

#include "host/evm/interruption.hpp"
#include "host/node/rpc/context.hpp"

namespace switchyard::node::eth {

/// Borrows the context, which outlives whatever executes for its request.
class RequestInterruption final : public evm::Interruption {
  public:
    explicit RequestInterruption(const rpc::Context& context) : context_(context) {}
    [[nodiscard]] bool is_requested() override { return context_.expired(); }

  private:
    const rpc::Context& context_;
};

}  // namespace switchyard::node::eth
