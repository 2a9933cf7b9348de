// SPDX-License-Identifier: Apache-2.0
// A bounded list of verified transactions, for roads that need no pool.
#pragma once

#include <utility>
#include <vector>

#include "host/chain/transaction_sink.hpp"

namespace switchyard {

/// Keeps every transaction it is given, in order, up to its capacity. One thread.
class VerifiedQueue final : public TransactionSink {
  public:
    explicit VerifiedQueue(size_t capacity) : capacity_(capacity) {}

    [[nodiscard]] size_t room() const override { return capacity_ - transactions_.size(); }
    void accept(std::span<SignedTransaction> transactions, std::span<Verdict> verdicts) override {
        for (size_t i = 0; i < transactions.size(); ++i) {
            const bool fits = room() != 0;
            if (fits) transactions_.push_back(std::move(transactions[i]));
            verdicts[i] = fits ? Verdict::Accepted : Verdict::PoolFull;
        }
    }

    [[nodiscard]] size_t size() const { return transactions_.size(); }
    /// Gives all of them away; the queue is empty afterwards.
    [[nodiscard]] std::vector<SignedTransaction> take() { return std::exchange(transactions_, {}); }

  private:
    size_t capacity_;
    std::vector<SignedTransaction> transactions_;
};

}  // namespace switchyard
