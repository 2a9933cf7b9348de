// SPDX-License-Identifier: Apache-2.0
// What a block in flight knows of one account or one slot: its value before the block, and what
// each transaction made of it.
#pragma once

#include <atomic>
#include <optional>

#include "host/state/state_view.hpp"

namespace switchyard::execute {

/// A lock of one byte for the few instructions that change a list of versions.
class CellLock {
  public:
    explicit CellLock(std::atomic<bool>& flag) : flag_(flag) {
        while (flag_.exchange(true, std::memory_order_acquire))
            while (flag_.load(std::memory_order_relaxed)) {
            }
    }
    ~CellLock() { flag_.store(false, std::memory_order_release); }
    CellLock(const CellLock&) = delete;
    CellLock& operator=(const CellLock&) = delete;

  private:
    std::atomic<bool>& flag_;
};

/// What one transaction left in a slot. Immutable but for its place in the list.
struct SlotVersion {
    uint32_t index = 0;
    Uint256 value;
    std::atomic<SlotVersion*> older{nullptr};
};

/// What one transaction left of an account. Immutable but for its place in the list and, once the
/// transaction is final, the whole account.
struct AccountVersion {
    uint32_t index = 0;
    AccountChange change;
    std::atomic<AccountVersion*> older{nullptr};
    std::optional<Account> account{};  ///< after the transaction; valid if `settled`
    std::atomic<bool> settled{false};  ///< release; the account then changes no more
};

/// The versions of a cell lie in a list by descending index. Readers walk it without a lock: a
/// version that is unlinked under them still points on, and all of them live until the block is
/// over.
struct alignas(64) SlotCell {
    SlotCell* next = nullptr;  ///< in its bucket; set before the cell can be found
    uint64_t hash = 0;
    Address address;
    std::atomic<bool> lock{false};
    Uint256 key;
    Uint256 base;  ///< before the block
    std::atomic<SlotVersion*> latest{nullptr};
};

struct alignas(64) AccountCell {
    AccountCell* next = nullptr;
    uint64_t hash = 0;
    Address address;
    std::atomic<bool> lock{false};
    std::atomic<bool> has_clears{false};     ///< some version cleared the account's storage
    std::atomic<bool> has_new_slots{false};  ///< some slot of it has a version
    std::optional<Account> base{};
    std::atomic<AccountVersion*> latest{nullptr};
};

/// The newest version below `index`, or null.
template <typename Version>
[[nodiscard]] Version* newest_before(const std::atomic<Version*>& latest, uint32_t index) {
    Version* version = latest.load(std::memory_order_acquire);
    while (version != nullptr && version->index >= index)
        version = version->older.load(std::memory_order_acquire);
    return version;
}

/// Puts `version` into its place. Precondition: the list has none of its index.
template <typename Cell, typename Version>
void link(Cell& cell, Version* version) {
    const CellLock lock(cell.lock);
    std::atomic<Version*>* at = &cell.latest;
    Version* older = at->load(std::memory_order_relaxed);
    while (older != nullptr && older->index > version->index) {
        at = &older->older;
        older = at->load(std::memory_order_relaxed);
    }
    version->older.store(older, std::memory_order_relaxed);
    at->store(version, std::memory_order_release);
}

/// Takes the version of `index` out of the list, if it has one.
template <typename Version, typename Cell>
void unlink(Cell& cell, std::atomic<Version*>& latest, uint32_t index) {
    const CellLock lock(cell.lock);
    std::atomic<Version*>* at = &latest;
    Version* version = at->load(std::memory_order_relaxed);
    while (version != nullptr && version->index > index) {
        at = &version->older;
        version = at->load(std::memory_order_relaxed);
    }
    if (version != nullptr && version->index == index)
        at->store(version->older.load(std::memory_order_relaxed), std::memory_order_release);
}

}  // namespace switchyard::execute
