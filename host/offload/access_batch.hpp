// SPDX-License-Identifier: Apache-2.0
// What the plan predicts and the conflict detector reads: the accesses of a block's transactions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "host/core/assert.hpp"

namespace switchyard {

/// How a transaction touches a key. Two accesses of one key conflict unless both are Read or both
/// are Add.
enum class AccessKind : uint8_t {
    Read = 0,
    Write = 1,
    Add = 2,  ///< a commutative addition whose old value the transaction does not look at
};

[[nodiscard]] constexpr bool conflict(AccessKind a, AccessKind b) {
    return a != b || a == AccessKind::Write;
}

/// One predicted access. `key` is a 64-bit hash of (account) or (account, slot); two keys with one
/// hash are ordered as if they were one, which costs time and never correctness.
struct KeyAccess {
    uint64_t key = 0;
    AccessKind kind = AccessKind::Read;

    bool operator==(const KeyAccess&) const = default;
};

/// The predicted accesses of a block's transactions in block order, in compressed-row form.
///
/// Reusable: `clear` keeps the memory, so that a batch that has grown once allocates no more. The
/// same key may occur several times in one transaction, in any order. Not thread-safe.
class AccessBatch {
  public:
    /// Opens the next transaction; `add` then appends to it. `gas_estimate` weighs it against the
    /// others when lanes are balanced; only relative size matters.
    void begin_transaction(uint64_t gas_estimate) {
        gas_.push_back(gas_estimate);
        ends_.push_back(accesses_.size());
    }

    /// Appends an access to the open transaction. Precondition: there is one.
    void add(uint64_t key, AccessKind kind) {
        SWITCHYARD_DEBUG_ASSERT(!ends_.empty());
        accesses_.push_back({key, kind});
        ends_.back() = accesses_.size();
    }

    void clear() {
        accesses_.clear();
        ends_.clear();
        gas_.clear();
    }

    /// Makes room, so that no later call allocates within these bounds.
    void reserve(size_t transactions, size_t accesses) {
        gas_.reserve(transactions);
        ends_.reserve(transactions);
        accesses_.reserve(accesses);
    }

    [[nodiscard]] uint32_t transaction_count() const { return static_cast<uint32_t>(gas_.size()); }
    [[nodiscard]] size_t access_count() const { return accesses_.size(); }
    [[nodiscard]] bool empty() const { return gas_.empty(); }

    /// The accesses of transaction `i`, in the order in which they were added; valid until the
    /// batch changes. Precondition: `i < transaction_count()`.
    [[nodiscard]] std::span<const KeyAccess> keys(uint32_t i) const {
        const size_t begin = i == 0 ? 0 : ends_[i - 1];
        return {accesses_.data() + begin, ends_[i] - begin};
    }
    [[nodiscard]] uint64_t gas(uint32_t i) const { return gas_[i]; }

  private:
    std::vector<KeyAccess> accesses_;
    std::vector<size_t> ends_;  // one past the last access of each transaction
    std::vector<uint64_t> gas_;
};

}  // namespace switchyard
