// SPDX-License-Identifier: Apache-2.0
// Checkpoints: what was committed goes into the store on a thread of its own.
#include <algorithm>
#include <shared_mutex>

#include "host/state/flat/flat_state.hpp"

namespace switchyard::flat {

FlatState::~FlatState() {
    {
        const std::lock_guard guard(writing_mutex_);
        stop_ = true;
    }
    writing_changed_.notify_all();
    writer_.join();
}

size_t FlatState::overlay_bytes() const {
    return active_->bytes() + frozen_bytes_ + history_.waiting_bytes();
}

void FlatState::update_pressure() {
    pressure_.store(overlay_bytes() >= config_.overlay_bytes - config_.overlay_bytes / 4,
                    std::memory_order_relaxed);
}

bool FlatState::begin_checkpoint() {
    (void)drop_written();  // a failed one is begun again below
    if (frozen_ != nullptr) {
        start_writing();
        return false;
    }
    if (history_.waiting_bytes() == 0 || !is_sealed_) return false;
    {
        const std::unique_lock guard(layers_lock_);
        frozen_ = std::move(active_);
        active_ = std::make_unique<Overlay>();
        frozen_bytes_ = frozen_->bytes() + frozen_->changes_bytes();
        frozen_blocks_ = history_.waiting();
        ++epoch_;
    }
    start_writing();
    return true;
}

void FlatState::start_writing() {
    {
        const std::lock_guard guard(writing_mutex_);
        if (writing_ != Writing::Nothing) return;
        writing_ = Writing::UnderWay;
    }
    writing_changed_.notify_all();
}

Result<void> FlatState::drop_written() {
    {
        const std::lock_guard guard(writing_mutex_);
        if (writing_ != Writing::Done) return {};
        writing_ = Writing::Nothing;
        if (!written_) return written_;
    }
    std::unique_ptr<Overlay> written;
    {
        const std::unique_lock guard(layers_lock_);
        written = std::move(frozen_);
        frozen_bytes_ = 0;
        stored_block_ = frozen_blocks_.back().block;
        history_.stored_up_to(stored_block_->number, config_.history_bytes, config_.undo_blocks);
        frozen_blocks_.clear();
        ++epoch_;
    }
    {
        const std::lock_guard guard(writing_mutex_);
        retired_.swap(written);
    }
    writing_changed_.notify_all();
    update_pressure();
    return {};
}

std::optional<uint64_t> FlatState::writing_to() const {
    if (frozen_ == nullptr) return std::nullopt;
    return frozen_blocks_.back().block.number;
}

Result<void> FlatState::wait_stored(uint64_t block) {
    std::unique_lock guard(writing_mutex_);
    writing_changed_.wait(guard, [&] { return writing_ != Writing::UnderWay; });
    if (written_to_ >= block) return {};
    if (!written_) return written_;
    return Error{ErrorCode::Unavailable, "no checkpoint leads to block " + std::to_string(block)};
}

Result<void> FlatState::wait_checkpoint() {
    {
        std::unique_lock guard(writing_mutex_);
        writing_changed_.wait(guard, [&] { return writing_ != Writing::UnderWay; });
    }
    return drop_written();
}

Result<void> FlatState::checkpoint() {
    // What is under way first, then what was committed meanwhile.
    for (int i = 0; i < 2; ++i) {
        begin_checkpoint();
        if (Result<void> done = wait_checkpoint(); !done) return done;
    }
    return {};
}

Result<void> FlatState::make_room() {
    if (Result<void> done = drop_written(); !done && overlay_bytes() >= config_.overlay_bytes)
        return done;
    while (overlay_bytes() >= config_.overlay_bytes) {
        begin_checkpoint();
        if (frozen_ == nullptr) break;
        if (Result<void> done = wait_checkpoint(); !done) return done;
    }
    return {};
}

void FlatState::checkpoint_thread() {
    std::unique_lock guard(writing_mutex_);
    for (;;) {
        writing_changed_.wait(
            guard, [&] { return stop_ || writing_ == Writing::UnderWay || retired_ != nullptr; });
        std::unique_ptr<Overlay> retired = std::move(retired_);
        const bool is_writing = writing_ == Writing::UnderWay;
        if (!is_writing && retired == nullptr) return;
        guard.unlock();
        retired.reset();
        Result<void> done = is_writing ? write_frozen() : Result<void>{};
        guard.lock();
        if (!is_writing) continue;
        if (done) written_to_ = frozen_blocks_.back().block.number;
        written_ = std::move(done);
        writing_ = Writing::Done;
        writing_changed_.notify_all();
    }
}

// Runs beside reads: nothing here changes the overlays, and no read looks below them for a key that
// is written here.
Result<void> FlatState::write_frozen() {
    const StateChanges changes = frozen_->changes();
    if (Result<void> done = forget_cleared(changes); !done) return done;
    const uint64_t first = frozen_blocks_.front().block.number;
    const uint64_t last = frozen_blocks_.back().block.number;
    if (config_.before_write)
        if (Result<void> ready = config_.before_write(last); !ready) return ready;
    const uint64_t window = last >= config_.undo_blocks ? last - config_.undo_blocks + 1 : 0;
    // The records of the blocks after the store's are what leads back from a crash.
    const uint64_t keep_from = std::min({window, first, undo_kept_from_.load()});
    const Checkpoint checkpoint{frozen_blocks_, &changes, keep_from};
    if (Result<void> done = store_->write(checkpoint); !done) return done;
    fill_cache(changes);
    return {};
}

// Slots that the cache knows and a block has dropped with the rest of their account.
Result<void> FlatState::forget_cleared(const StateChanges& changes) const {
    for (const AccountChange& change : changes.accounts) {
        if (change.account && !change.storage_cleared) continue;
        const Result<void> done =
            store_->for_each_slot(change.address, [&](const Uint256& key, const Uint256&) {
                cache_.slots.erase({change.address, key});
                return true;
            });
        if (!done) return done;
    }
    return {};
}

void FlatState::fill_cache(const StateChanges& changes) const {
    for (const AccountChange& change : changes.accounts) {
        cache_.accounts.put(change.address, change.account);
        for (const StorageChange& slot : changes.storage_of(change))
            cache_.slots.put({change.address, slot.key}, slot.value);
    }
    for (const CodeChange& change : changes.codes)
        cache_.code.put(change.hash, change.code);
}

Result<void> FlatState::rewind(uint64_t block) {
    if (Result<void> done = checkpoint(); !done) return done;
    if (Result<void> done = store_->rewind(block); !done) return done;
    const std::unique_lock guard(layers_lock_);
    history_.clear();
    cache_.accounts.clear();
    cache_.slots.clear();
    last_block_ = stored_block_ = store_->block();
    written_to_ = stored_block_->number;
    ++epoch_;
    ++rewinds_;
    return {};
}

}  // namespace switchyard::flat
