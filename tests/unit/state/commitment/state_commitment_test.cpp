// SPDX-License-Identifier: Apache-2.0
#include "host/state/commitment/state_commitment.hpp"

#include "host/state/trie/state_trie.hpp"
#include "tests/support/test_data.hpp"
#include "tests/unit/state/commitment/one_trie.hpp"
#include "tests/unit/state/random_block.hpp"

namespace switchyard::commitment {
namespace {

using test::address_of;

/// A store whose reads fail from the `n`-th record on, or whose writes fail.
class FailingStore final : public RecordStore {
  public:
    explicit FailingStore(RecordStore& store) : store_(store) {}
    [[nodiscard]] Result<std::optional<StoredRoot>> root() const override { return store_.root(); }
    [[nodiscard]] Result<void> read(std::span<const RecordKey> keys,
                                    const Found& found) const override {
        for (const RecordKey& key : keys) {
            if (reads_left == 0) return Error{ErrorCode::Io, "the disk is gone"};
            --reads_left;
            const size_t i = static_cast<size_t>(&key - keys.data());
            const auto one = store_.read({&key, 1}, [&](size_t, BytesView r) { found(i, r); });
            if (!one) return one;
        }
        return {};
    }
    [[nodiscard]] Result<void> write(const RecordChanges& changes) override {
        if (fail_writes) return Error{ErrorCode::Io, "the disk is full"};
        return store_.write(changes);
    }
    mutable size_t reads_left = SIZE_MAX;
    bool fail_writes = false;

