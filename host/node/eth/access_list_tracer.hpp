// SPDX-License-Identifier: Apache-2.0
// Collects what a call touches, as an access list (EIP-2930).
#pragma once

#include <map>
#include <set>

#include "host/chain/transaction.hpp"
#include "host/evm/opcodes.hpp"
#include "host/evm/tracer.hpp"

namespace switchyard::node::eth {

/// Accounts in `excluded`, which are warm anyway, are listed only with slots.
class AccessListTracer final : public evm::Tracer {
  public:
    explicit AccessListTracer(std::set<Address> excluded) : excluded_(std::move(excluded)) {}

    void on_message_start(const evm::Message& message) override {
        recipients_.push_back(message.recipient);
    }
    void on_message_end(const evm::Message&, evm::Status, uint64_t, BytesView) override {
        recipients_.pop_back();
    }
    void on_instruction(const evm::TracedInstruction& instruction) override;

    /// Ascending.
    [[nodiscard]] AccessList list() const;

  private:
    std::set<Address> excluded_;
    std::vector<Address> recipients_;
    std::map<Address, std::set<Bytes32>> touched_;
};

}  // namespace switchyard::node::eth
