// SPDX-License-Identifier: Apache-2.0
// The root of a block that may never come: begun on what the block is expected to change, and taken
// back by the undo record of those changes if it is not applied.
#include "host/core/hex.hpp"
#include "host/state/flat/undo.hpp"
#include "host/state/store/state_store.hpp"

namespace switchyard {
namespace {

/// What a change may add to the trie's records that wait for a checkpoint: a page, and its share of
/// those above.
constexpr size_t kBytesPerChange = 4096;

/// Whether storage that the changes do not list goes with an account.
bool drops_storage(const StateChanges& changes, const StateView& before) {
    for (const AccountChange& change : changes.accounts)
        if ((!change.account || change.storage_cleared) && before.has_storage(change.address))
            return true;
    return false;
}

}  // namespace

Result<void> StateStore::begin_root(uint64_t number, StateChanges changes) {
    if (Result<void> ready = sealed_and_sound(); !ready) return ready;
    if (last_block_ && number != last_block_->number + 1)
        return Error{ErrorCode::InvalidInput, "block " + std::to_string(number) +
                                                  " does not follow block " +
                                                  std::to_string(last_block_->number)};
    if (early_ && early_->number == number && *early_->changes == changes) return {};
    if (Result<void> dropped = drop_root(); !dropped) return dropped;
    // The trie takes changes back only while it has room, and no checkpoint may hold these.
    const size_t bytes = kBytesPerChange * (changes.accounts.size() + changes.storage.size());
    if (trie_->dirty_bytes() + bytes > options_.trie.cache_bytes)
        return Error{ErrorCode::LimitExceeded, "block " + std::to_string(number) +
                                                   " changes more than the trie's cache has room "
                                                   "for: a checkpoint makes room"};
    // Of other changes the way back is as long as they are.
    if (drops_storage(changes, *flat_) &&
        flat::undo_of(changes, *flat_, options_.flat.undo_record_bytes) == nullptr)
        return Error{ErrorCode::LimitExceeded,
                     "block " + std::to_string(number) +
                         " drops so much storage that its root cannot be taken back"};
    auto shared = std::make_shared<const StateChanges>(std::move(changes));
    early_ = Pending{number, shared, {}};
    early_->root =
        trie_->run([shared](commitment::StateCommitment& trie) { return trie.apply(*shared); })
            .share();
    return {};
}

Result<Bytes32> StateStore::begun_root() {
    if (const auto failed = failure()) return *failed;
    if (!early_) return Error{ErrorCode::InvalidInput, "no root was begun"};
    return early_->root.get();
}

Result<commitment::AccountProof> StateStore::prove_begun(const Address& address,
                                                         std::span<const Uint256> keys) {
    if (const auto root = begun_root(); !root) return root.error();
    return trie_->run([&](commitment::StateCommitment& trie) { return trie.prove(address, keys); })
        .get();
}

Result<void> StateStore::drop_root() {
    if (const auto failed = failure()) return *failed;
    if (!early_) return {};
    const Pending early = std::move(*early_);
    early_.reset();
    // After an error the trie is as it was.
    if (!early.root.get()) return {};
    const auto undo = flat::undo_of(*early.changes, *flat_, SIZE_MAX);
    const Result<Bytes32> back =
        trie_->run([&undo](commitment::StateCommitment& trie) { return trie.apply(*undo); }).get();
    if (!back) return fail(back.error());
    const Bytes32 expected = last_block_ ? last_block_->state_root : trie::kEmptyRoot;
    if (*back == expected) return {};
    return fail({ErrorCode::Corrupt, "the way back from a root that was dropped leads to " +
                                         to_hex(*back) + ", not to " + to_hex(expected)});
}

std::shared_future<Result<Bytes32>> StateStore::root_of(const Pending& block) {
    const auto changes = block.changes;
    std::shared_future<Result<Bytes32>> early;
    if (early_) early = early_->root;
    early_.reset();
    return trie_
        ->run([changes, early](commitment::StateCommitment& trie) -> Result<Bytes32> {
            // It came before on this thread. One that failed has changed nothing.
            if (early.valid())
                if (const Result<Bytes32>& root = early.get(); root) return root;
            return trie.apply(*changes);
        })
        .share();
}

}  // namespace switchyard
