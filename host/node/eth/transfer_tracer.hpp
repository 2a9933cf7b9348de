// SPDX-License-Identifier: Apache-2.0
// Logs for transfers of Ether, among those that contracts make.
#pragma once

#include "host/evm/tracer.hpp"
#include "host/state/transaction_state.hpp"

namespace switchyard::node::eth {

/// Adds a log for each message that moves value, which goes where the message is reverted; and
/// counts logs as go-ethereum's simulation does, reverted ones too. Stands for the ERC-20 event
/// `Transfer` of a contract at 0xeeee...ee.
class TransferTracer final : public evm::Tracer {
  public:
    TransferTracer(TransactionState& state, bool adds_transfers)
        : state_(state), adds_transfers_(adds_transfers) {}

    void on_message_start(const evm::Message& message) override;
    void on_instruction(const evm::TracedInstruction& instruction) override;
    void on_message_end(const evm::Message& message, evm::Status status, uint64_t gas_left,
                        BytesView output) override;

    /// For the next transaction of the block.
    void next_transaction() { indices_.clear(); }
    /// Of the logs that stand.
    [[nodiscard]] const std::vector<uint64_t>& indices() const { return indices_; }
    [[nodiscard]] static bool is_transfer(const Log& log);

  private:
    struct Open {
        Address recipient;
        Uint256 balance;  ///< of the recipient, before the next instruction
    };
    void add_transfer(const Address& from, const Address& to, const Uint256& value);
    void note_log();
    [[nodiscard]] Uint256 balance_of(const Address& address) const {
        return state_.peek_account(address).value_or(Account{}).balance;
    }

    TransactionState& state_;
    const bool adds_transfers_;
    std::vector<Open> open_;
    std::vector<uint64_t> indices_;
    uint64_t count_ = 0;  ///< in the block
};

}  // namespace switchyard::node::eth
