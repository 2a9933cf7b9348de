// SPDX-License-Identifier: Apache-2.0
#include "host/core/hex.hpp"
#include "host/node/chain/chain.hpp"

namespace switchyard::node {
namespace {

bool is_verdict(const Error& error) {
    return error.code == ErrorCode::InvalidInput || error.code == ErrorCode::Mismatch;
}

}  // namespace

/// The root after each part of a block, for receipts before Byzantium.
class Chain::ParentRoots final : public execute::IntermediateRoots {
  public:
    ParentRoots(Chain& chain, BlockPointer parent, const StateView& state)
        : chain_(chain), parent_(std::move(parent)), state_(state) {}

    [[nodiscard]] Result<Bytes32> root_after(const StateChanges& changes) override {
        state_.apply(changes);
        StateChanges whole;
        state_.changes(whole);
        return chain_.root_over_locked(parent_, std::move(whole));
    }

  private:
    Chain& chain_;
    const BlockPointer parent_;
    BlockState state_;
};

Result<ImportOutcome> Chain::import(Block block, const std::optional<Bytes>& access_list) {
    const Bytes32 hash = header_hash(block.header);
    const std::lock_guard guard(import_mutex_);
    return noted(import_locked(std::move(block), hash, access_list ? &*access_list : nullptr));
}

void Chain::note(const Error& error) {
    const std::lock_guard guard(failure_mutex_);
    if (!failure_) failure_ = error;
}

Result<ImportOutcome> Chain::noted(Result<ImportOutcome> outcome) {
    // Others say something of the block, or of what was asked.
    if (!outcome &&
        (outcome.error().code == ErrorCode::Io || outcome.error().code == ErrorCode::Corrupt))
        note(outcome.error());
    return outcome;
}

std::optional<Error> Chain::failure() const {
    {
        const std::lock_guard guard(failure_mutex_);
        if (failure_) return failure_;
    }
    return archive_->failure();
}

Result<ImportOutcome> Chain::refuse(const Bytes32& hash, const Refusal& refusal) {
    tree_.refuse(hash, refusal);
    return ImportOutcome{BlockStatus::Invalid, nullptr, refusal.latest_valid, refusal.reason};
}

Result<ImportOutcome> Chain::import_locked(Block block, const Bytes32& hash,
                                           const Bytes* access_list) {
    const auto known = archive_->block(hash);
    if (!known) return known.error();
    if (*known != nullptr) return ImportOutcome{BlockStatus::Valid, *known, hash, {}};
    if (const auto refusal = tree_.refusal(hash))
        return ImportOutcome{BlockStatus::Invalid, nullptr, refusal->latest_valid, refusal->reason};
    const Bytes32& parent_hash = block.header.parent_hash;
    if (const auto refusal = tree_.refusal(parent_hash))
        return refuse(hash, {refusal->latest_valid, "links to a block that is invalid"});
    const auto parent = archive_->block(parent_hash);
    if (!parent) return parent.error();
    if (*parent == nullptr) {
        const size_t bytes = encode_block(block).size();
        tree_.add_orphan(hash, std::make_shared<const Block>(std::move(block)), bytes);
        return ImportOutcome{BlockStatus::Syncing, nullptr, std::nullopt, {}};
    }

    if (auto expected = tree_.take_expected(hash)) {
        expected->block->total_difficulty = (*parent)->total_difficulty + block.header.difficulty;
        return keep(*std::move(expected));
    }
    const auto state = state_after(*parent);
    if (!state && state.error().code == ErrorCode::NotFound)
        return ImportOutcome{BlockStatus::Accepted, nullptr, std::nullopt, state.error().message};
    if (!state) return state.error();
    ParentRoots roots(*this, *parent, *state->view);
    auto judged = judge_block(config_, *archive_, execute_, std::move(block), access_list, *parent,
                              *state->view, roots);
    // What was read from a store that failed says nothing about the block.
    if (const auto failed = store_->view().failure()) return *failed;
    if (!judged && is_verdict(judged.error()))
        return refuse(hash, {parent_hash, judged.error().message});
    if (!judged) return judged.error();
    const auto root = root_over_locked(*parent, StateChanges(*judged->changes));
    if (!root) return root.error();
    const Bytes32& stated = judged->block->header().state_root;
    if (*root != stated)
        return refuse(hash, {parent_hash, "state root: the header has " + to_hex(stated) +
                                              ", execution gives " + to_hex(*root)});
    return keep(*std::move(judged));
}

Result<ImportOutcome> Chain::keep(JudgedBlock judged) {
    const BlockPointer done = std::move(judged.block);
    if (auto kept = archive_->append(done); !kept) return kept.error();
    tree_.add_layer(done->hash, judged.changes);
    tree_.remove_orphan(done->hash);
    return ImportOutcome{BlockStatus::Valid, done, done->hash, {}};
}

void Chain::expect(JudgedBlock built) {
    tree_.expect(std::move(built));
}

/// Imports blocks that waited for their parents, up to `hash`.
Result<ImportOutcome> Chain::connect(const Bytes32& hash) {
    std::vector<std::pair<Bytes32, std::shared_ptr<const Block>>> path;
    Bytes32 at = hash;
    while (path.size() < options_.tree.orphans) {
        const auto orphan = tree_.orphan(at);
        if (orphan == nullptr) break;
        path.emplace_back(at, orphan);
        at = orphan->header.parent_hash;
    }
    ImportOutcome last{BlockStatus::Syncing, nullptr, std::nullopt, {}};
    if (const auto refusal = tree_.refusal(hash))
        last = {BlockStatus::Invalid, nullptr, refusal->latest_valid, refusal->reason};
    while (!path.empty()) {
        auto done = import_locked(Block(*path.back().second), path.back().first, nullptr);
        if (!done) return done;
        last = *std::move(done);
        if (last.status == BlockStatus::Syncing) break;
        tree_.remove_orphan(path.back().first);
        path.pop_back();
    }
    return last;
}

/// The blocks above the canonical chain that lead to `block`, ascending, and the canonical block
/// below them.
Result<std::vector<BlockPointer>> Chain::branch_to(const BlockPointer& block,
                                                   BlockPointer& ancestor) const {
    std::vector<BlockPointer> out;
    BlockPointer at = block;
    while (true) {
        const auto canonical = archive_->is_canonical(*at);
        if (!canonical) return canonical.error();
        if (*canonical) break;
        if (out.size() == options_.branch_blocks_max || at->number() == 0)
            return Error{ErrorCode::NotFound, "block " + to_hex(block->hash) +
                                                  " leaves the canonical chain too far back"};
        out.push_back(at);
        const auto parent = archive_->block(at->header().parent_hash);
        if (!parent) return parent.error();
        if (*parent == nullptr)
            return Error{ErrorCode::NotFound,
                         "block " + to_hex(at->header().parent_hash) + " is not kept"};
        at = *parent;
    }
    ancestor = at;
    std::ranges::reverse(out);
    return out;
}

Result<std::shared_ptr<const StateChanges>> Chain::layer_of(const BlockPointer& block,
                                                            const BlockPointer& parent,
                                                            const StateView& state) {
    if (auto known = tree_.layer(block->hash)) return known;
    auto changes = execute_again(config_, *archive_, execute_, *block, parent, state);
    if (const auto failed = store_->view().failure()) return *failed;
    if (changes) tree_.add_layer(block->hash, *changes);
    return changes;
}

Result<Chain::ParentState> Chain::state_after(const BlockPointer& block) {
    ParentState out{&store_->view(), nullptr};
    const uint64_t head = store_->last_block()->number;
    if (block->hash == store_->last_block()->hash) return out;
    BlockPointer ancestor;
    const auto branch = branch_to(block, ancestor);
    if (!branch) return branch.error();
    if (head - ancestor->number() > options_.branch_blocks_max)
        return Error{ErrorCode::NotFound, "the state of block " +
                                              std::to_string(ancestor->number()) +
                                              " is too far back to build on"};
    out.above = std::make_unique<BlockState>(store_->view());
    out.view = out.above.get();
    if (ancestor->number() != head)
        // Undo records are read from the files.
        if (auto done = store_->checkpoint(); !done) return done.error();
    for (uint64_t number = head; number > ancestor->number(); --number) {
        const auto undo = store_->view().undo_at(number);
        if (!undo) return undo.error();
        if (*undo == nullptr)
            return Error{ErrorCode::NotFound,
                         "there is no way back from block " + std::to_string(number)};
        out.above->apply(**undo);
    }
    BlockPointer parent = ancestor;
    for (const BlockPointer& step : *branch) {
        const auto layer = layer_of(step, parent, *out.above);
        if (!layer) return layer.error();
        out.above->apply(**layer);
        parent = step;
    }
    return out;
}

Result<Bytes32> Chain::root_over_locked(const BlockPointer& base, StateChanges changes) {
    auto state = state_after(base);
    if (!state) return state.error();
    if (state->above != nullptr) {
        state->above->apply(changes);
        changes.clear();
        state->above->changes(changes);
    }
    const uint64_t next = store_->last_block()->number + 1;
    auto begun = store_->begin_root(next, changes);
    if (!begun && begun.error().code == ErrorCode::LimitExceeded) {
        if (auto room = store_->checkpoint(); !room) return room.error();
        begun = store_->begin_root(next, std::move(changes));
    }
    if (!begun) return begun.error();
    return store_->begun_root();
}

Result<Bytes32> Chain::root_over(const BlockPointer& base, StateChanges changes) {
    const std::lock_guard guard(import_mutex_);
    return root_over_locked(base, std::move(changes));
}

Result<commitment::AccountProof> Chain::prove(const BlockPointer& block, const Address& address,
                                              std::span<const Uint256> keys) {
    const std::lock_guard guard(import_mutex_);
    if (block->hash != store_->last_block()->hash) {
        const auto root = root_over_locked(block, {});
        if (!root) return root.error();
        if (*root != block->header().state_root)
            return Error{ErrorCode::Corrupt, "the way back to block " +
                                                 std::to_string(block->number()) +
                                                 " does not lead to its state root"};
        return store_->prove_begun(address, keys);
    }
    if (auto dropped = store_->drop_root(); !dropped) return dropped.error();
    return store_->prove(address, keys);
}

}  // namespace switchyard::node
