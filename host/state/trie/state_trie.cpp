// SPDX-License-Identifier: Apache-2.0
#include "host/state/trie/state_trie.hpp"

#include "host/chain/hash.hpp"
#include "host/chain/rlp.hpp"
#include "simd/keccak256.hpp"

namespace switchyard::trie {
namespace {

Bytes encode_leaf(const Account& account, const Bytes32& storage_root) {
    Bytes out;
    rlp::Encoder encoder(out);
    const size_t list = encoder.begin_list();
    encoder.uint64(account.nonce);
    encoder.uint256(account.balance);
    encoder.string(storage_root);
    encoder.string(account.code_hash);
    encoder.end_list(list);
    return out;
}

}  // namespace

/// The Keccak-256 of every address and slot in some changes, from one batch.
struct StateTrie::HashedKeys {
    Bytes digests;
    size_t account_count = 0;

    explicit HashedKeys(const StateChanges& changes) : account_count(changes.accounts.size()) {
        std::vector<Bytes32> slots;
        slots.reserve(changes.storage.size());
        for (const StorageChange& slot : changes.storage)
            slots.push_back(to_bytes32(slot.key));
        std::vector<BytesView> messages;
        messages.reserve(account_count + slots.size());
        for (const AccountChange& change : changes.accounts)
            messages.push_back(change.address);
        messages.insert(messages.end(), slots.begin(), slots.end());
        digests.resize(32 * messages.size());
        simd::keccak256_batch(messages, digests);
    }
    [[nodiscard]] BytesView account(size_t i) const {
        return BytesView(digests).subspan(32 * i, 32);
    }
    [[nodiscard]] BytesView slot(size_t i) const { return account(account_count + i); }
};

StateTrie::StateTrie(const Bytes32& root, const NodeReader& reader)
    : reader_(&reader), accounts_(root, reader) {}

Result<std::optional<StateTrie::Leaf>> StateTrie::leaf(BytesView hashed_address) {
    const auto found = accounts_.get(hashed_address);
    if (!found) return found.error();
    if (!*found) return std::optional<Leaf>{};
    Leaf out;
    rlp::Failure failure;
    rlp::Reader outer(**found, failure);
    BytesView members;
    if (outer.list("account", members)) {
        rlp::Reader reader(members, failure);
        if (outer.at_end() && reader.uint64("nonce", out.account.nonce) &&
            reader.uint256("balance", out.account.balance) &&
            reader.fixed("storage root", out.storage_root) &&
            reader.fixed("code hash", out.account.code_hash) && reader.finish("account"))
            return std::optional<Leaf>(out);
    }
    return Error{ErrorCode::Corrupt, "a leaf of the account trie: " + failure.error().message};
}

Trie& StateTrie::storage_trie(const Bytes32& hashed_address, const Bytes32& root) {
    std::unique_ptr<Trie>& trie = storage_[hashed_address];
    if (!trie) {
        // Without a reader no storage trie can be unknown but the empty one.
        SWITCHYARD_ASSERT(reader_ != nullptr || root == kEmptyRoot);
        trie =
            reader_ != nullptr ? std::make_unique<Trie>(root, *reader_) : std::make_unique<Trie>();
    }
    return *trie;
}

Result<std::optional<Account>> StateTrie::account(const Address& address) {
    const Bytes32 hashed_address = keccak256(address);
    const auto found = leaf(hashed_address);
    if (!found) return found.error();
    if (!*found) return std::optional<Account>{};
    return std::optional<Account>((*found)->account);
}

Result<Uint256> StateTrie::storage(const Address& address, const Uint256& key) {
    const Bytes32 hashed_address = keccak256(address);
    const auto found = leaf(hashed_address);
    if (!found) return found.error();
    if (!*found || (*found)->storage_root == kEmptyRoot) return Uint256{};
    Trie& trie = storage_trie(hashed_address, (*found)->storage_root);
    const Bytes32 plain_key = to_bytes32(key);
    const Bytes32 hashed_key = keccak256(plain_key);
    const auto value = trie.get(hashed_key);
    if (!value) return value.error();
    if (!*value) return Uint256{};
    Uint256 out;
    rlp::Failure failure;
    rlp::Reader reader(**value, failure);
    if (!reader.uint256("slot", out) || !reader.at_end())
        return Error{ErrorCode::Corrupt, "a leaf of a storage trie does not decode"};
    return out;
}

Result<Bytes32> StateTrie::apply(const StateChanges& changes) {
    const HashedKeys keys(changes);
    std::vector<Bytes32> storage_roots(changes.accounts.size(), kEmptyRoot);
    if (Result<void> done = apply_storage(changes, keys, storage_roots); !done) return done.error();
    if (Result<void> done = apply_accounts(changes, keys, storage_roots); !done)
        return done.error();
    Trie* const accounts = &accounts_;
    Trie::hash_all({&accounts, 1}, sink_);
    return accounts_.root();
}

Result<void> StateTrie::apply_storage(const StateChanges& changes, const HashedKeys& keys,
                                      std::vector<Bytes32>& storage_roots) {
    std::vector<Trie*> touched;
    std::vector<size_t> touched_accounts;
    for (size_t i = 0; i < changes.accounts.size(); ++i) {
        const AccountChange& change = changes.accounts[i];
        const auto hashed_address = fixed_bytes_unchecked<32>(keys.account(i));
        if (!change.account) {
            storage_.erase(hashed_address);
            continue;
        }
        if (change.storage_cleared) {
            storage_[hashed_address] = std::make_unique<Trie>();
        } else {
            const auto before = leaf(hashed_address);
            if (!before) return before.error();
            if (*before) storage_roots[i] = (*before)->storage_root;
        }
        if (change.storage_count == 0 && !change.storage_cleared) continue;
        Trie& trie = storage_trie(hashed_address, storage_roots[i]);
        const std::span<const StorageChange> slots = changes.storage_of(change);
        Bytes value;
        for (size_t n = 0; n < slots.size(); ++n) {
            if (slots[n].value.is_zero()) continue;
            value.clear();
            rlp::Encoder(value).uint256(slots[n].value);
            if (Result<void> put = trie.put(keys.slot(change.storage_begin + n), value); !put)
                return put;
        }
        for (size_t n = 0; n < slots.size(); ++n) {
            if (!slots[n].value.is_zero()) continue;
            if (Result<void> erased = trie.erase(keys.slot(change.storage_begin + n)); !erased)
                return erased;
        }
        touched.push_back(&trie);
        touched_accounts.push_back(i);
    }
    Trie::hash_all(touched, sink_);
    for (size_t n = 0; n < touched.size(); ++n)
        storage_roots[touched_accounts[n]] = touched[n]->root();
    return {};
}

Result<void> StateTrie::apply_accounts(const StateChanges& changes, const HashedKeys& keys,
                                       std::span<const Bytes32> storage_roots) {
    for (size_t i = 0; i < changes.accounts.size(); ++i) {
        const AccountChange& change = changes.accounts[i];
        if (!change.account) continue;
        const auto before = leaf(keys.account(i));
        if (!before) return before.error();
        const Account after =
            changed_account(*before ? std::optional((*before)->account) : std::nullopt, change);
        if (Result<void> put = accounts_.put(keys.account(i), encode_leaf(after, storage_roots[i]));
            !put)
            return put;
    }
    for (size_t i = 0; i < changes.accounts.size(); ++i) {
        if (changes.accounts[i].account) continue;
        if (Result<void> erased = accounts_.erase(keys.account(i)); !erased) return erased;
    }
    return {};
}

Bytes32 state_root(const StateChanges& whole_state) {
    StateTrie trie;
    const Result<Bytes32> root = trie.apply(whole_state);
    // A trie without a reader has every node, so that nothing can be missing.
    SWITCHYARD_ASSERT(root.has_value());
    return *root;
}

}  // namespace switchyard::trie
