// SPDX-License-Identifier: Apache-2.0
// What a block in flight knows of one account or one slot: its value before the block, its value
// after the transactions that are final, and what each transaction that is not final made of it.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstring>
#include <optional>

#include "host/state/state_view.hpp"

#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define SWITCHYARD_HAS_FEATURE_TSAN 1
#endif
#endif
#ifndef SWITCHYARD_HAS_FEATURE_TSAN
#define SWITCHYARD_HAS_FEATURE_TSAN 0
#endif

namespace switchyard::execute {

/// A value that one thread writes while others read, so that a reader may get half of a change.
/// Whoever must not, looks at a `CellSequence` before and after.
///
/// It is copied as memory is, in the widest registers: eight bytes at a time would make whoever
/// reads the copy next wait for each of these stores. The language has no name for such a copy yet
/// (P1478, byte-wise atomic memcpy); ThreadSanitizer gets words that are atomic one by one.
template <typename T>
class SharedWords {
    static_assert(std::is_trivially_copyable_v<T> && sizeof(T) % sizeof(uint64_t) == 0);

  public:
#if defined(__SANITIZE_THREAD__) || SWITCHYARD_HAS_FEATURE_TSAN
    void store(const T& value) {
        std::array<uint64_t, kWords> words;
        std::memcpy(words.data(), static_cast<const void*>(&value), sizeof(T));
        for (size_t i = 0; i < kWords; ++i)
            words_[i].store(words[i], std::memory_order_relaxed);
    }
    [[nodiscard]] T load() const {
        std::array<uint64_t, kWords> words;
        for (size_t i = 0; i < kWords; ++i)
            words[i] = words_[i].load(std::memory_order_relaxed);
        T out;
        std::memcpy(static_cast<void*>(&out), words.data(), sizeof(T));
        return out;
    }

  private:
    static constexpr size_t kWords = sizeof(T) / sizeof(uint64_t);
    std::array<std::atomic<uint64_t>, kWords> words_{};
#else
    void store(const T& value) {
        std::atomic_signal_fence(std::memory_order_acq_rel);
        std::memcpy(bytes_, static_cast<const void*>(&value), sizeof(T));
        std::atomic_signal_fence(std::memory_order_acq_rel);
    }
    [[nodiscard]] T load() const {
        std::atomic_signal_fence(std::memory_order_acq_rel);
        T out;
        std::memcpy(static_cast<void*>(&out), bytes_, sizeof(T));
        std::atomic_signal_fence(std::memory_order_acq_rel);
        return out;
    }

  private:
    alignas(uint64_t) std::byte bytes_[sizeof(T)]{};
#endif
};

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

/// Odd while a cell's final value changes and a version leaves its list. A reader that finds the
/// same even number before and after has seen one state of both (a sequence lock; Boehm, Can
/// seqlocks get along with programming language memory models?, 2012).
using CellSequence = std::atomic<uint32_t>;

/// Calls `read` until nothing was settled meanwhile.
template <typename Read>
[[nodiscard]] auto read_settled(const CellSequence& sequence, Read read) {
    for (;;) {
        const uint32_t before = sequence.load(std::memory_order_acquire);
        if ((before & 1) != 0) continue;
        auto out = read();
        std::atomic_thread_fence(std::memory_order_acquire);
        if (sequence.load(std::memory_order_relaxed) == before) return out;
    }
}

/// Around a change of a cell's final value. One thread at a time, with the cell's lock.
class SettleScope {
  public:
    explicit SettleScope(CellSequence& sequence) : sequence_(sequence) {
        sequence_.store(sequence_.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
        std::atomic_thread_fence(std::memory_order_release);
    }
    ~SettleScope() {
        sequence_.store(sequence_.load(std::memory_order_relaxed) + 1, std::memory_order_release);
    }
    SettleScope(const SettleScope&) = delete;
    SettleScope& operator=(const SettleScope&) = delete;

  private:
    CellSequence& sequence_;
};

/// An account or none, in whole words.
struct AccountValue {
    Account account;  ///< the default where none exists
    uint64_t exists = 0;

