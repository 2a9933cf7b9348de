// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "host/core/hex.hpp"
#include "host/node/chain/chain.hpp"

namespace switchyard::node {

HeadPointer Chain::head() const {
    const std::lock_guard guard(head_mutex_);
    return head_;
}

void Chain::publish_head(HeadPointer head) {
    const std::lock_guard guard(head_mutex_);
    head_ = std::move(head);
}

/// The head's marks as blocks of the chain that ends with `block`: `branch` over the canonical
/// block `ancestor`.
Result<HeadPointer> Chain::head_of(const BlockPointer& block, const HeadMarks& marks,
                                   std::span<const BlockPointer> branch, uint64_t ancestor) const {
    auto out = std::make_shared<ChainHead>();
    out->block = block;
    const auto find = [&](const Bytes32& hash, BlockPointer& mark) -> Result<void> {
        if (hash.is_zero()) return {};
        const auto in_branch =
            std::ranges::find(branch, hash, [](const auto& b) { return b->hash; });
        if (in_branch != branch.end()) {
            mark = *in_branch;
            return {};
        }
        const auto found = archive_->block(hash);
        if (!found) return found.error();
        if (*found != nullptr && (*found)->number() <= ancestor) {
            const auto canonical = archive_->is_canonical(**found);
            if (!canonical) return canonical.error();
            if (*canonical) {
                mark = *found;
                return {};
            }
        }
        return Error{ErrorCode::InvalidInput,
                     "block " + to_hex(hash) + " is not on the chain of the new head"};
    };
    if (auto found = find(marks.safe, out->safe); !found) return found.error();
    if (auto found = find(marks.finalized, out->finalized); !found) return found.error();
    return HeadPointer(std::move(out));
}

/// Brings the store from its block to the end of `branch`, which stands on `ancestor`.
Result<void> Chain::move_store(uint64_t ancestor, std::span<const BlockPointer> branch) {
    if (store_->last_block()->number != ancestor)
        if (auto back = store_->rewind(ancestor); !back) return back;
    for (const BlockPointer& block : branch) {
        const auto layer = tree_.layer(block->hash);
        std::shared_ptr<const StateChanges> changes = layer;
        if (changes == nullptr) {
            // A branch may be longer than the tree keeps.
            const auto parent = archive_->block(block->header().parent_hash);
            if (!parent) return parent.error();
            const auto again =
                execute_again(config_, *archive_, execute_, *block, *parent, store_->view());
            if (!again) return again.error();
            changes = *again;
        }
        if (auto done = store_->apply(block->number(), StateChanges(*changes)); !done) return done;
        if (auto done = store_->seal({block->number(), block->hash, block->header().state_root});
            !done)
            return done;
    }
    return store_->wait_durable(store_->last_block()->number);
}

Result<void> Chain::commit_head(HeadChange change, uint64_t ancestor, bool goes_back,
                                HeadPointer after) {
    if (auto done = archive_->log_head(change); !done) return done;
    if (auto done = archive_->wait_durable(); !done) return done;
    // Nobody looks while what was canonical is neither here nor gone.
    std::unique_lock<flat::WriterFirstLock> gate(gate_, std::defer_lock);
    if (goes_back) gate.lock();
    if (auto moved = move_store(ancestor, change.added); !moved) return moved;
    if (auto done = archive_->publish(std::move(change)); !done) return done;
    publish_head(std::move(after));
    return {};
}

Result<ImportOutcome> Chain::set_head(const Bytes32& hash, const Bytes32& safe,
                                      const Bytes32& finalized) {
    const std::lock_guard guard(import_mutex_);
    auto outcome = noted(set_head_locked({hash, safe, finalized}));
    if (outcome)
        syncing_.store(
            outcome->status == BlockStatus::Syncing || outcome->status == BlockStatus::Accepted,
            std::memory_order_relaxed);
    return outcome;
}

Result<ImportOutcome> Chain::set_head_locked(const HeadMarks& marks) {
    const Bytes32& hash = marks.head;
    auto target = archive_->block(hash);
    if (!target) return target.error();
    if (*target == nullptr) {
        auto connected = connect(hash);
        if (!connected) return connected;
        if (connected->status != BlockStatus::Valid) return connected;
        target = connected->block;
    }
    const HeadPointer before = head();
    BlockPointer ancestor;
    auto branch = branch_to(*target, ancestor);
    if (!branch && branch.error().code == ErrorCode::NotFound)
        return ImportOutcome{BlockStatus::Syncing, nullptr, std::nullopt, branch.error().message};
    if (!branch) return branch.error();
    auto after = head_of(*target, marks, *branch, ancestor->number());
    if (!after) return after.error();
    // That the way back exists is known before anything is written.
    if (ancestor->number() != before->block->number()) {
        const auto state = state_after(ancestor);
        if (!state && state.error().code == ErrorCode::NotFound)
            return ImportOutcome{BlockStatus::Syncing, nullptr, std::nullopt,
                                 state.error().message};
        if (!state) return state.error();
    }

    HeadEvent event;
    event.head = *after;
    event.added = *branch;
    for (uint64_t number = before->block->number(); number > ancestor->number(); --number) {
        const auto removed = archive_->canonical_block(number);
        if (!removed) return removed.error();
        if (*removed != nullptr) event.removed.push_back(*removed);
    }
    if (auto done = commit_head({ancestor->number(), *std::move(branch), marks}, ancestor->number(),
                                !event.removed.empty(), *after);
        !done) {
        note(done.error());
        return done.error();
    }
    (void)store_->pressure();
    const bool moved = !event.added.empty() || !event.removed.empty();
    const std::lock_guard listening(listeners_mutex_);
    if (moved || (*after)->safe != before->safe || (*after)->finalized != before->finalized)
        for (HeadListener* listener : listeners_)
            listener->on_head(event);
    return ImportOutcome{BlockStatus::Valid, *target, hash, {}};
}

Result<BlockPointer> Chain::block(const BlockId& id) const {
    const HeadPointer now = head();
    switch (id.tag) {
        case BlockTag::Latest:
        case BlockTag::Pending:
            return now->block;
        case BlockTag::Safe:
            return now->safe;
        case BlockTag::Finalized:
            return now->finalized;
        case BlockTag::Earliest:
            return genesis_;
        case BlockTag::Number:
            if (id.number > now->block->number()) return BlockPointer{};
            return archive_->canonical_block(id.number);
        case BlockTag::Hash: {
            auto found = archive_->block(id.hash);
            if (!found || *found == nullptr || !id.require_canonical) return found;
            const auto canonical = archive_->is_canonical(**found);
            if (!canonical) return canonical.error();
            if (!*canonical)
                return Error{ErrorCode::InvalidInput, "hash is not currently canonical"};
            return found;
        }
    }
    return BlockPointer{};
}

Result<ChainViewPointer> Chain::view(const BlockPointer& block) const {
    std::vector<std::shared_ptr<const StateChanges>> layers;
    std::unique_ptr<flat::BlockView> base;
    {
        // The block below and its number belong together.
        const std::shared_lock guard(gate_);
        BlockPointer ancestor;
        const auto branch = branch_to(block, ancestor);
        if (!branch) return branch.error();
        for (const BlockPointer& step : *branch) {
            auto layer = tree_.layer(step->hash);
            if (layer == nullptr)
                return Error{ErrorCode::NotFound,
                             "the state of block " + to_hex(step->hash) + " is not kept"};
            layers.push_back(std::move(layer));
        }
        auto at = store_->view_at(ancestor->number());
        if (!at) return at.error();
        base = *std::move(at);
    }
    // Layers ask the base, which takes the gate itself.
    return ChainViewPointer(
        std::make_shared<const ChainView>(block, gate_, std::move(base), std::move(layers)));
}

void Chain::add_listener(HeadListener& listener) {
    const std::lock_guard guard(listeners_mutex_);
    listeners_.push_back(&listener);
}

void Chain::remove_listener(HeadListener& listener) {
    const std::lock_guard guard(listeners_mutex_);
    std::erase(listeners_, &listener);
}

Result<void> Chain::flush() {
    const std::lock_guard guard(import_mutex_);
    if (auto done = archive_->flush(); !done) return done;
    return store_->checkpoint();
}

}  // namespace switchyard::node
