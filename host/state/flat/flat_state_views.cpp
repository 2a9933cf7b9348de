// SPDX-License-Identifier: Apache-2.0
// What runs beside commits: read views of earlier blocks, prefetching.
#include <algorithm>
#include <shared_mutex>

#include "host/state/flat/flat_state.hpp"

namespace switchyard::flat {

/// A value of the present is that of `block_` if no block since has changed it, and else stands in
/// the undo record of the first block that has. `commit` publishes a block's record together with
/// its values under the lock; a value that was read without the lock is some later block's at most,
/// whose record is there when one looks after the read.
class FlatState::HistoryView final : public BlockView {
  public:
    HistoryView(const FlatState& state, uint64_t block, uint64_t rewinds)
        : state_(state), block_(block), rewinds_(rewinds), next_(block + 1) {}

    uint64_t block() const override { return block_; }
    std::optional<Error> failure() const override {
        const std::lock_guard guard(failure_mutex_);
        return failure_;
    }

    std::optional<Account> account(const Address& address) const override {
        if (const auto* entry = merged_.account(address)) return entry->account;
        return read<std::optional<Account>>(
            [&](const StateChanges& undo) -> std::optional<std::optional<Account>> {
                const AccountChange* change = find_sorted(undo, address);
                if (change == nullptr) return std::nullopt;
                return change->account;
            },
            [&] { return state_.overlay_account(address); },
            [&] { return state_.account_below(address); });
    }

    Uint256 storage(const Address& address, const Uint256& key) const override {
        if (const auto value = merged_.slot(address, key)) return *value;
        return read<Uint256>(
            [&](const StateChanges& undo) { return find_slot_sorted(undo, address, key); },
            [&] { return state_.overlay_slot(address, key); },
            [&] { return state_.slot_below(address, key); });
    }

    /// Code never changes under its hash.
    CodePointer code(const Bytes32& hash) const override {
        if (hash == kEmptyCodeHash) return empty_code();
        {
            const std::shared_lock guard(state_.layers_lock_);
            if (const CodePointer* known = state_.overlay_code(hash)) return *known;
        }
        const auto stored = state_.code_below(hash);
        if (stored && *stored != nullptr) return *stored;
        fail(stored ? Error{ErrorCode::Corrupt, "the store lacks the code of an account"}
                    : stored.error());
        return empty_code();
    }

    /// Holds the lock all the time: the rare question of a creation over an account that exists.
    bool has_storage(const Address& address) const override {
        if (!account(address)) return false;
        FlatMap<Uint256, bool> before_later_blocks;
        const std::shared_lock guard(state_.layers_lock_);
        if (const auto* entry = merged_.account(address)) {
            for (const auto& [key, value] : entry->slots.entries()) {
                if (!value.is_zero()) return true;
                before_later_blocks[key] = true;
            }
            if (entry->storage_cleared) return false;
        }
        if (!reaches()) return false;
        for (uint64_t n = next_; n <= state_.last_block_->number; ++n) {
            const AccountChange* change = find_sorted(*state_.history_.undo(n), address);
            if (change == nullptr) continue;
            for (const StorageChange& slot : state_.history_.undo(n)->storage_of(*change)) {
                if (before_later_blocks.find(slot.key) != nullptr) continue;
                if (!slot.value.is_zero()) return true;
                before_later_blocks[slot.key] = true;
            }
            if (!change->account || change->storage_cleared) return false;
        }
        bool out = false;
        const auto done = state_.visit_slots(address, [&](const Uint256& key, const Uint256&) {
            out = before_later_blocks.find(key) == nullptr;
            return !out;
        });
        if (!done) fail(done.error());
        return out;
    }

    /// Takes the records of the blocks after `block_` up to `newest` from the store.
    [[nodiscard]] Result<void> merge(uint64_t newest) {
        merged_ = Overlay{};
        for (uint64_t n = newest; n > block_; --n) {
            const auto undo = state_.store_->undo(n);
            if (!undo) return undo.error();
            if (*undo == nullptr) return no_way_back(n);
            merged_.apply(**undo);
            if (merged_.bytes() > state_.config_.history_bytes)
                return Error{ErrorCode::LimitExceeded, "more has changed since block " +
                                                           std::to_string(block_) +
                                                           " than a view may hold (history_bytes)"};
        }
        next_ = newest + 1;
        return {};
    }
    [[nodiscard]] static Error no_way_back(uint64_t block) {
        return {ErrorCode::NotFound,
                "no undo record of block " + std::to_string(block) + " is kept"};
    }
    /// Whether the records from `next_` on are in memory. Under the lock.
    [[nodiscard]] bool reaches() const {
        if (rewinds_ != state_.rewinds_) {
            fail({ErrorCode::NotFound, "the state was rewound since the view was made"});
            return false;
        }
        if (next_ > state_.last_block_->number) return true;
        if (state_.history_.empty() || state_.history_.first() > next_) {
            fail({ErrorCode::NotFound,
                  "block " + std::to_string(block_) + " has left the window of read views"});
            return false;
        }
        for (uint64_t n = next_; n <= state_.last_block_->number; ++n)
            if (state_.history_.undo(n) == nullptr) {
                fail(no_way_back(n));
                return false;
            }
        return true;
    }
    [[nodiscard]] uint64_t next() const { return next_; }

