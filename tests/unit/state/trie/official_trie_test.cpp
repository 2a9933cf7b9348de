// SPDX-License-Identifier: Apache-2.0
// The official TrieTests (ethereum/tests).
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <fstream>

#include "host/chain/hash.hpp"
#include "host/core/hex.hpp"
#include "host/state/trie/trie.hpp"
#include "tests/support/test_data.hpp"

namespace switchyard::trie {
namespace {

using nlohmann::json;

Bytes text_or_hex(const std::string& text) {
    if (text.starts_with("0x")) return from_hex(text).value();
    return {text.begin(), text.end()};
}

/// Pairs in the order of the file; no value deletes.
using Step = std::pair<Bytes, std::optional<Bytes>>;
std::vector<Step> steps_of(const json& in) {
    std::vector<Step> steps;
    const auto add = [&](const std::string& key, const json& value) {
        std::optional<Bytes> bytes;
        if (!value.is_null()) bytes = text_or_hex(value.get<std::string>());
        steps.emplace_back(text_or_hex(key), bytes);
    };
    if (in.is_object())
        for (const auto& [key, value] : in.items())
            add(key, value);
    else
        for (const json& pair : in)
            add(pair[0].get<std::string>(), pair[1]);
    return steps;
}

Bytes32 root_of(const std::vector<Step>& steps, bool secure) {
    Trie trie;
    for (const auto& [key, value] : steps) {
        const Bytes hashed = to_bytes(keccak256(key).bytes);
        const Bytes& used = secure ? hashed : key;
        const bool done = value ? trie.put(used, *value).has_value() : trie.erase(used).has_value();
        EXPECT_TRUE(done);
    }
    return trie.root();
}

TEST(OfficialTrieTests, RootsAgree) {
    SWITCHYARD_REQUIRE_SUITE(suite, "misc");
    size_t cases = 0;
    for (const auto& file : std::filesystem::directory_iterator(suite / "TrieTests")) {
        const std::string name = file.path().filename().string();
        if (name.find("nextprev") != std::string::npos) continue;
        const bool secure = name.find("secure") != std::string::npos;
        const bool any_order = name.find("anyorder") != std::string::npos || secure;
        const json tests = json::parse(std::ifstream(file.path()));
        for (const auto& [title, test] : tests.items()) {
            std::vector<Step> steps = steps_of(test["in"]);
            const auto root = fixed_from_hex<32>(test["root"].get<std::string>()).value();
            EXPECT_EQ(root_of(steps, secure), root) << name << " " << title;
            if (any_order && test["in"].is_object()) {
                std::reverse(steps.begin(), steps.end());
                EXPECT_EQ(root_of(steps, secure), root) << name << " " << title << " reversed";
            }
            ++cases;
        }
    }
    EXPECT_GE(cases, 25U);
}

/// `trietestnextprev`: the order of keys.
TEST(OfficialTrieTests, KeysComeInOrder) {
    SWITCHYARD_REQUIRE_SUITE(suite, "misc");
    const json tests = json::parse(std::ifstream(suite / "TrieTests" / "trietestnextprev.json"));
    for (const auto& [title, test] : tests.items()) {
        Trie trie;
        for (const json& key : test["in"])
            ASSERT_TRUE(trie.put(text_or_hex(key.get<std::string>()), Bytes{1}));
        std::vector<std::string> keys;
        ASSERT_TRUE(trie.for_each(
            [&](BytesView key, BytesView) { keys.emplace_back(key.begin(), key.end()); }));
        for (const json& query : test["tests"]) {
            const std::string at = query[0].get<std::string>();
            std::string before;
            std::string after;
            for (const std::string& key : keys) {
                if (key < at) before = key;
                if (key > at && after.empty()) after = key;
            }
            EXPECT_EQ(before, query[1].get<std::string>()) << title << " before " << at;
            EXPECT_EQ(after, query[2].get<std::string>()) << title << " after " << at;
        }
        EXPECT_TRUE(std::is_sorted(keys.begin(), keys.end()));
        EXPECT_EQ(keys.size(), test["in"].size());
    }
}

}  // namespace
}  // namespace switchyard::trie
