// SPDX-License-Identifier: Apache-2.0
// The official BasicTests: mainnet's genesis, signed transactions and their keys' addresses, and
// difficulties of two networks over their forks.
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "host/chain/block.hpp"
#include "host/chain/chain_config.hpp"
#include "host/chain/difficulty.hpp"
#include "host/chain/hash.hpp"
#include "host/chain/sender.hpp"
#include "host/core/hex.hpp"
#include "tests/support/test_data.hpp"

namespace switchyard {
namespace {

using nlohmann::json;

json load(const std::filesystem::path& misc, const char* name) {
    return json::parse(std::ifstream(misc / "BasicTests" / name));
}

std::string text(const json& node, const char* name) {
    return node.at(name).get<std::string>();
}

Uint256 number(const json& node, const char* name) {
    const auto value = uint256_from_text(text(node, name));
    EXPECT_TRUE(value.has_value()) << name;
    return value.value_or(Uint256{});
}

TEST(BasicTests, MainnetsGenesisDecodesAndHashes) {
    SWITCHYARD_REQUIRE_SUITE(misc, "misc");
    const json file = load(misc, "genesishashestest.json");
    const Bytes encoded = from_hex(text(file, "genesis_rlp_hex")).value();
    const auto block = decode_block(encoded);
    ASSERT_TRUE(block.has_value()) << block.error().message;
    EXPECT_EQ(to_hex(block->header.state_root), "0x" + text(file, "genesis_state_root"));
    EXPECT_EQ(to_hex(header_hash(block->header)), "0x" + text(file, "genesis_hash"));
    EXPECT_EQ(encode_block(*block), encoded);
}

TEST(BasicTests, SignedTransactionsHaveTheirFieldsAndTheirKeysAddress) {
    SWITCHYARD_REQUIRE_SUITE(misc, "misc");
    std::map<std::string, std::string> addresses;
    for (const json& identity : load(misc, "keyaddrtest.json"))
        addresses[text(identity, "key")] = text(identity, "addr");
    size_t recovered = 0;
    for (const json& item : load(misc, "txtest.json")) {
        auto transaction = decode_transaction(from_hex(text(item, "signed")).value());
        ASSERT_TRUE(transaction.has_value()) << transaction.error().message;
        EXPECT_EQ(transaction->nonce, item.at("nonce").get<uint64_t>());
        EXPECT_EQ(transaction->max_fee_per_gas, Uint256(item.at("gasprice").get<uint64_t>()));
        EXPECT_EQ(transaction->gas_limit, item.at("startgas").get<uint64_t>());
        EXPECT_EQ(transaction->value, Uint256(item.at("value").get<uint64_t>()));
        EXPECT_EQ(transaction->to.has_value(), !text(item, "to").empty());
        if (transaction->to) {
            EXPECT_EQ(to_hex(*transaction->to), "0x" + text(item, "to"));
        }
        EXPECT_EQ(transaction->data, from_hex(text(item, "data")).value());
        SenderResult sender;
        recover_senders({&*transaction, 1}, {&sender, 1});
        const auto known = addresses.find(text(item, "key"));
        if (known == addresses.end()) continue;
        EXPECT_EQ(to_hex(sender.sender), "0x" + known->second);
        ++recovered;
    }
    EXPECT_GT(recovered, 0U);
}

constexpr uint64_t kSmallestParent = 1'000'000;

/// The vectors of the file, `count` of them, under the rules that `config` has for its block.
void expect_difficulties(const json& file, const ChainConfig& config, size_t count) {
    size_t compared = 0;
    for (const auto& [name, vector] : file.items()) {
        // Parents far below the minimum, which no chain has, were made when the minimum was applied
        // after the bomb; the DifficultyTests and the clients apply it before.
        if (number(vector, "parentDifficulty") < Uint256(kSmallestParent)) continue;
        ++compared;
        const uint64_t block = number(vector, "currentBlockNumber").limb[0];
        const bool has_ommers =
            vector.contains("parentUncles") &&
            text(vector, "parentUncles") !=
                "0x1dcc4de8dec75d7aab85b567b6ccd41ad312451b948a7413f0a142fd40d49347";
        const DifficultyParent parent{number(vector, "parentDifficulty"),
                                      number(vector, "parentTimestamp").limb[0], has_ommers};
        EXPECT_EQ(
            to_decimal(next_difficulty(config.revision_at(block, 0), config.bomb_delay_at(block),
                                       parent, block, number(vector, "currentTimestamp").limb[0])),
            to_decimal(number(vector, "currentDifficulty")))
            << name;
    }
    EXPECT_EQ(compared, count);
}

TEST(BasicTests, DifficultiesFollowTheForksOfTheirNetwork) {
    SWITCHYARD_REQUIRE_SUITE(misc, "misc");
    // What the files know of mainnet ends with Byzantium.
    ChainConfig mainnet = ChainConfig::single_revision(Revision::Frontier);
    mainnet.activations[static_cast<size_t>(Revision::Homestead)].block = 1'150'000;
    mainnet.activations[static_cast<size_t>(Revision::Byzantium)].block = 4'370'000;
    mainnet.difficulty_schedule = {{0, 0}, {4'370'000, 3'000'000}};
    ChainConfig ropsten = ChainConfig::single_revision(Revision::Homestead);
    ropsten.activations[static_cast<size_t>(Revision::Byzantium)].block = 1'700'000;
    ropsten.activations[static_cast<size_t>(Revision::Constantinople)].block = 4'230'000;
    ropsten.difficulty_schedule = {{0, 0}, {1'700'000, 3'000'000}, {4'230'000, 5'000'000}};

    const auto expect = [&, folder = misc](const char* name, const ChainConfig& config,
                                           size_t count) {
        SCOPED_TRACE(name);
        expect_difficulties(load(folder, name), config, count);
    };
    expect("difficulty.json", mainnet, 14);
    expect("difficultyMainNetwork.json", mainnet, 2254);
    expect("difficultyCustomMainNetwork.json", mainnet, 90);
    expect("difficultyRopsten.json", ropsten, 2254);
    expect("difficultyCustomHomestead.json", ChainConfig::single_revision(Revision::Homestead), 30);
}

}  // namespace
}  // namespace switchyard
