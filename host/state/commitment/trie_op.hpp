// SPDX-License-Identifier: Apache-2.0
// What a block does to one key of one trie.
#pragma once

#include <array>

#include "host/state/commitment/leaf_value.hpp"
#include "host/state/state_view.hpp"

namespace switchyard::commitment {

/// A change to an account, whose new leaf follows from the old one.
struct AccountUpdate {
    const AccountChange* change = nullptr;  ///< `change->account` has a value
    bool storage_changed = false;
    /// The short form of an account without storage, where nothing else of the old one counts; 0
    /// bytes: something does.
    uint8_t size = 0;
    std::array<uint8_t, 80> value;
    Bytes32 storage_root;  ///< the new one, if `storage_changed`

    AccountUpdate() = default;
    explicit AccountUpdate(const AccountChange& of);
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
    bool storage = false;  ///< the account's storage may change
    uint32_t index = 0;    ///< the caller's

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
/// cost is O(n log n). Keeps its buffers.
class KeySorter {
  public:
    void sort(std::vector<TrieOp>& ops, size_t begin, size_t end);

  private:
    /// A key's first bytes and where it stands.
    struct Entry {
        uint64_t prefix;
        uint32_t position;
    };
    static void counting_pass(const std::vector<Entry>& in, std::vector<Entry>& out, size_t shift);

    std::vector<Entry> order_;
    std::vector<Entry> other_;
    std::vector<TrieOp> sorted_;
};

}  // namespace switchyard::commitment
