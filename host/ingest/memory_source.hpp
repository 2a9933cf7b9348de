// SPDX-License-Identifier: Apache-2.0
// A source of transactions that are in memory already: for tests, and for nodes that link the
// library without a port.
#pragma once

#include <optional>
#include <vector>

#include "host/core/transaction_source.hpp"

namespace switchyard {

/// Gives the transactions of a list in order and keeps each one's verdict. Asserts the rules of
/// `TransactionSource`: every polled transaction is released exactly once. The bytes of a released
/// transaction are freed, so that a consumer that still reads them is found out.
class MemorySource final : public TransactionSource {
  public:
    explicit MemorySource(std::vector<Bytes> transactions);

    /// A transaction with what a datagram says beside it.
    struct Hinted {
        Bytes bytes;
        std::optional<Address> sender_hint;
        uint64_t source_id = 0;
    };
    [[nodiscard]] static MemorySource with_hints(std::vector<Hinted> transactions);

    [[nodiscard]] size_t poll(std::span<RawTransaction> out) override;
    void release(std::span<const RawTransaction> transactions,
                 std::span<const Verdict> verdicts) override;
    [[nodiscard]] bool exhausted() const override { return next_ == entries_.size(); }

    [[nodiscard]] size_t size() const { return entries_.size(); }
    /// Polled and not yet released.
    [[nodiscard]] size_t outstanding() const { return outstanding_; }
    /// Whether transaction `index` was released; only then has it a verdict.
    [[nodiscard]] bool is_released(size_t index) const;
    [[nodiscard]] Verdict verdict(size_t index) const;

  private:
    enum class Stage : uint8_t { Waiting, Polled, Released };
    struct Entry {
        Hinted transaction;
        Stage stage = Stage::Waiting;
        Verdict verdict = Verdict::Accepted;
    };
    std::vector<Entry> entries_;
    size_t next_ = 0;
    size_t outstanding_ = 0;
};

}  // namespace switchyard
