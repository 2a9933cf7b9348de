// SPDX-License-Identifier: Apache-2.0
// The official TrieTests with hashed keys, and whole states of the official blockchain tests.
#include <fstream>
#include <nlohmann/json.hpp>

#include "host/core/hex.hpp"
#include "host/state/commitment/state_commitment.hpp"
#include "host/state/memory_state.hpp"
#include "tests/support/json_state.hpp"
#include "tests/support/test_data.hpp"
#include "tests/unit/state/commitment/one_trie.hpp"

namespace switchyard::commitment {
namespace {

using nlohmann::json;
using test::state_of;

Bytes text_or_hex(const std::string& text) {
    if (text.starts_with("0x")) return from_hex(text).value();
    return {text.begin(), text.end()};
}

/// The steps of a test, one block each, over pages of one size.
Bytes32 root_of(const json& in, size_t page_leaves) {
    OneTrie trie(page_leaves, 0);
    const auto step = [&](const std::string& key, const json& value) {
        std::optional<Bytes> bytes;
        if (!value.is_null()) bytes = text_or_hex(value.get<std::string>());
        EXPECT_TRUE(trie.apply({{keccak256(text_or_hex(key)), bytes}}));
    };
    if (in.is_object())
        for (const auto& [key, value] : in.items())
            step(key, value);
    else
        for (const json& pair : in)
            step(pair[0].get<std::string>(), pair[1]);
    return trie.root();
}

TEST(OfficialTrieTests, SecureTriesOfRecords) {
    SWITCHYARD_REQUIRE_SUITE(suite, "misc");
    size_t cases = 0;
    for (const auto& file : std::filesystem::directory_iterator(suite / "TrieTests")) {
        const std::string name = file.path().filename().string();
        if (name.find("secure") == std::string::npos) continue;
        const json tests = json::parse(std::ifstream(file.path()));
        for (const auto& [title, test] : tests.items()) {
            const auto root = fixed_from_hex<32>(test["root"].get<std::string>()).value();
            for (const size_t page_leaves : {size_t{1}, size_t{2}, size_t{32}})
                EXPECT_EQ(root_of(test["in"], page_leaves), root) << name << " " << title;
            ++cases;
        }
    }
    EXPECT_GE(cases, 12U);
}

/// From the state before to the state after, as one block: what is gone is deleted.
StateChanges difference(const MemoryState& before, const MemoryState& after) {
    StateChanges changes = after.all();
    for (AccountChange& change : changes.accounts)
        change.storage_cleared = true;
    const StateChanges old = before.all();
    for (const AccountChange& change : old.accounts) {
        if (changes.find(change.address) != nullptr) continue;
        AccountChange gone;
        gone.address = change.address;
        changes.accounts.push_back(gone);
    }
    return changes;
}

TEST(OfficialRoots, StatesBeforeAndAfterBlockchainTests) {
    SWITCHYARD_REQUIRE_SUITE(suite, "blockchain-legacy");
    size_t genesis_states = 0;
    size_t final_states = 0;
    for (const auto& file : std::filesystem::recursive_directory_iterator(suite)) {
        if (file.path().extension() != ".json" || file.file_size() > 100'000) continue;
        const json tests = json::parse(std::ifstream(file.path()));
        for (const auto& [title, test] : tests.items()) {
            const auto root_in = [](const json& header) {
                return fixed_from_hex<32>(header["stateRoot"].get<std::string>()).value();
            };
            MemoryRecordStore store;
            auto commitment = StateCommitment::open(store, {0, 2});
            ASSERT_TRUE(commitment);
            const MemoryState before = state_of(test["pre"]);
            const auto genesis = commitment->apply(before.all());
            ASSERT_TRUE(genesis);
            ASSERT_EQ(*genesis, root_in(test["genesisBlockHeader"])) << title;
            ++genesis_states;
            if (!test.contains("postState")) continue;
            for (const json& block : test["blocks"]) {
                if (!block.contains("blockHeader")) continue;
                if (block["blockHeader"]["hash"] != test["lastblockhash"]) continue;
                ASSERT_TRUE(commitment->checkpoint());
                const auto last =
                    commitment->apply(difference(before, state_of(test["postState"])));
                ASSERT_TRUE(last) << last.error().message;
                ASSERT_EQ(*last, root_in(block["blockHeader"])) << title;
                ++final_states;
            }
        }
    }
    EXPECT_GT(genesis_states, 300U);
    EXPECT_GT(final_states, 200U);
}

}  // namespace
}  // namespace switchyard::commitment
