// SPDX-License-Identifier: Apache-2.0
// The state root of a chain, block after block: the account trie and all storage tries (Yellow
// Paper, section 4.1), kept in a store, and as much of them in memory as a budget allows.
#pragma once

#include "host/state/commitment/trie_forest.hpp"

namespace switchyard::commitment {

struct CommitmentOptions {
    /// Bytes of records that stay in memory between calls, counted as `RecordCache` does. A block
    /// in progress may hold more: every record that it touches.
    size_t cache_bytes = size_t{1} << 30;
    /// Leaves of a page at most, 1 to 128. May differ from what the store was written with.
    size_t page_leaves = 32;
};

/// An account or slot with the nodes that prove it, root first, as EIP-1186 lists them. Where it is
/// absent they prove that.
struct StorageProof {
    Uint256 key;
    Uint256 value;
    std::vector<Bytes> nodes;
};
struct AccountProof {
    std::optional<Account> account;
    Bytes32 storage_root = trie::kEmptyRoot;
    std::vector<Bytes> nodes;
    std::vector<StorageProof> storage;
};

/// Follows the state from root to root. One thread; nothing else may use the store meanwhile. What
/// a block reads from the store is checked against the hashes above it.
///
/// After any error the object and the store are as they were before the call.
class StateCommitment {
  public:
    /// The state of the store's last checkpoint, or the empty one. Reads its root and nothing else.
    /// `store` must outlive the object.
    [[nodiscard]] static Result<StateCommitment> open(RecordStore& store,
                                                      const CommitmentOptions& options = {});
    StateCommitment(StateCommitment&&) noexcept;
    StateCommitment& operator=(StateCommitment&&) noexcept;
    ~StateCommitment();

    /// Applies changes, deltas too, and gives the new root. Errors: `Corrupt` and the store's, from
    /// reading; `LimitExceeded` when what waits for a checkpoint exceeds the cache already: call
    /// `checkpoint` and try again.
    [[nodiscard]] Result<Bytes32> apply(const StateChanges& changes);
    /// Hands what changed since the last checkpoint to the store, in one atomic write, which also
    /// keeps `block` beside the root.
    [[nodiscard]] Result<void> checkpoint(uint64_t block = 0);

    [[nodiscard]] const Bytes32& root() const { return root_; }
    [[nodiscard]] Result<std::optional<Account>> account(const Address& address);
    [[nodiscard]] Result<Uint256> storage(const Address& address, const Uint256& key);
    /// The proofs of an account and of some of its slots (EIP-1186, eth_getProof).
    [[nodiscard]] Result<AccountProof> prove(const Address& address,
                                             std::span<const Uint256> keys = {});

    /// Bytes in memory, and those of them that wait for a checkpoint.
    [[nodiscard]] size_t cached_bytes() const { return forest_->cache().bytes(); }
    [[nodiscard]] size_t dirty_bytes() const { return forest_->cache().dirty_bytes(); }
    [[nodiscard]] size_t cached_records() const { return forest_->cache().record_count(); }

  private:
    /// The changes of a block as operations.
    struct Block;

    StateCommitment(RecordStore& store, const CommitmentOptions& options, const Bytes32& root);

    [[nodiscard]] Result<void> load_storage(Block& block);
    void apply_storage(Block& block);
    [[nodiscard]] Result<std::optional<AccountLeaf>> load_account(const Bytes32& hashed_address);
    [[nodiscard]] Result<TrieId> load_slots(const Bytes32& hashed_address, const Bytes32& root,
                                            std::span<const TrieOp> ops);
    void finish(std::span<const TrieId> tries);

    std::unique_ptr<TrieForest> forest_;
    std::unique_ptr<Block> block_;
    size_t cache_bytes_;
    Bytes32 root_;
};

}  // namespace switchyard::commitment
