// SPDX-License-Identifier: Apache-2.0
// Checkpoints: the flat state first, then the trie, then the journal gives up what both hold. So
// the trie on disk is never ahead of the flat state, and catches up from it after a crash.
#include <algorithm>

#include "host/core/hex.hpp"
#include "host/state/store/state_store.hpp"

namespace switchyard {

uint64_t StateStore::backlog() const {
    const std::lock_guard guard(kept_mutex_);
    return kept_bytes_;
}

void StateStore::keep(const Kept& kept) {
    const std::lock_guard guard(kept_mutex_);
    kept_.push_back(kept);
    kept_bytes_ += kept.bytes;
}

std::optional<StateStore::Kept> StateStore::kept_up_to(uint64_t block) const {
    const auto after =
        std::upper_bound(kept_.begin(), kept_.end(), block,
                         [](uint64_t number, const Kept& kept) { return number < kept.block; });
    if (after == kept_.begin()) return std::nullopt;
    return *std::prev(after);
}

// The write-ahead rule (Mohan et al., ARIES, TODS 1992, section 1.1): were a checkpoint on the disk
// with blocks that the journal has lost, the journal would go on with a gap, and nothing would tell
// the trie what those blocks changed.
Result<void> StateStore::sync_journal(uint64_t block) {
    std::optional<Kept> kept;
    journal::Journal* journal = nullptr;
    {
        const std::lock_guard guard(kept_mutex_);
        kept = kept_up_to(block);
        journal = open_journal_;
    }
    // While the journal is being read, what it has given is durable (`journal::recover`).
    if (!kept || journal == nullptr) return {};
    return journal->sync(kept->record);
}

void StateStore::forget_released() {
    const std::lock_guard guard(kept_mutex_);
    while (!kept_.empty() && kept_.front().block <= checkpoint_) {
        kept_bytes_ -= kept_.front().bytes;
        kept_.pop_front();
    }
}

bool StateStore::is_checkpointing() {
    if (taking_) {
        if (taking_->wait_for(std::chrono::seconds(0)) != std::future_status::ready) return true;
        // A failed one is due again at once.
        (void)taking_->get();
        taking_.reset();
    }
    return records_->busy();
}

void StateStore::begin_checkpoint_if_due() {
    forget_released();
    if (is_checkpointing()) return;
    if (records_->failed()) {
        // The flat state's part may have failed as well.
        flat_->begin_checkpoint();
        records_->retry();
        return;
    }
    const uint64_t block = last_block_->number;
    const bool is_due = flat_->writing_to() == block ||
                        trie_->dirty_bytes() >= options_.trie.cache_bytes / 4 ||
                        backlog() >= options_.backlog_bytes / 2;
    if (!is_due) return;
    if (flat_->writing_to() != block && !flat_->begin_checkpoint()) return;
    taking_ =
        trie_->run([block](commitment::StateCommitment& trie) { return trie.checkpoint(block); });
}

Result<void> StateStore::finish_checkpoint() {
    if (taking_) {
        Result<void> taken = taking_->get();
        taking_.reset();
        if (!taken) return taken;
    }
    return records_->wait();
}

Result<void> StateStore::checkpoint() {
    if (Result<void> ready = sealed_and_sound(); !ready) return ready;
    if (Result<void> dropped = drop_root(); !dropped) return dropped;
    if (!last_block_) return {};
    // What is under way may have failed, and is tried again below.
    (void)finish_checkpoint();
    if (Result<void> done = flat_->checkpoint(); !done) return done;
    const uint64_t block = last_block_->number;
    taking_ =
        trie_->run([block](commitment::StateCommitment& trie) { return trie.checkpoint(block); });
    Result<void> done = finish_checkpoint();
    forget_released();
    return done;
}

Result<void> StateStore::make_room() {
    forget_released();
    if (trie_->dirty_bytes() < options_.trie.cache_bytes / 4 * 3 &&
        backlog() < options_.backlog_bytes)
        return {};
    return checkpoint();
}

bool StateStore::pressure() {
    if (failure()) return true;
    if (!pending_ && !early_ && last_block_) begin_checkpoint_if_due();
    return flat_->pressure() || backlog() >= options_.backlog_bytes / 4 * 3 ||
           trie_->dirty_bytes() >= options_.trie.cache_bytes / 2;
}

Result<void> StateStore::rewind_trie(uint64_t block) {
    while (last_block_->number != block) {
        const uint64_t number = last_block_->number;
        const auto undo = flat_->undo_at(number);
        if (!undo) return undo.error();
        const auto before = flat_->block_at(number - 1);
        if (!before) return before.error();
        if (*undo == nullptr || !*before)
            return Error{ErrorCode::NotFound,
                         "there is no way back from block " + std::to_string(number)};
        const bool is_full = trie_->dirty_bytes() >= options_.trie.cache_bytes / 2;
        Result<void> done =
            trie_
                ->run([&](commitment::StateCommitment& trie) -> Result<void> {
                    if (is_full)
                        if (Result<void> kept = trie.checkpoint(number); !kept) return kept;
                    const auto root = trie.apply(**undo);
                    if (!root) return root.error();
                    if (*root == (*before)->state_root) return {};
                    return Error{ErrorCode::Corrupt,
                                 "the undo record of block " + std::to_string(number) +
                                     " leads to the state root " + to_hex(*root) + ", block " +
                                     std::to_string(number - 1) + " has " +
                                     to_hex((*before)->state_root)};
                })
                .get();
        if (!done) return done;
        last_block_ = *before;
    }
    taking_ =
        trie_->run([block](commitment::StateCommitment& trie) { return trie.checkpoint(block); });
    return finish_checkpoint();
}

// In an order in which every crash leaves the trie at or behind the flat state, and a journal
// without the blocks that go: trie, journal, flat state.
Result<void> StateStore::rewind(uint64_t block) {
    if (Result<void> done = checkpoint(); !done) return done;
    if (!last_block_ || block > last_block_->number)
        return Error{ErrorCode::NotFound, "the store has no block " + std::to_string(block)};
    for (uint64_t number = last_block_->number; number > block; --number) {
        const auto undo = flat_->undo_at(number);
        if (!undo) return undo.error();
        const auto before = flat_->block_at(number - 1);
        if (!before) return before.error();
        if (*undo == nullptr || !*before)
            return Error{ErrorCode::NotFound, "there is no way back from block " +
                                                  std::to_string(number) + " to block " +
                                                  std::to_string(block)};
    }
    if (block == last_block_->number) return {};
    if (Result<void> done = rewind_trie(block); !done) return fail(done.error());
    if (Result<void> done = journal_->close(); !done) return fail(done.error());
    const uint64_t generation = *generations_.current() + 1;
    if (Result<void> done = open_journal(generation, true, {}); !done) return fail(done.error());
    {
        const std::lock_guard guard(kept_mutex_);
        kept_.clear();
        kept_bytes_ = 0;
        checkpoint_ = block;
        opened_at_.reset();
    }
    if (Result<void> done = flat_->rewind(block); !done) return fail(done.error());
    return {};
}

}  // namespace switchyard
