// SPDX-License-Identifier: Apache-2.0
// The official GenesisTests: whole genesis blocks from what their files state.
#include "tools/conformance/genesis.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "host/core/hex.hpp"
#include "tests/support/test_data.hpp"
#include "tools/conformance/state_roots.hpp"
#include "tools/fixtures/memory_state.hpp"

namespace switchyard::conformance {
namespace {

using nlohmann::json;

/// A quantity, of which these files leave some empty.
Uint256 quantity(const json& node, const char* name) {
    if (!node.contains(name) || !node[name].is_string()) return {};
    const std::string text = node[name].get<std::string>();
    return text == "0x" ? Uint256{} : uint256_from_text(text).value();
}

MemoryState state_of(const json& alloc) {
    fixtures::PreState out;
    for (const auto& [address, stated] : alloc.items()) {
        fixtures::PreAccount& account = out[fixed_from_hex<20>(address).value()];
        account.balance = quantity(stated, stated.contains("wei") ? "wei" : "balance");
        account.nonce = quantity(stated, "nonce").limb[0];
        if (stated.contains("code") && stated["code"].is_string())
            account.code = from_hex(stated["code"].get<std::string>()).value();
        if (!stated.contains("storage")) continue;
        for (const auto& [key, value] : stated["storage"].items())
            account.storage[uint256_from_text(key).value()] =
                uint256_from_text(value.get<std::string>()).value();
    }
    return fixtures::memory_state_of(out);
}

TEST(Genesis, IsTheBlockOfEveryOfficialTest) {
    SWITCHYARD_REQUIRE_SUITE(misc, "misc");
    const json file =
        json::parse(std::ifstream(misc / "GenesisTests" / "basic_genesis_tests.json"));
    size_t compared = 0;
    for (const auto& [name, test] : file.items()) {
        SCOPED_TRACE(name);
        BlockHeader stated;
        stated.beneficiary = fixed_from_hex<20>(test.at("coinbase").get<std::string>()).value();
        stated.difficulty = quantity(test, "difficulty");
        stated.gas_limit = quantity(test, "gasLimit").limb[0];
        stated.timestamp = quantity(test, "timestamp").limb[0];
        stated.extra_data = from_hex(test.at("extraData").get<std::string>()).value();
        stated.prev_randao = fixed_from_hex<32>(test.at("mixHash").get<std::string>()).value();
        stated.nonce = fixed_from_hex<8>(test.at("nonce").get<std::string>()).value();
        const auto header = complete_genesis(stated, Revision::Frontier,
                                             StateNodes(state_of(test.at("alloc"))).root);
        ASSERT_TRUE(header.has_value());
        Block block;
        block.header = *header;
        const std::string result = test.at("result").get<std::string>();
        EXPECT_EQ(to_hex(encode_block(block)), "0x" + result);
        ++compared;
    }
    EXPECT_GE(compared, 3U);
}

TEST(Genesis, HasTheFieldsOfItsForkUnlessTheFileStatesThem) {
    BlockHeader stated;
    stated.base_fee_per_gas = Uint256(7);
    const auto shanghai = complete_genesis(stated, Revision::Shanghai, {});
    ASSERT_TRUE(shanghai.has_value());
    EXPECT_EQ(shanghai->base_fee_per_gas, Uint256(7));
    EXPECT_TRUE(shanghai->withdrawals_root.has_value());
    EXPECT_FALSE(shanghai->excess_blob_gas.has_value());
    const auto london = complete_genesis({}, Revision::London, {});
    ASSERT_TRUE(london.has_value());
    EXPECT_EQ(london->base_fee_per_gas, Uint256(1'000'000'000));
    EXPECT_FALSE(london->withdrawals_root.has_value());
}

}  // namespace
}  // namespace switchyard::conformance
