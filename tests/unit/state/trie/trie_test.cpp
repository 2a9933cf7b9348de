// SPDX-License-Identifier: Apache-2.0
#include "host/state/trie/trie.hpp"

#include <gtest/gtest.h>

#include <map>

#include "host/chain/hash.hpp"
#include "host/state/trie/ordered_trie.hpp"
#include "tests/support/test_data.hpp"

namespace switchyard::trie {
namespace {

using Pairs = std::map<Bytes, Bytes>;

Bytes32 rebuilt_root(const Pairs& pairs) {
    Trie trie;
    for (const auto& [key, value] : pairs)
        EXPECT_TRUE(trie.put(key, value));
    return trie.root();
}

/// Keys of one, two or three bytes over few nibbles: branches with values, extensions of all
/// lengths and nodes shorter than a hash all occur.
Bytes short_key(std::mt19937_64& random) {
    constexpr uint8_t kBytes[] = {0x00, 0x01, 0x10, 0x11, 0xf1};
    Bytes key(1 + random() % 3);
    for (uint8_t& byte : key)
        byte = kBytes[random() % 5];
    return key;
}

Bytes long_key(std::mt19937_64& random) {
    const uint64_t n = random() % 300;
    return to_bytes(keccak256(BytesView(reinterpret_cast<const uint8_t*>(&n), 8)).bytes);
}

Bytes random_value(std::mt19937_64& random) {
    return Bytes(1 + random() % 70, static_cast<uint8_t>(random() % 3));
}

void check_random_changes(Bytes (*random_key)(std::mt19937_64&), uint64_t salt, int steps) {
    auto random = test::test_generator(salt);
    Trie trie;
    Pairs pairs;
    for (int step = 0; step < steps; ++step) {
        const Bytes key = random_key(random);
        // Phases of growing and of shrinking, down to the empty trie.
        if (random() % 100 < (step / 400 % 2 == 0 ? 30U : 75U)) {
            ASSERT_TRUE(trie.erase(key));
            pairs.erase(key);
        } else {
            const Bytes value = random_value(random);
            ASSERT_TRUE(trie.put(key, value));
            pairs[key] = value;
        }
        if (step % 7 == 0) {
            ASSERT_EQ(trie.root(), rebuilt_root(pairs)) << step;
        }
        const Bytes other = random_key(random);
        const auto found = trie.get(other);
        ASSERT_TRUE(found);
        ASSERT_EQ(found->has_value(), pairs.count(other) == 1);
        if (*found) {
            ASSERT_EQ(to_bytes(**found), pairs[other]);
        }
    }
    Pairs walked;
    ASSERT_TRUE(trie.for_each(
        [&](BytesView key, BytesView value) { walked[to_bytes(key)] = to_bytes(value); }));
    EXPECT_EQ(walked, pairs);
}

TEST(Trie, ShortKeysAgreeWithARebuild) {
    check_random_changes(short_key, 10, 8000);
}

TEST(Trie, HashedKeysAgreeWithARebuild) {
    check_random_changes(long_key, 11, 4000);
}

TEST(Trie, IsEmptyAfterTheLastKeyGoes) {
    Trie trie;
    EXPECT_EQ(trie.root(), kEmptyRoot);
    ASSERT_TRUE(trie.put(Bytes{1, 2}, Bytes{3}));
    ASSERT_TRUE(trie.put(Bytes{1, 3}, Bytes{4}));
    EXPECT_NE(trie.root(), kEmptyRoot);
    ASSERT_TRUE(trie.erase(Bytes{1, 2}));
    ASSERT_TRUE(trie.erase(Bytes{1, 3}));
    ASSERT_TRUE(trie.erase(Bytes{1, 3}));
    EXPECT_TRUE(trie.empty());
    EXPECT_EQ(trie.root(), kEmptyRoot);
}

/// Every step starts from the root alone and reads what it needs from the nodes written so far.
TEST(Trie, ReadsNodesWhenTheyAreNeeded) {
    for (const auto key_of : {short_key, long_key}) {
        auto random = test::test_generator(12);
        MemoryNodes nodes;
        Pairs pairs;
        Bytes32 root = kEmptyRoot;
        for (int block = 0; block < 60; ++block) {
            Trie trie(root, nodes);
            for (int step = 0; step < 12; ++step) {
                const Bytes key = key_of(random);
                if (random() % 5 < 2) {
                    ASSERT_TRUE(trie.erase(key));
                    pairs.erase(key);
                } else {
                    const Bytes value = random_value(random);
                    ASSERT_TRUE(trie.put(key, value));
                    pairs[key] = value;
                }
            }
            Trie* const changed = &trie;
            Trie::hash_all({&changed, 1}, &nodes);
            root = trie.root();
            ASSERT_EQ(root, rebuilt_root(pairs)) << block;
        }
        for (const auto& [key, value] : pairs) {
            Trie trie(root, nodes);
            const auto found = trie.get(key);
            ASSERT_TRUE(found && *found);
            EXPECT_EQ(to_bytes(**found), value);
        }
    }
}

/// Whatever node is missing, a change either gives the right root or says what it lacks; the trie
/// is then unchanged.
TEST(Trie, MissingNodeIsAnErrorAndNeverAWrongRoot) {
    auto random = test::test_generator(13);
    Pairs pairs;
    for (int i = 0; i < 40; ++i)
        pairs[long_key(random)] = random_value(random);
    MemoryNodes all;
    Trie trie;
    for (const auto& [key, value] : pairs)
        ASSERT_TRUE(trie.put(key, value));
    Trie* const built = &trie;
    Trie::hash_all({&built, 1}, &all);
    const Bytes32 root = trie.root();

    size_t errors = 0;
    size_t successes = 0;
    for (const auto& entry : all.entries()) {
        MemoryNodes partial = all;
        partial.erase(entry.key);
        for (const auto& [key, value] : pairs) {
            Trie over_partial(root, partial);
            const Result<void> erased = over_partial.erase(key);
            if (!erased) {
                EXPECT_EQ(erased.error().code, ErrorCode::NotFound);
                EXPECT_EQ(over_partial.root(), root);
                ++errors;
                continue;
            }
            Pairs rest = pairs;
            rest.erase(key);
            ASSERT_EQ(over_partial.root(), rebuilt_root(rest));
            ++successes;
        }
    }
    EXPECT_GT(errors, 0U);
    EXPECT_GT(successes, 0U);
}

/// Gives nodes with a flipped bit.
class DamagedNodes final : public NodeReader {
  public:
    DamagedNodes(const MemoryNodes& nodes, size_t bit) : nodes_(nodes), bit_(bit) {}
    [[nodiscard]] bool read(const Bytes32& hash, Bytes& encoded) const override {
        if (!nodes_.read(hash, encoded)) return false;
        encoded[bit_ / 8 % encoded.size()] ^= static_cast<uint8_t>(1 << bit_ % 8);
        return true;
    }

