// SPDX-License-Identifier: Apache-2.0
// Roots of whole states and of lists that the official tests and mainnet headers state.
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <fstream>

#include "host/chain/block.hpp"
#include "host/chain/rlp.hpp"
#include "host/core/hex.hpp"
#include "host/state/memory_state.hpp"
#include "host/state/trie/ordered_trie.hpp"
#include "host/state/trie/state_trie.hpp"
#include "tests/support/json_state.hpp"
#include "tests/support/test_data.hpp"

namespace switchyard::trie {
namespace {

using nlohmann::json;
using test::state_of;

TEST(OfficialRoots, GenesisAndFinalStatesOfBlockchainTests) {
    SWITCHYARD_REQUIRE_SUITE(suite, "blockchain-legacy");
    size_t genesis_states = 0;
    size_t final_states = 0;
    for (const auto& file : std::filesystem::recursive_directory_iterator(suite)) {
        if (file.path().extension() != ".json" || file.file_size() > 200'000) continue;
        const json tests = json::parse(std::ifstream(file.path()));
        for (const auto& [title, test] : tests.items()) {
            const auto root_in = [](const json& header) {
                return fixed_from_hex<32>(header["stateRoot"].get<std::string>()).value();
            };
            ASSERT_EQ(state_root(state_of(test["pre"]).all()), root_in(test["genesisBlockHeader"]))
                << title;
            ++genesis_states;
            if (!test.contains("postState")) continue;
            for (const json& block : test["blocks"]) {
                if (!block.contains("blockHeader")) continue;
                if (block["blockHeader"]["hash"] != test["lastblockhash"]) continue;
                ASSERT_EQ(state_root(state_of(test["postState"]).all()),
                          root_in(block["blockHeader"]))
                    << title;
                ++final_states;
            }
        }
    }
    EXPECT_GT(genesis_states, 500U);
    EXPECT_GT(final_states, 300U);
}

/// EIP-4895.
Bytes encoded(const Withdrawal& withdrawal) {
    Bytes out;
    rlp::Encoder encoder(out);
    const size_t list = encoder.begin_list();
    encoder.uint64(withdrawal.index);
    encoder.uint64(withdrawal.validator_index);
    encoder.string(withdrawal.address);
    encoder.uint64(withdrawal.amount_gwei);
    encoder.end_list(list);
    return out;
}

TEST(OfficialRoots, TransactionsAndWithdrawalsOfMainnetBlocks) {
    SWITCHYARD_REQUIRE_SUITE(suite, "mainnet");
    size_t blocks = 0;
    size_t with_withdrawals = 0;
    for (const auto& file : std::filesystem::directory_iterator(suite / "blocks")) {
        const json stored = json::parse(std::ifstream(file.path()));
        if (!stored.contains("blockRlp")) continue;
        const auto block = decode_block(from_hex(stored["blockRlp"].get<std::string>()).value());
        ASSERT_TRUE(block) << file.path().filename() << block.error().message;
        std::vector<Bytes> values;
        for (const Transaction& transaction : block->transactions)
            values.push_back(encode_transaction(transaction));
        EXPECT_EQ(ordered_trie_root(values), block->header.transactions_root)
            << file.path().filename();
        ++blocks;
        if (!block->withdrawals) continue;
        values.clear();
        for (const Withdrawal& withdrawal : *block->withdrawals)
            values.push_back(encoded(withdrawal));
        EXPECT_EQ(ordered_trie_root(values), block->header.withdrawals_root);
        ++with_withdrawals;
    }
    EXPECT_GT(blocks, 30U);
    EXPECT_GT(with_withdrawals, 5U);
}

}  // namespace
}  // namespace switchyard::trie
