// SPDX-License-Identifier: Apache-2.0
#include "host/state/commitment/state_commitment.hpp"

#include "host/chain/hash.hpp"
#include "simd/keccak256.hpp"

namespace switchyard::commitment {

struct StateCommitment::Block {
    const StateChanges* changes = nullptr;
    std::vector<Bytes32> digests;  ///< of every address, then of every slot
    std::vector<AccountUpdate> updates;
    std::vector<TrieOp> accounts;
    std::vector<TrieOp> slots;
    std::vector<uint8_t> slot_values;
    std::vector<Bytes32> erased_tries;
    /// The storage tries that change, the accounts that they belong to, and all that were opened.
    std::vector<TrieBatch> batches;
    std::vector<uint32_t> batch_accounts;
    std::vector<TrieId> opened;
    TriePlan account_plan;
    TriePlan storage_plan;

    /// Starts a block; what the last one allocated serves again.
    void begin(const StateChanges& of) {
        changes = &of;
        updates.clear();
        accounts.clear();
        slots.clear();
        erased_tries.clear();
        batches.clear();
        batch_accounts.clear();
        opened.clear();
        account_plan.clear();
        storage_plan.clear();
        hash_keys();
        updates.reserve(of.accounts.size());
        slots.reserve(of.storage.size());
        slot_values.resize(32 * of.storage.size());
        for (uint32_t i = 0; i < of.accounts.size(); ++i) {
            const AccountChange& change = of.accounts[i];
            updates.emplace_back(change);
            accounts.push_back(change.account ? TrieOp::update(digests[i], updates[i])
                                              : TrieOp::erase(digests[i]));
            accounts.back().index = i;
            accounts.back().storage =
                change.storage_cleared || !change.account || change.storage_count != 0;
        }
        sorter.sort(accounts, 0, accounts.size());
    }

    /// Appends the operations on an account's slots, in order.
    void add_slots(const AccountChange& change) {
        const size_t begin = slots.size();
        for (size_t i = change.storage_begin; i < change.storage_begin + change.storage_count;
             ++i) {
            const Bytes32& key = digests[changes->accounts.size() + i];
            uint8_t* value = slot_values.data() + 32 * i;
            const size_t size = write_word_value(changes->storage[i].value, value);
            slots.push_back(size != 0 ? TrieOp::put(key, {value, size}) : TrieOp::erase(key));
        }
        sorter.sort(slots, begin, slots.size());
    }

  private:
    void hash_keys() {
        keys.clear();
        for (const StorageChange& slot : changes->storage)
            keys.push_back(to_bytes32(slot.key));
        messages.clear();
        for (const AccountChange& change : changes->accounts)
            messages.push_back(change.address);
        messages.insert(messages.end(), keys.begin(), keys.end());
        digests.resize(messages.size());
        simd::keccak256_batch(messages, {digests.data()->data(), 32 * digests.size()});
    }

