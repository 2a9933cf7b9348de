// SPDX-License-Identifier: Apache-2.0
// What a block does to one key of one trie.
#pragma once

#include "host/state/commitment/leaf_value.hpp"
#include "host/state/state_view.hpp"

namespace switchyard::commitment {

/// A change to an account, whose new leaf follows from the old one.
struct AccountUpdate {
    const AccountChange* change = nullptr;  ///< `change->account` has a value
    bool storage_changed = false;
    Bytes32 storage_root;  ///< the new one, if `storage_changed`
};

struct TrieOp {
    enum class Kind : uint8_t { Put, Erase, Account };

    Bytes32 key;
    union {
        const uint8_t* value = nullptr;  ///< Put: the short form
        const AccountUpdate* account;    ///< Account
    };
    uint8_t size = 0;  ///< Put: bytes of `value`
    Kind kind = Kind::Erase;
    uint32_t index = 0;  ///< the caller's

    [[nodiscard]] static TrieOp put(const Bytes32& key, BytesView value) {
        TrieOp out;
        out.key = key;
        out.value = value.data();
        out.size = static_cast<uint8_t>(value.size());
        out.kind = Kind::Put;
        return out;
    }
    [[nodiscard]] static TrieOp erase(const Bytes32& key) {
        TrieOp out;
        out.key = key;
        return out;
    }
    [[nodiscard]] static TrieOp update(const Bytes32& key, const AccountUpdate& account) {
        TrieOp out;
        out.key = key;
        out.account = &account;
        out.kind = Kind::Account;
        return out;
    }
    [[nodiscard]] bool erases() const { return kind == Kind::Erase; }
};

/// Sorts by key. Radix sort on the first bytes, since keys are hashes; whatever the keys are, the
/// cost is O(n log n).
void sort_by_key(std::vector<TrieOp>& ops, size_t begin, size_t end);

}  // namespace switchyard::commitment
