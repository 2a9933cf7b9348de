// SPDX-License-Identifier: Apache-2.0
// Mainnet blocks that come with a witness: from the parent's root and the accounts after the block
// to the header's state root.
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <fstream>

#include "host/core/hex.hpp"
#include "host/state/trie/state_trie.hpp"
#include "tests/support/test_data.hpp"

namespace switchyard::trie {
namespace {

using nlohmann::json;

Bytes32 hash_of(const json& text) {
    return fixed_from_hex<32>(text.get<std::string>()).value();
}
Uint256 number_of(const json& text) {
    return uint256_from_text(text.get<std::string>()).value();
}

StateChanges changes_of(const json& accounts) {
    StateChanges changes;
    for (const auto& [address, after] : accounts.items()) {
        AccountChange change;
        change.address = fixed_from_hex<20>(address).value();
        change.storage_begin = static_cast<uint32_t>(changes.storage.size());
        if (!after.is_null()) {
            change.account = Account{number_of(after["nonce"]).saturated(),
                                     number_of(after["balance"]), hash_of(after["codeHash"])};
            for (const auto& [key, value] : after["storage"].items())
                changes.storage.push_back({uint256_from_text(key).value(), number_of(value)});
        }
        change.storage_count = static_cast<uint32_t>(changes.storage.size()) - change.storage_begin;
        changes.accounts.push_back(change);
    }
    return changes;
}

TEST(Witness, MainnetBlocksGiveTheirStateRoots) {
    SWITCHYARD_REQUIRE_SUITE(suite, "mainnet");
    size_t blocks = 0;
    size_t deletions = 0;
    for (const auto& file : std::filesystem::directory_iterator(suite / "blocks")) {
        const json block = json::parse(std::ifstream(file.path()));
        if (!block.contains("witness") || !block.contains("expectedPost")) continue;
        std::vector<Bytes> encoded;
        for (const json& node : block["witness"]["nodes"])
            encoded.push_back(from_hex(node.get<std::string>()).value());
        const MemoryNodes nodes(encoded);
        const StateChanges changes = changes_of(block["expectedPost"]);
        for (const StorageChange& slot : changes.storage)
            deletions += slot.value.is_zero() ? 1 : 0;
        StateTrie trie(hash_of(block["witness"]["stateRoot"]), nodes);
        const auto root = trie.apply(changes);
        ASSERT_TRUE(root) << file.path().filename() << ": " << root.error().message;
        EXPECT_EQ(*root, hash_of(block["header"]["stateRoot"])) << file.path().filename();
        ++blocks;
    }
    EXPECT_GE(blocks, 10U);
    EXPECT_GT(deletions, 0U);
}

/// The pre-state of the file, read back through the witness.
TEST(Witness, AnswersReadsOfThePreState) {
    SWITCHYARD_REQUIRE_SUITE(suite, "mainnet");
    const json block = json::parse(std::ifstream(suite / "blocks" / "22615247.json"));
    std::vector<Bytes> encoded;
    for (const json& node : block["witness"]["nodes"])
        encoded.push_back(from_hex(node.get<std::string>()).value());
    const MemoryNodes nodes(encoded);
    StateTrie trie(hash_of(block["witness"]["stateRoot"]), nodes);
    size_t slots = 0;
    for (const auto& [address_text, before] : block["pre"].items()) {
        const auto address = fixed_from_hex<20>(address_text).value();
        const auto account = trie.account(address);
        ASSERT_TRUE(account && *account) << address_text;
        EXPECT_EQ((*account)->balance, number_of(before["balance"]));
        if (!before.contains("storage")) continue;
        for (const auto& [key, value] : before["storage"].items()) {
            const auto stored = trie.storage(address, uint256_from_text(key).value());
            ASSERT_TRUE(stored) << stored.error().message;
            EXPECT_EQ(*stored, number_of(value));
            ++slots;
        }
    }
    EXPECT_GT(slots, 50U);
}

}  // namespace
}  // namespace switchyard::trie