    std::vector<Bytes32> keys;
    std::vector<BytesView> messages;
    KeySorter sorter;
};

StateCommitment::StateCommitment(RecordStore& store, const CommitmentOptions& options,
                                 const Bytes32& root)
    : forest_(std::make_unique<TrieForest>(store, options.page_leaves)),
      cache_bytes_(options.cache_bytes),
      root_(root) {}
StateCommitment::StateCommitment(StateCommitment&&) noexcept = default;
StateCommitment& StateCommitment::operator=(StateCommitment&&) noexcept = default;
StateCommitment::~StateCommitment() = default;

Result<StateCommitment> StateCommitment::open(RecordStore& store,
                                              const CommitmentOptions& options) {
    if (options.page_leaves == 0 || options.page_leaves > kPageLeavesLimit)
        return Error{ErrorCode::InvalidInput, "leaves of a page: 1 to 128"};
    const auto root = store.root();
    if (!root) return root.error();
    return StateCommitment(store, options, *root ? (*root)->root : trie::kEmptyRoot);
}

Result<Bytes32> StateCommitment::apply(const StateChanges& changes) {
    if (dirty_bytes() > cache_bytes_)
        return Error{ErrorCode::LimitExceeded,
                     "the state trie's cache is full of changes: a checkpoint is due"};
    if (changes.accounts.empty()) return root_;
    if (!block_) block_ = std::make_unique<Block>();
    Block& block = *block_;
    block.begin(changes);
    const TrieBatch accounts{RecordCache::kAccounts, root_, block.accounts};
    Result<void> loaded = forest_->load({&accounts, 1}, block.account_plan);
    if (loaded) loaded = load_storage(block);
    if (!loaded) {
        finish(block.opened);
        return loaded.error();
    }
    apply_storage(block);
    forest_->apply({&accounts, 1}, block.account_plan);
    root_ = forest_->root(RecordCache::kAccounts);
    finish(block.opened);
    return root_;
}

/// Finds the storage tries that change or go, and reads what their changes need. The last step of a
/// block that may fail.
Result<void> StateCommitment::load_storage(Block& block) {
    for (const TrieOp& op : block.accounts) {
        if (!op.storage) continue;
        const AccountChange& change = block.changes->accounts[op.index];
        const bool cleared = change.storage_cleared || !change.account;
        const auto old = forest_->find(RecordCache::kAccounts, op.key);
        Bytes32 root = old ? storage_root_of(*old) : trie::kEmptyRoot;
        if (cleared) {
            if (root != trie::kEmptyRoot) block.erased_tries.push_back(op.key);
            root = trie::kEmptyRoot;
            block.updates[op.index].storage_changed = true;
            block.updates[op.index].storage_root = root;
        }
        if (!change.account || change.storage_count == 0) continue;
        const size_t begin = block.slots.size();
        block.add_slots(change);
        const TrieId trie = forest_->cache().open_trie(op.key, ValueKind::Word);
        block.opened.push_back(trie);
        block.batches.push_back(
            {trie, root, std::span(block.slots).subspan(begin, block.slots.size() - begin)});
        block.batch_accounts.push_back(op.index);
    }
    // A trie that was cleared starts from nothing: what is in memory of it is not looked at.
    std::vector<TrieBatch> to_load;
    to_load.reserve(block.batches.size());
    for (const TrieBatch& batch : block.batches)
        if (batch.root != trie::kEmptyRoot) to_load.push_back(batch);
    return forest_->load(to_load, block.storage_plan);
}

void StateCommitment::apply_storage(Block& block) {
    for (const Bytes32& owner : block.erased_tries)
        forest_->erase_trie(owner);
    forest_->apply(block.batches, block.storage_plan);
    for (size_t i = 0; i < block.batches.size(); ++i) {
        AccountUpdate& update = block.updates[block.batch_accounts[i]];
        update.storage_changed = true;
        update.storage_root = forest_->root(block.batches[i].trie);
    }
}

/// Lets go of what is over the budget. `tries` were opened and may have no record.
void StateCommitment::finish(std::span<const TrieId> tries) {
    for (const TrieId trie : tries)
        forest_->cache().close_if_empty(trie);
    forest_->cache().trim(cache_bytes_);
}

Result<void> StateCommitment::checkpoint(uint64_t block) {
    if (Result<void> done = forest_->checkpoint({root_, block}); !done) return done;
    finish({});
    return {};
}

Result<std::optional<AccountLeaf>> StateCommitment::load_account(const Bytes32& hashed_address) {
    const TrieOp op = TrieOp::put(hashed_address, {});
    const TrieBatch batch{RecordCache::kAccounts, root_, {&op, 1}};
    TriePlan plan;
    if (Result<void> loaded = forest_->load({&batch, 1}, plan); !loaded) return loaded.error();
    const auto value = forest_->find(RecordCache::kAccounts, hashed_address);
    if (!value) return std::optional<AccountLeaf>{};
    return std::optional<AccountLeaf>(read_account_value(*value));
}

Result<TrieId> StateCommitment::load_slots(const Bytes32& hashed_address, const Bytes32& root,
                                           std::span<const TrieOp> ops) {
    const TrieId trie = forest_->cache().open_trie(hashed_address, ValueKind::Word);
    const TrieBatch batch{trie, root, ops};
    TriePlan plan;
    if (Result<void> loaded = forest_->load({&batch, 1}, plan); !loaded) {
        finish({&trie, 1});
        return loaded.error();
    }
    return trie;
}

Result<std::optional<Account>> StateCommitment::account(const Address& address) {
    const auto leaf = load_account(keccak256(address));
    finish({});
    if (!leaf) return leaf.error();
    if (!*leaf) return std::optional<Account>{};
    return std::optional<Account>((*leaf)->account);
}

Result<Uint256> StateCommitment::storage(const Address& address, const Uint256& key) {
    const auto proof = prove(address, {&key, 1});
    if (!proof) return proof.error();
    return proof->storage[0].value;
}

Result<AccountProof> StateCommitment::prove(const Address& address, std::span<const Uint256> keys) {
    const Bytes32 hashed_address = keccak256(address);
    const auto leaf = load_account(hashed_address);
    if (!leaf) {
        finish({});
        return leaf.error();
    }
    AccountProof out;
    forest_->prove(RecordCache::kAccounts, hashed_address, out.nodes);
    if (*leaf) {
        out.account = (*leaf)->account;
        out.storage_root = (*leaf)->storage_root;
    }
    std::vector<TrieOp> ops;
    for (const Uint256& key : keys) {
        ops.push_back(TrieOp::put(keccak256(to_bytes32(key)), {}));
        out.storage.push_back({key, {}, {}});
    }
    const std::vector<TrieOp> in_order = ops;
    if (out.storage_root == trie::kEmptyRoot) {
        finish({});
        return out;
    }
    KeySorter().sort(ops, 0, ops.size());
    const auto trie = load_slots(hashed_address, out.storage_root, ops);
    if (!trie) return trie.error();
    for (size_t i = 0; i < keys.size(); ++i) {
        if (const auto value = forest_->find(*trie, in_order[i].key))
            out.storage[i].value = read_word_value(*value);
        forest_->prove(*trie, in_order[i].key, out.storage[i].nodes);
    }
    finish({&*trie, 1});
    return out;
}

}  // namespace switchyard::commitment
