// SPDX-License-Identifier: Apache-2.0
// The border between the station that verifies transactions and whatever keeps them after it.
#pragma once

#include <span>

#include "host/chain/transaction.hpp"
#include "host/core/transaction_source.hpp"

namespace switchyard {

/// A bounded place for verified transactions. One producer thread.
class TransactionSink {
  public:
    virtual ~TransactionSink() = default;

    /// How many transactions `accept` can be given now without losing one for want of room. 0 tells
    /// the producer to wait: what it does not take stays with its source. A sink that answers "no
    /// room" with a verdict instead (`Verdict::PoolFull`) never says 0.
    [[nodiscard]] virtual size_t room() const = 0;

    /// Decides on each transaction, in their order, and writes its verdict (same length). Moves out
    /// exactly those it accepts; from then on they are its own, and it must not lose them.
    /// `transactions.size()` is at most `room()`.
    virtual void accept(std::span<SignedTransaction> transactions, std::span<Verdict> verdicts) = 0;
};

}  // namespace switchyard