  private:
    const MemoryNodes& nodes_;
    size_t bit_;
};

TEST(Trie, DamagedNodeIsCorrupt) {
    MemoryNodes nodes;
    Trie trie;
    for (uint8_t i = 0; i < 50; ++i)
        ASSERT_TRUE(trie.put(keccak256(BytesView(&i, 1)).bytes, Bytes(40, i + 1)));
    Trie* const built = &trie;
    Trie::hash_all({&built, 1}, &nodes);
    for (size_t bit = 0; bit < 64; ++bit) {
        const DamagedNodes damaged(nodes, bit);
        Trie over_damaged(trie.root(), damaged);
        const uint8_t i = 7;
        const auto found = over_damaged.get(keccak256(BytesView(&i, 1)).bytes);
        ASSERT_FALSE(found);
        EXPECT_EQ(found.error().code, ErrorCode::Corrupt);
    }
}

/// Nodes with the right hash whose content is no node.
TEST(Trie, NonsenseUnderTheRightHashIsCorrupt) {
    auto random = test::test_generator(14);
    for (int round = 0; round < 20'000; ++round) {
        // Near-misses of a list, so that the decoder gets beyond the first byte.
        Bytes nonsense(random() % 48);
        for (uint8_t& byte : nonsense)
            byte = random() % 2 == 0 ? static_cast<uint8_t>(random())
                                     : static_cast<uint8_t>(0x80 + random() % 3);
        if (!nonsense.empty() && nonsense.size() <= 56)
            nonsense[0] = static_cast<uint8_t>(0xc0 + nonsense.size() - 1);
        MemoryNodes nodes;
        const Bytes32 root = keccak256(nonsense);
        nodes.write(root, nonsense);
        Trie trie(root, nodes);
        const auto found = trie.get(Bytes32{}.bytes);
        if (found) continue;  // a node by chance
        EXPECT_TRUE(found.error().code == ErrorCode::Corrupt ||
                    found.error().code == ErrorCode::NotFound);
        EXPECT_EQ(trie.root(), root);
    }
}

TEST(OrderedTrie, RootOfNothingIsTheEmptyRoot) {
    EXPECT_EQ(ordered_trie_root({}), kEmptyRoot);
}

}  // namespace
}  // namespace switchyard::trie
