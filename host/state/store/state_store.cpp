// SPDX-License-Identifier: Apache-2.0
// Blocks in, and what they wait for; opening is in state_store_open.cpp, checkpoints and rewinding
// in state_store_checkpoint.cpp.
#include "host/state/store/state_store.hpp"

#include "host/core/hex.hpp"
#include "host/state/journal/block_record.hpp"

namespace switchyard {

StateStore::~StateStore() {
    // The thread of roots may read what is pending; the writer behind it waits for the flat state.
    trie_.reset();
    records_.reset();
    // Its checkpoint waits for the journal.
    flat_.reset();
}

Error StateStore::fail(const Error& error) {
    const std::lock_guard guard(failure_mutex_);
    if (!failure_) failure_ = error;
    return *failure_;
}

std::optional<Error> StateStore::failure() const {
    const std::lock_guard guard(failure_mutex_);
    return failure_;
}

Result<void> StateStore::sealed_and_sound() const {
    if (const auto failed = failure()) return *failed;
    if (pending_)
        return Error{ErrorCode::Unavailable,
                     "block " + std::to_string(pending_->number) + " is not sealed"};
    return {};
}

Result<void> StateStore::apply(uint64_t number, StateChanges changes) {
    if (const auto failed = failure()) return *failed;
    if (pending_)
        return Error{ErrorCode::InvalidInput,
                     "block " + std::to_string(pending_->number) + " is not sealed"};
    if (Result<void> room = make_room(); !room) return room;
    if (early_ && (early_->number != number || *early_->changes != changes))
        if (Result<void> dropped = drop_root(); !dropped) return dropped;
    if (Result<void> done = flat_->apply(number, changes); !done) return done;
    pending_ = Pending{number, std::make_shared<const StateChanges>(std::move(changes)), {}};
    pending_->root = root_of(*pending_);
    return {};
}

Result<Bytes32> StateStore::root() {
    if (const auto failed = failure()) return *failed;
    if (!pending_) {
        if (!last_block_) return trie::kEmptyRoot;
        return last_block_->state_root;
    }
    const auto done = pending_->root;  // a copy for each thread, as std::shared_future asks for
    const Result<Bytes32>& root = done.get();
    if (!root) return fail(root.error());
    return root;
}

Result<void> StateStore::seal(const StoredBlock& block) {
    if (const auto failed = failure()) return *failed;
    if (!pending_ || pending_->number != block.number)
        return Error{ErrorCode::InvalidInput,
                     "block " + std::to_string(block.number) + " was not the one applied last"};
    const Result<Bytes32> expected = root();
    if (!expected) return expected.error();
    if (*expected != block.state_root)
        return Error{ErrorCode::InvalidInput, "block " + std::to_string(block.number) +
                                                  " leads to the state root " + to_hex(*expected) +
                                                  ", not to " + to_hex(block.state_root)};
    record_.clear();
    if (Result<void> encoded = journal::encode_block_record(block, *pending_->changes, record_);
        !encoded)
        return fail(encoded.error());
    const Result<uint64_t> record = journal_->append(journal::RecordKind::Block, record_);
    if (!record) return fail(record.error());
    keep({block.number, *record, journal::record_bytes(record_.size())});
    flat_->seal(block);
    last_block_ = block;
    pending_.reset();
    begin_checkpoint_if_due();
    return {};
}

Result<void> StateStore::wait_durable(uint64_t number) {
    uint64_t record = 0;
    {
        const std::lock_guard guard(kept_mutex_);
        // What a checkpoint holds is durable, whatever the journal says.
        if (checkpoint_ >= number || opened_at_ >= number) return {};
        const auto found = kept_up_to(number);
        if (!found || found->block != number)
            return Error{ErrorCode::InvalidInput,
                         "block " + std::to_string(number) + " is not sealed"};
        record = found->record;
    }
    return journal_->wait_durable(record);
}

Result<void> StateStore::commit(const StoredBlock& block, StateChanges changes) {
    if (Result<void> done = apply(block.number, std::move(changes)); !done) return done;
    if (Result<void> done = seal(block); !done) return fail(done.error());
    if (Result<void> done = wait_durable(block.number); !done) return fail(done.error());
    return {};
}

Result<commitment::AccountProof> StateStore::prove(const Address& address,
                                                   std::span<const Uint256> keys) {
    if (Result<void> ready = sealed_and_sound(); !ready) return ready.error();
    if (early_) return Error{ErrorCode::Unavailable, "the root of the next block was begun"};
    return trie_->run([&](commitment::StateCommitment& trie) { return trie.prove(address, keys); })
        .get();
}

StateStore::Status StateStore::status() const {
    Status out;
    out.memory = flat_->memory();
    out.trie_dirty_bytes = trie_->dirty_bytes();
    out.trie_writing_bytes = records_->bytes();
    out.journal = journal_->status();
    const std::lock_guard guard(kept_mutex_);
    out.backlog_bytes = kept_bytes_;
    out.checkpoint = checkpoint_;
    return out;
}

}  // namespace switchyard