  private:
    RecordStore& store_;
};

StateCommitment opened(RecordStore& store, const CommitmentOptions& options) {
    auto out = StateCommitment::open(store, options);
    EXPECT_TRUE(out);
    return std::move(*out);
}

/// Slots by the hundred, cleared and made again, over many blocks; restarts in between.
void follow_blocks(const CommitmentOptions& options, uint64_t salt, int blocks) {
    auto random = test::test_generator(salt);
    MemoryState state;
    trie::StateTrie reference;
    MemoryRecordStore store;
    auto commitment = std::make_unique<StateCommitment>(opened(store, options));
    for (int block = 0; block < blocks; ++block) {
        const StateChanges changes = test::random_block(state, random);
        state.apply(changes);
        if (commitment->dirty_bytes() > options.cache_bytes) {
            ASSERT_FALSE(commitment->apply(changes));
            ASSERT_TRUE(commitment->checkpoint());
        }
        const auto root = commitment->apply(changes);
        ASSERT_TRUE(root) << root.error().message;
        const auto expected = reference.apply(changes);
        ASSERT_TRUE(expected);
        ASSERT_EQ(*root, *expected) << block;
        if (block % 20 == 0) {
            ASSERT_EQ(*root, trie::state_root(state.all()));
        }
        if (block % 13 != 12) continue;
        ASSERT_TRUE(commitment->checkpoint());
        commitment = std::make_unique<StateCommitment>(opened(store, options));
        ASSERT_EQ(commitment->root(), *root);
        EXPECT_EQ(commitment->cached_records(), 0U);
    }
    for (uint64_t n = 0; n < 45; ++n) {
        const auto account = commitment->account(address_of(n));
        ASSERT_TRUE(account);
        EXPECT_EQ(*account, state.account(address_of(n)));
        for (uint64_t key = 0; key < 30; ++key) {
            const auto value = commitment->storage(address_of(n), key);
            ASSERT_TRUE(value);
            EXPECT_EQ(*value, state.storage(address_of(n), key));
        }
    }
}

TEST(StateCommitment, FollowsBlocksWithAnyCacheAndPageSize) {
    uint64_t salt = 530;
    for (const size_t page_leaves : {size_t{1}, size_t{3}, size_t{32}})
        for (const size_t cache : {size_t{0}, size_t{20'000}, SIZE_MAX}) {
            SCOPED_TRACE(testing::Message() << page_leaves << " " << cache);
            follow_blocks({cache, page_leaves}, salt++, 150);
            if (HasFatalFailure()) return;
        }
}

StateChanges one_change(const AccountChange& change, std::vector<StorageChange> slots = {}) {
    StateChanges out;
    out.accounts.push_back(change);
    out.accounts[0].storage_count = static_cast<uint32_t>(slots.size());
    out.storage = std::move(slots);
    return out;
}

/// A contract with many slots is destroyed and made again, before and after a checkpoint: nothing
/// of the old storage may come back.
TEST(StateCommitment, ClearedStorageStaysCleared) {
    for (const bool checkpoint : {false, true})
        for (const bool recreate_at_once : {false, true}) {
            MemoryState state;
            MemoryRecordStore store;
            StateCommitment commitment = opened(store, {SIZE_MAX, 4});
            const auto apply = [&](const StateChanges& changes) {
                state.apply(changes);
                const auto root = commitment.apply(changes);
                ASSERT_TRUE(root) << root.error().message;
                ASSERT_EQ(*root, trie::state_root(state.all()));
                if (checkpoint) {
                    ASSERT_TRUE(commitment.checkpoint());
                    commitment = opened(store, {SIZE_MAX, 4});
                }
            };
            std::vector<StorageChange> many;
            for (uint64_t i = 1; i < 200; ++i)
                many.push_back({i, i});
            AccountChange make;
            make.address = address_of(1);
            make.account = test::account_of(1, 5);
            AccountChange other;
            other.address = address_of(2);
            other.account = test::account_of(1, 5);
            apply(one_change(other, many));
            apply(one_change(make, many));
            if (recreate_at_once) {
                AccountChange again = make;
                again.storage_cleared = true;
                apply(one_change(again, {{Uint256{7}, Uint256{9}}, {Uint256{900}, Uint256{1}}}));
            } else {
                AccountChange gone;
                gone.address = make.address;
                apply(one_change(gone));
                apply(one_change(make, {{Uint256{7}, Uint256{9}}}));
            }
            std::vector<StorageChange> zero;
            for (uint64_t i = 1; i < 200; ++i)
                zero.push_back({i, Uint256{}});
            apply(one_change(make, zero));
            apply(one_change(make, many));
            if (HasFatalFailure()) return;
        }
}

TEST(StateCommitment, AppliesDeltas) {
    MemoryState state;
    state.set_account(address_of(1), test::account_of(4, 10));
    MemoryRecordStore store;
    StateCommitment commitment = opened(store, {});
    ASSERT_TRUE(commitment.apply(state.all()));
    AccountChange credit;
    credit.address = address_of(1);
    credit.account = test::account_of(0, 5);
    credit.balance_is_delta = true;
    credit.nonce_written = credit.code_written = false;
    const auto root = commitment.apply(one_change(credit));
    state.apply(one_change(credit));
    ASSERT_TRUE(root);
    EXPECT_EQ(*root, trie::state_root(state.all()));
    const auto account = commitment.account(address_of(1));
    ASSERT_TRUE(account);
    EXPECT_EQ(*account, test::account_of(4, 15));
}

/// Every read of a block fails once; each time the block has no effect, and in the end the right
/// one.
TEST(StateCommitment, AFailingReadLeavesEverythingAsItWas) {
    auto random = test::test_generator(540);
    MemoryState state;
    MemoryRecordStore store;
    FailingStore failing(store);
    const CommitmentOptions options{0, 3};
    size_t failures = 0;
    for (int block = 0; block < 40; ++block) {
        const StateChanges changes = test::random_block(state, random);
        state.apply(changes);
        StateCommitment commitment = opened(failing, options);
        const Bytes32 before = commitment.root();
        for (size_t reads = 0;; ++reads) {
            failing.reads_left = reads;
            const auto root = commitment.apply(changes);
            failing.reads_left = SIZE_MAX;
            if (root) {
                ASSERT_EQ(*root, trie::state_root(state.all()));
                break;
            }
            ASSERT_EQ(root.error().code, ErrorCode::Io);
            ASSERT_EQ(commitment.root(), before);
            ASSERT_EQ(commitment.dirty_bytes(), 0U);
            ++failures;
        }
        failing.fail_writes = true;
        ASSERT_FALSE(commitment.checkpoint());
        failing.fail_writes = false;
        ASSERT_TRUE(commitment.checkpoint());
    }
    EXPECT_GT(failures, 300U);
}

TEST(StateCommitment, ProvesAccountsAndSlots) {
    auto random = test::test_generator(541);
    MemoryState state;
    MemoryRecordStore store;
    StateCommitment commitment = opened(store, {30'000, 8});
    trie::StateTrie reference;
    trie::MemoryNodes nodes;
    reference.set_sink(&nodes);
    for (int block = 0; block < 60; ++block) {
        const StateChanges changes = test::random_block(state, random, 400);
        state.apply(changes);
        if (commitment.dirty_bytes() > 30'000) {
            ASSERT_TRUE(commitment.checkpoint());
        }
        ASSERT_TRUE(commitment.apply(changes));
        ASSERT_TRUE(reference.apply(changes));
    }
    size_t absent = 0;
    size_t slots = 0;
    for (uint64_t n = 0; n < 450; ++n) {
        const Address address = address_of(n);
        std::vector<Uint256> keys;
        for (uint64_t key = 0; key < 33; key += 3)
            keys.push_back(key);
        const auto proof = commitment.prove(address, keys);
        ASSERT_TRUE(proof) << proof.error().message;
        const std::optional<Account> account = state.account(address);
        ASSERT_EQ(proof->account, account);
        const auto leaf = proved_value(commitment.root(), keccak256(address), proof->nodes);
        ASSERT_EQ(leaf.has_value(), account.has_value());
        absent += leaf ? 0 : 1;
        if (leaf) {
            Bytes expected;
            rlp::Encoder encoder(expected);
            const size_t list = encoder.begin_list();
            encoder.uint64(account->nonce);
            encoder.uint256(account->balance);
            encoder.string(proof->storage_root);
            encoder.string(account->code_hash);
            encoder.end_list(list);
            ASSERT_EQ(*leaf, expected);
        }
        // The nodes are the existing trie's.
        for (const Bytes& node : proof->nodes) {
            Bytes known;
            ASSERT_TRUE(nodes.read(keccak256(node), known));
            ASSERT_EQ(known, node);
        }
        ASSERT_EQ(proof->storage.size(), keys.size());
        for (size_t i = 0; i < keys.size(); ++i) {
            const StorageProof& slot = proof->storage[i];
            ASSERT_EQ(slot.value, state.storage(address, keys[i]));
            const auto value =
                proved_value(proof->storage_root, keccak256(to_bytes32(keys[i])), slot.nodes);
            ASSERT_EQ(value.has_value(), !slot.value.is_zero());
            if (!value) continue;
            Bytes expected;
            rlp::Encoder(expected).uint256(slot.value);
            ASSERT_EQ(*value, expected);
            ++slots;
        }
    }
    EXPECT_GT(absent, 50U);
    EXPECT_GT(slots, 100U);
}

TEST(StateCommitment, RefusesMoreChangesThanTheCacheHolds) {
    MemoryRecordStore store;
    StateCommitment commitment = opened(store, {1000, 32});
    AccountChange change;
    StateChanges changes;
    for (uint64_t n = 0; n < 100; ++n) {
        change.address = address_of(n);
        change.account = test::account_of(n, n + 1);
        changes.accounts.push_back(change);
    }
    ASSERT_TRUE(commitment.apply(changes));
    EXPECT_GT(commitment.dirty_bytes(), 1000U);
    const auto refused = commitment.apply(changes);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::LimitExceeded);
    ASSERT_TRUE(commitment.checkpoint());
    EXPECT_LE(commitment.cached_bytes(), 1000U);
    EXPECT_TRUE(commitment.apply(changes));
    EXPECT_FALSE(StateCommitment::open(store, {1000, 0}));
    EXPECT_FALSE(StateCommitment::open(store, {1000, 129}));
}

}  // namespace
}  // namespace switchyard::commitment
