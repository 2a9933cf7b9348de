// SPDX-License-Identifier: Apache-2.0
// Proves that a plan orders every conflicting pair of its batch; knows no detector.
#pragma once

#include <cstdint>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

#include "host/offload/access_batch.hpp"
#include "host/offload/lane_plan.hpp"

namespace switchyard::offload {

/// Two transactions that conflict and that the plan lets run side by side or in reverse.
struct UnorderedPair {
    uint32_t earlier = 0;
    uint32_t later = 0;

    bool operator==(const UnorderedPair&) const = default;
};

/// Follows waits as an executor would: before a transaction starts, what it waits for has ended,
/// and so has everything that those waited for. Keys are compared as they are, without a table.
///
/// For each key it keeps the accesses since the kind last changed, and those of the kind before:
/// an access that comes after all of the latter comes, through them, after everything older that
/// it conflicts with. Costs O(transactions x lanes^2 + accesses x lanes) at worst.
///
/// Reusable (keeps its memory). Not thread-safe.
class OrderCheck {
  public:
    /// The first conflicting pair that is not ordered as in the block, by its later transaction.
    /// Preconditions: `plan.validate_shape()` and as many transactions as in `batch`.
    [[nodiscard]] std::optional<UnorderedPair> find_unordered(const AccessBatch& batch,
                                                              const LanePlan& plan);

  private:
    /// The last transaction of each lane in a run of accesses of one kind.
    using Members = std::vector<uint32_t>;
    struct Key {
        AccessKind kind = AccessKind::Read;
        Members current;
        Members before;
    };

    void follow_waits(const LanePlan& plan);
    void merge_kinds(std::span<const KeyAccess> accesses);
    [[nodiscard]] bool ordered(const LanePlan& plan, uint32_t earlier, uint32_t later) const;

    std::vector<uint32_t> finished_;  // [transaction x lane]: sure to have ended before it starts
    std::vector<std::vector<uint32_t>> lanes_;  // their transactions, in order
    std::vector<KeyAccess> accesses_;           // of one transaction, each key once
    std::unordered_map<uint64_t, Key> keys_;
};

}  // namespace switchyard::offload
