// SPDX-License-Identifier: Apache-2.0
// Several sources as one, each with its fair share of every batch.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "host/core/transaction_source.hpp"

namespace switchyard {

/// Each poll gives every source that has something an equal part of the room, and what some do not
/// use to the others; who comes first goes round. So a source that floods takes from the others
/// only what they leave. The order within a source is kept.
///
/// The `source_id` of what comes out is the source's own times 16, plus the source's index, so that
/// submitters of different sources stay apart. Copies nothing, allocates nothing after
/// construction. One consumer thread, like its sources.
class MergedSource final : public TransactionSource {
  public:
    static constexpr size_t kSourcesMax = 16;

    /// Preconditions: 1 to kSourcesMax sources, none null; they outlive this; their own ids are
    /// below 2^60.
    explicit MergedSource(std::vector<TransactionSource*> sources);

    [[nodiscard]] size_t poll(std::span<RawTransaction> out) override;
    void release(std::span<const RawTransaction> transactions,
                 std::span<const Verdict> verdicts) override;
    /// When all of them are.
    [[nodiscard]] bool exhausted() const override;

  private:
    size_t poll_one(size_t index, std::span<RawTransaction> out);

    std::vector<TransactionSource*> sources_;
    size_t first_ = 0;
    std::array<RawTransaction, 256> batch_{};
};

}  // namespace switchyard
