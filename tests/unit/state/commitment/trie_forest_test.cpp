// SPDX-License-Identifier: Apache-2.0
#include "host/state/commitment/trie_forest.hpp"

#include "tests/support/test_data.hpp"
#include "tests/unit/state/commitment/one_trie.hpp"

namespace switchyard::commitment {
namespace {

using Random = std::mt19937_64;
using KeyMaker = Bytes32 (*)(Random&);

/// Few enough that they come again, spread as hashes are.
Bytes32 hashed_key(Random& random) {
    const uint64_t n = random() % 5000;
    return keccak256(BytesView(reinterpret_cast<const uint8_t*>(&n), 8));
}

/// Prefixes of any length in common, down to keys that differ in the last nibble alone: long
/// extensions, branches at every depth, nodes shorter than a hash.
Bytes32 crowded_key(Random& random) {
    Bytes32 key;
    if (random() % 2 == 0) key[random() % 32] = static_cast<uint8_t>(random() % 3);
    key[random() % 32] ^= static_cast<uint8_t>(1U << random() % 8);
    if (random() % 3 == 0) key[31] = static_cast<uint8_t>(random() % 16);
    return key;
}

/// All of them below one nibble, and then below one of two.
Bytes32 narrow_key(Random& random) {
    Bytes32 key = hashed_key(random);
    key[0] = 0x70;
    key[1] = 0;
    key[2] = static_cast<uint8_t>(random() % 2);
    return key;
}

/// Twins: each key has one that differs in its last nibble.
Bytes32 twin_key(Random& random) {
    Bytes32 key = hashed_key(random);
    key[31] = static_cast<uint8_t>(random() % 2);
    return key;
}

Bytes32 any_key(Random& random) {
    constexpr KeyMaker kMakers[] = {hashed_key, crowded_key, narrow_key, twin_key};
    return kMakers[random() % 4](random);
}

Bytes random_value(Random& random) {
    const size_t size = random() % 4 == 0 ? 1 + random() % kValueBytesMax : 1 + random() % 3;
    return Bytes(size, static_cast<uint8_t>(random() % 3 + (random() % 2) * 0x80));
}

/// A block with a share of erasures; some of absent keys, some puts of what stands there.
Changes random_changes(Random& random, KeyMaker key_of, const Pairs& pairs, size_t size,
                       unsigned erase_percent) {
    Changes changes;
    for (size_t i = 0; i < size; ++i) {
        Bytes32 key = key_of(random);
        const bool erase = random() % 100 < erase_percent;
        if (!pairs.empty() && random() % 2 == 0) {
            auto near = pairs.lower_bound(key);
            if (near == pairs.end()) near = pairs.begin();
            key = near->first;
            if (random() % 8 == 0) {
                changes[key] = near->second;
                continue;
            }
        }
        changes[key] = erase ? std::nullopt : std::optional(random_value(random));
    }
    return changes;
}

/// Keeps the existing trie beside, which changes key by key, and rebuilds from nothing at times.
struct Compared {
    OneTrie trie;
    trie::Trie reference;
    Pairs pairs;
    uint64_t operations = 0;

    Compared(size_t page_leaves, size_t budget) : trie(page_leaves, budget) {}