    static AccountValue of(const std::optional<Account>& account) {
        return account ? AccountValue{*account, 1} : AccountValue{};
    }
    [[nodiscard]] std::optional<Account> optional() const {
        return exists != 0 ? std::optional(account) : std::nullopt;
    }
    bool operator==(const AccountValue&) const = default;
};

/// An `AccountChange` without its slots, in whole words.
struct AccountEffect {
    Uint256 balance;
    uint64_t nonce = 0;
    Bytes32 code_hash;
    uint8_t deletes = 0;
    uint8_t balance_is_delta = 0;
    uint8_t nonce_written = 0;
    uint8_t code_written = 0;
    uint8_t clears_storage = 0;
    std::array<uint8_t, 3> padding{};

    static AccountEffect of(const AccountChange& change);
    /// Whether nothing of the account beneath shows through.
    [[nodiscard]] bool stands_alone() const {
        return deletes != 0 || (balance_is_delta == 0 && nonce_written != 0 && code_written != 0);
    }
    void apply_to(AccountValue& value) const;
};

/// What one transaction that is not final left in a slot or of an account. Used again once it has
/// left its list: a reader that still holds it reads something else, and finds out by the cell's
/// sequence.
struct SlotVersion {
    std::atomic<uint32_t> index{0};
    std::atomic<bool> is_added{false};  ///< `value` is what to add to the one beneath
    std::atomic<SlotVersion*> older{nullptr};
    SharedWords<Uint256> value;
};
struct alignas(64) AccountVersion {
    std::atomic<uint32_t> index{0};
    std::atomic<AccountVersion*> older{nullptr};
    SharedWords<AccountEffect> effect;
};

/// Cells live until the block is over. Versions lie in a list by descending index, which readers
/// walk without a lock.
struct alignas(64) AccountCell {
    AccountCell* next = nullptr;  ///< in its bucket; set before the cell can be found
    uint64_t hash = 0;
    std::atomic<AccountVersion*> latest{nullptr};
    CellSequence sequence{0};
    Address address;
    std::atomic<bool> lock{false};
    std::atomic<bool> has_slots{false};     ///< some slot of it has a cell
    std::atomic<bool> has_clears{false};    ///< some version clears the storage, or has done so
    std::atomic<bool> storage_gone{false};  ///< a final one has
    SharedWords<AccountValue> settled;      ///< after the transactions that are final
    AccountValue base;                      ///< before the block
};

struct alignas(64) SlotCell {
    SlotCell* next = nullptr;
    AccountCell* owner = nullptr;
    std::atomic<SlotVersion*> latest{nullptr};
    CellSequence sequence{0};
    std::atomic<bool> lock{false};
    std::atomic<bool> written{false};  ///< by a final transaction
    Uint256 key;
    SharedWords<Uint256> settled;
    Uint256 base;
};
static_assert(sizeof(SlotCell) == 128);

/// The newest version below `index`, or null. With a reader's bad luck of a list that changes under
/// it this may be any version; the walk ends all the same.
template <typename Version>
[[nodiscard]] Version* newest_before(const std::atomic<Version*>& latest, uint32_t index) {
    Version* version = latest.load(std::memory_order_acquire);
    while (version != nullptr && version->index.load(std::memory_order_relaxed) >= index)
        version = version->older.load(std::memory_order_acquire);
    return version;
}

/// Puts `version` into its place. Precondition: the list has none of its index.
template <typename Cell, typename Version>
void link(Cell& cell, Version* version) {
    const uint32_t index = version->index.load(std::memory_order_relaxed);
    const CellLock lock(cell.lock);
    std::atomic<Version*>* at = &cell.latest;
    Version* older = at->load(std::memory_order_relaxed);
    while (older != nullptr && older->index.load(std::memory_order_relaxed) > index) {
        at = &older->older;
        older = at->load(std::memory_order_relaxed);
    }
    version->older.store(older, std::memory_order_relaxed);
    at->store(version, std::memory_order_release);
}

/// Takes `version` out of the list. Precondition: the cell's lock is held, and it is in the list.
template <typename Cell, typename Version>
void unlink_locked(Cell& cell, Version* version) {
    std::atomic<Version*>* at = &cell.latest;
    for (Version* here = at->load(std::memory_order_relaxed); here != version;
         here = at->load(std::memory_order_relaxed))
        at = &here->older;
    at->store(version->older.load(std::memory_order_relaxed), std::memory_order_release);
}

}  // namespace switchyard::execute
