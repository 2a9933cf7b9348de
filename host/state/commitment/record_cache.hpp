// SPDX-License-Identifier: Apache-2.0
// The records that are in memory, of all tries, with a budget of bytes.
#pragma once

#include "host/state/commitment/branch.hpp"
#include "host/state/commitment/page.hpp"
#include "host/state/commitment/record_key.hpp"
#include "host/state/flat_index.hpp"

namespace switchyard::commitment {

using TrieId = uint32_t;
inline constexpr TrieId kNoTrie = UINT32_MAX;

/// A trie of which something is in memory.
struct CachedTrie {
    Bytes32 owner;
    ValueKind kind = ValueKind::Word;
    RecordId root = kNoRecord;  ///< no record: not in memory, or the trie is empty
    uint32_t records = 0;
    Reference reference{};  ///< of the node at the root, when `root` is in memory
};

/// A page or a branch in memory. Its parent, if it has one, is in memory as well.
struct Record {
    enum class Kind : uint8_t { Free, Page, Branch };

    Page page;
    BranchPointer branch;
    RecordId parent = kNoRecord;
    TrieId trie = kNoTrie;
    Kind kind = Kind::Free;
    uint8_t depth = 0;   ///< length of its path
    uint8_t nibble = 0;  ///< which child of `parent`
    uint8_t loaded_children = 0;
    bool dirty = false;       ///< the store does not have it as it is
    bool stored = false;      ///< the store has a row at its place
    bool referenced = false;  ///< used since the clock's hand came by
    bool rehash = false;      ///< waits for the hasher
    [[nodiscard]] uint64_t leaf_count() const {
        return kind == Kind::Page ? page.leaf_count() : branch->leaf_count();
    }
    /// Any key below it.
    [[nodiscard]] const uint8_t* key() const {
        return kind == Kind::Page ? page.key(0) : branch->key.data();
    }
};

/// Owns records and tries and their links. Records whose bytes are to be given back go by the clock
/// algorithm (Corbató, A Paging Experiment with the Multics System, 1968): the hand passes over
/// records used since its last round, those that are dirty, and those with children in memory, so
/// that what is in memory is always the upper part of each trie.
///
/// Bytes counted: a record's entry and its block in the arena. The arena keeps the blocks of
/// evicted records for others, so that its memory is the most that was ever needed at once.
class RecordCache {
  public:
    RecordCache() { tries_.push_back({kAccountTrie, ValueKind::Account, kNoRecord, 0, {}}); }

    [[nodiscard]] RecordArena& arena() { return arena_; }
    RecordCache(const RecordCache&) = delete;
    RecordCache& operator=(const RecordCache&) = delete;

    /// The account trie; always there.
    static constexpr TrieId kAccounts = 0;
    [[nodiscard]] TrieId find_trie(const Bytes32& owner) const;
    /// The trie of `owner`, which is made if nothing of it is in memory.
    TrieId open_trie(const Bytes32& owner, ValueKind kind);
    [[nodiscard]] CachedTrie& trie(TrieId id) { return tries_[id]; }
    [[nodiscard]] const CachedTrie& trie(TrieId id) const { return tries_[id]; }
    /// Forgets a storage trie that has no record in memory.
    void close_if_empty(TrieId id);

    [[nodiscard]] Record& at(RecordId id) { return records_[id]; }
    [[nodiscard]] const Record& at(RecordId id) const { return records_[id]; }
    void prefetch(RecordId id) const {
        if (id != kNoRecord) __builtin_prefetch(&records_[id]);
    }
    /// Asks for what a walk reads in a branch; reads the record itself.
    void prefetch_branch(RecordId id) const {
        if (id != kNoRecord && records_[id].kind == Record::Kind::Branch)
            records_[id].branch->prefetch_links();
    }
    RecordId add(TrieId trie, size_t depth, Page page);
    RecordId add(TrieId trie, size_t depth, BranchPointer branch);
    /// Puts another page into a record.
    void replace_page(RecordId id, Page page);
    /// Hangs `child` below `parent`, or makes it its trie's root when that is `kNoRecord`. Copies
    /// its leaf count, and its reference if it is hashed.
    void link(RecordId parent, uint8_t nibble, RecordId child);
    /// Takes a record from its place; it hangs nowhere then.
    void unlink(RecordId id);
    /// Frees a record that is not linked. Its id is not used again before `reuse_released`.
    void release(RecordId id);
    void reuse_released();
    void mark_dirty(RecordId id);
    void mark_clean(RecordId id);

    [[nodiscard]] RecordKey key_of(RecordId id) const;
    [[nodiscard]] size_t bytes() const { return bytes_; }
    [[nodiscard]] size_t dirty_bytes() const { return dirty_bytes_; }
    [[nodiscard]] size_t record_count() const { return live_; }
    /// One more than the largest id in use.
    [[nodiscard]] RecordId end() const { return static_cast<RecordId>(records_.size()); }

    /// Evicts until at most `budget` bytes are left, or nothing more can go.
    void trim(size_t budget);

  private:
    RecordId take_entry(TrieId trie, size_t depth, Record::Kind kind);
    [[nodiscard]] static size_t bytes_of(const Record& record);

    RecordArena arena_;  ///< before the records, which give their blocks back to it
    std::vector<Record> records_;
    std::vector<RecordId> free_records_;
    std::vector<RecordId> released_;
    std::vector<CachedTrie> tries_;
    std::vector<TrieId> free_tries_;
    FlatMap<Bytes32, TrieId> trie_of_;
    size_t bytes_ = 0;
    size_t dirty_bytes_ = 0;
    size_t live_ = 0;
    RecordId hand_ = 0;
};

}  // namespace switchyard::commitment