  private:
    template <typename T, typename InUndo, typename InOverlays, typename Below>
    T read(InUndo in_undo, InOverlays in_overlays, Below below) const {
        uint64_t seen = 0;
        {
            const std::shared_lock guard(state_.layers_lock_);
            if (!reaches()) return T{};
            seen = state_.last_block_->number;
            for (uint64_t n = next_; n <= seen; ++n)
                if (auto found = in_undo(*state_.history_.undo(n))) return *found;
            if (auto found = in_overlays()) return *found;
        }
        const Result<T> present = below();
        if (!present) {
            fail(present.error());
            return T{};
        }
        const std::shared_lock guard(state_.layers_lock_);
        if (!reaches()) return T{};
        for (uint64_t n = std::max(seen + 1, next_); n <= state_.last_block_->number; ++n)
            if (auto found = in_undo(*state_.history_.undo(n))) return *found;
        return *present;
    }

    void fail(const Error& error) const {
        const std::lock_guard guard(failure_mutex_);
        if (!failure_) failure_ = error;
    }

    const FlatState& state_;
    const uint64_t block_;
    const uint64_t rewinds_;
    uint64_t next_;   ///< the first block whose record is looked for in the state's history
    Overlay merged_;  ///< the records of the blocks between `block_` and `next_`
    mutable std::mutex failure_mutex_;
    mutable std::optional<Error> failure_;
};

Result<std::unique_ptr<BlockView>> FlatState::view_at(uint64_t block) const {
    std::unique_ptr<HistoryView> out;
    // The window may move on while records are read from the store; it does so seldom.
    constexpr int kTries = 16;
    for (int i = 0; i < kTries; ++i) {
        uint64_t in_memory_from = 0;
        {
            const std::shared_lock guard(layers_lock_);
            if (!last_block_ || block > last_block_->number)
                return Error{ErrorCode::NotFound,
                             "the state has no block " + std::to_string(block)};
            if (out == nullptr) out = std::make_unique<HistoryView>(*this, block, rewinds_);
            in_memory_from = history_.empty() ? last_block_->number + 1 : history_.first();
            if (in_memory_from <= out->next()) {
                if (!out->reaches()) return *out->failure();
                return std::unique_ptr<BlockView>(std::move(out));
            }
        }
        if (Result<void> merged = out->merge(in_memory_from - 1); !merged) return merged.error();
    }
    return Error{ErrorCode::Unavailable, "blocks come faster than undo records can be read"};
}

void FlatState::prefetch(std::span<const Address> accounts, std::span<const SlotKey> slots) const {
    // In the order of the store's rows, so that neighbours share a page.
    std::vector<Address> wanted_accounts;
    std::vector<SlotKey> wanted_slots;
    uint64_t epoch = 0;
    {
        const std::shared_lock guard(layers_lock_);
        epoch = epoch_;
        for (const Address& address : accounts)
            if (!overlay_account(address) && !cache_.accounts.contains(address))
                wanted_accounts.push_back(address);
        for (const SlotKey& slot : slots)
            if (!overlay_slot(slot.address, slot.key) && !cache_.slots.contains(slot))
                wanted_slots.push_back(slot);
    }
    std::sort(wanted_accounts.begin(), wanted_accounts.end());
    std::sort(wanted_slots.begin(), wanted_slots.end(), [](const SlotKey& a, const SlotKey& b) {
        return a.address != b.address ? a.address < b.address : a.key < b.key;
    });

    // What cannot be read will be missed again by whoever needs it, and fail there.
    std::vector<std::optional<std::optional<Account>>> read_accounts;
    std::vector<std::optional<Uint256>> read_slots;
    for (const Address& address : wanted_accounts) {
        auto account = store_->account(address);
        read_accounts.emplace_back();
        if (!account) continue;
        read_accounts.back() = *account;
        if (*account && (*account)->has_code()) (void)code_below((*account)->code_hash);
    }
    for (const SlotKey& slot : wanted_slots) {
        auto value = store_->storage(slot.address, slot.key);
        read_slots.emplace_back();
        if (value) read_slots.back() = *value;
    }

    const std::shared_lock guard(layers_lock_);
    // A checkpoint began or ended since: what was read may be what it has replaced.
    if (epoch != epoch_) return;
    for (size_t i = 0; i < wanted_accounts.size(); ++i)
        if (read_accounts[i]) cache_.accounts.put(wanted_accounts[i], *read_accounts[i]);
    for (size_t i = 0; i < wanted_slots.size(); ++i)
        if (read_slots[i]) cache_.slots.put(wanted_slots[i], *read_slots[i]);
}

}  // namespace switchyard::flat