    void apply(const Changes& changes) {
        for (const auto& [key, value] : changes)
            ASSERT_TRUE(value ? reference.put(key, *value) : reference.erase(key));
        apply_to(pairs, changes);
        operations += changes.size();
        const auto root = trie.apply(changes);
        ASSERT_TRUE(root) << root.error().message;
        ASSERT_EQ(*root, reference.root()) << operations;
    }
    void check_rebuild() { ASSERT_EQ(trie.root(), rebuilt_root(pairs)); }
    void check_reads(Random& random, KeyMaker key_of, int count) {
        for (int i = 0; i < count; ++i) {
            Bytes32 key = key_of(random);
            const auto near = pairs.lower_bound(key);
            if (random() % 2 == 0 && near != pairs.end()) key = near->first;
            std::vector<Bytes> proof;
            const auto value = trie.get(key, proof);
            ASSERT_TRUE(value) << value.error().message;
            const auto expected = pairs.find(key);
            ASSERT_EQ(value->has_value(), expected != pairs.end());
            if (*value) {
                ASSERT_EQ(**value, expected->second);
            }
            ASSERT_EQ(proved_value(trie.root(), key, proof), *value);
        }
    }
};

uint64_t run_phases(KeyMaker key_of, size_t page_leaves, size_t budget, uint64_t salt, int blocks,
                    size_t block_max) {
    auto random = test::test_generator(salt);
    Compared compared(page_leaves, budget);
    for (int block = 0; block < blocks; ++block) {
        // Growing, shrinking, and now and then everything goes.
        const unsigned erase = block / 12 % 2 == 0 ? 25 : 80;
        Changes changes =
            random_changes(random, key_of, compared.pairs, 1 + random() % block_max, erase);
        if (block % 40 == 39)
            for (const auto& [key, value] : compared.pairs)
                changes[key] = std::nullopt;
        compared.apply(changes);
        if (block % 40 == 39 && compared.pairs.empty()) {
            EXPECT_EQ(compared.trie.root(), trie::kEmptyRoot);
        }
        if (block % 10 == 0) compared.check_rebuild();
        if (block % 5 == 0) compared.check_reads(random, key_of, 10);
        if (block % 17 == 0) compared.trie.restart(page_leaves);
        if (testing::Test::HasFatalFailure()) return 0;
    }
    compared.check_rebuild();
    return compared.operations;
}

/// More than a million puts and erasures over all shapes of keys, pages and budgets.
TEST(TrieForest, AMillionChangesAgreeWithTheTrieInMemoryAndWithRebuilds) {
    uint64_t operations = 0;
    uint64_t salt = 500;
    for (const KeyMaker key_of : {hashed_key, crowded_key, narrow_key, twin_key, any_key})
        for (const size_t page_leaves : {size_t{1}, size_t{2}, size_t{5}, size_t{32}, size_t{128}})
            for (const size_t budget : {size_t{0}, size_t{40'000}, SIZE_MAX}) {
                SCOPED_TRACE(testing::Message() << salt << " " << page_leaves << " " << budget);
                operations += run_phases(key_of, page_leaves, budget, salt++, 90, 420);
                if (HasFatalFailure()) return;
            }
    EXPECT_GT(operations, 1'000'000U);
}

TEST(TrieForest, SmallBlocksFindEveryWayToGrowAndShrink) {
    for (const size_t page_leaves : {size_t{1}, size_t{2}, size_t{3}, size_t{8}})
        for (const KeyMaker key_of : {crowded_key, twin_key}) {
            run_phases(key_of, page_leaves, 0, 700 + page_leaves, 600, 4);
            if (HasFatalFailure()) return;
        }
}

/// Records written under one size of pages serve under another.
TEST(TrieForest, PageSizeMayChangeBetweenRuns) {
    auto random = test::test_generator(510);
    Compared compared(4, 0);
    for (int block = 0; block < 120; ++block) {
        compared.apply(
            random_changes(random, any_key, compared.pairs, 150, block % 20 < 9 ? 30 : 75));
        if (HasFatalFailure()) return;
        constexpr size_t kSizes[] = {64, 4, 128, 1, 16};
        if (block % 8 == 7) compared.trie.restart(kSizes[block / 8 % 5]);
    }
    compared.check_rebuild();
}

/// Whatever is emptied leaves no row behind, and whatever stands has exactly its rows.
TEST(TrieForest, TheStoreHoldsNoRowTooMany) {
    auto random = test::test_generator(511);
    Compared compared(4, SIZE_MAX);
    for (int block = 0; block < 60; ++block) {
        compared.apply(random_changes(random, any_key, compared.pairs, 200, block < 30 ? 20 : 70));
        if (block % 7 == 0) compared.trie.checkpoint();
        if (HasFatalFailure()) return;
    }
    compared.trie.checkpoint();
    EXPECT_EQ(compared.trie.store().records().size(),
              compared.trie.forest().cache().record_count());
    Changes all;
    for (const auto& [key, value] : compared.pairs)
        all[key] = std::nullopt;
    compared.apply(all);
    compared.trie.checkpoint();
    EXPECT_TRUE(compared.trie.store().records().empty());
    EXPECT_EQ(compared.trie.forest().cache().bytes(), 0U);
}

/// The count of bytes is the sum over the records, whatever happened to them.
TEST(TrieForest, EvictionKeepsTheBudget) {
    auto random = test::test_generator(512);
    Compared compared(8, 60'000);
    for (int block = 0; block < 80; ++block) {
        compared.apply(random_changes(random, hashed_key, compared.pairs, 100, 20));
        compared.trie.checkpoint();
        compared.trie.forest().cache().trim(60'000);
        const RecordCache& cache = compared.trie.forest().cache();
        EXPECT_LE(cache.bytes(), 60'000U);
        EXPECT_EQ(cache.dirty_bytes(), 0U);
        size_t bytes = 0;
        for (RecordId id = 0; id < cache.end(); ++id) {
            const Record& record = cache.at(id);
            if (record.kind == Record::Kind::Free) continue;
            bytes += sizeof(Record) + RecordArena::rounded(record.kind == Record::Kind::Page
                                                               ? record.page.bytes()
                                                               : sizeof(Branch));
        }
        ASSERT_EQ(bytes, cache.bytes());
    }
    EXPECT_GT(compared.pairs.size(), 1500U);
}

/// Any bit of any record: found when it is read, and nothing changes.
TEST(TrieForest, ADamagedRecordIsCorrupt) {
    auto random = test::test_generator(513);
    OneTrie trie(4, 0);
    Pairs pairs;
    Changes changes;
    for (int i = 0; i < 60; ++i)
        changes[any_key(random)] = random_value(random);
    apply_to(pairs, changes);
    ASSERT_TRUE(trie.apply(changes));
    trie.restart(4);
    const auto sound = trie.store().records();
    const Bytes32 root = trie.root();
    Changes touch_all;
    for (const auto& [key, value] : pairs)
        touch_all[key] = Bytes{1, 2, 3};
    for (const auto& [key, record] : sound) {
        for (size_t bit = 0; bit < 8 * record.size(); bit += 1 + random() % 5) {
            trie.store().records()[key][bit / 8] ^= static_cast<uint8_t>(1U << bit % 8);
            const auto applied = trie.apply(touch_all);
            ASSERT_FALSE(applied) << to_string(key) << " bit " << bit;
            ASSERT_EQ(applied.error().code, ErrorCode::Corrupt);
            ASSERT_EQ(trie.root(), root);
            trie.store().records()[key] = record;
        }
        trie.store().records().erase(key);
        const auto applied = trie.apply(touch_all);
        ASSERT_FALSE(applied);
        ASSERT_EQ(applied.error().code, ErrorCode::Corrupt);
        trie.store().records()[key] = record;
    }
    apply_to(pairs, touch_all);
    const auto applied = trie.apply(touch_all);
    ASSERT_TRUE(applied) << applied.error().message;
    EXPECT_EQ(*applied, rebuilt_root(pairs));
}

}  // namespace
}  // namespace switchyard::commitment
