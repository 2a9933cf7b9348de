// SPDX-License-Identifier: Apache-2.0
// Payloads made of blocks of the official chains: the same bytes must come back.
#include "tools/conformance/engine_payload.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "host/chain/hash.hpp"
#include "tests/support/test_data.hpp"
#include "tools/conformance/run_cases.hpp"
#include "tools/fixtures/blockchain_test.hpp"

namespace switchyard::conformance {
namespace {

using fixtures::BlockchainTest;
using fixtures::EnginePayload;

/// The payload of a block. Requests cannot be read off a block: those without any alone are used.
EnginePayload payload_of(const Bytes& encoded) {
    const Block block = decode_block(encoded).value();
    EnginePayload out;
    out.header = block.header;
    out.header.transactions_root = {};
    out.header.withdrawals_root.reset();
    out.block_hash = header_hash(block.header);
    out.withdrawals = block.withdrawals;
    out.blob_versioned_hashes.emplace();
    for (const Transaction& transaction : block.transactions) {
        out.transactions.push_back(encode_transaction(transaction));
        out.blob_versioned_hashes->insert(out.blob_versioned_hashes->end(),
                                          transaction.blob_versioned_hashes.begin(),
                                          transaction.blob_versioned_hashes.end());
    }
    return out;
}

/// Valid blocks of the folder's chains that have no requests and, where asked for, blobs.
std::vector<Bytes> blocks_below(const std::filesystem::path& folder, bool with_blobs) {
    std::vector<Bytes> out;
    const auto files = find_test_files({folder.string()});
    for (const std::string& file : *files) {
        const auto tests = fixtures::load_blockchain_tests(file).value();
        for (const BlockchainTest& test : tests)
            for (const auto& block : test.blocks) {
                if (!block.expected_exception.empty()) continue;
                const Block decoded = decode_block(block.encoded).value();
                const bool has_blobs = std::ranges::any_of(
                    decoded.transactions,
                    [](const Transaction& one) { return !one.blob_versioned_hashes.empty(); });
                if (!decoded.header.requests_hash && has_blobs >= with_blobs)
                    out.push_back(block.encoded);
            }
    }
    return out;
}

TEST(EnginePayload, GivesTheBlockThatItWasMadeOf) {
    SWITCHYARD_REQUIRE_SUITE(suite, "blockchain-eest");
    size_t compared = 0;
    for (const char* folder : {"shanghai/eip4895_withdrawals", "cancun/eip4844_blobs"})
        for (const Bytes& encoded : blocks_below(suite / folder, false)) {
            if (decode_block(encoded).value().header.base_fee_per_gas == std::nullopt) continue;
            const auto made = block_of_payload(payload_of(encoded));
            ASSERT_TRUE(made.has_value()) << made.error().message;
            ASSERT_EQ(*made, encoded);
            ++compared;
        }
    EXPECT_GT(compared, 100U);
}

TEST(EnginePayload, RefusesWhatItsHashesDoNotCover) {
    SWITCHYARD_REQUIRE_SUITE(suite, "blockchain-eest");
    const auto blocks = blocks_below(suite / "cancun/eip4844_blobs", true);
    ASSERT_FALSE(blocks.empty());
    const EnginePayload valid = payload_of(blocks[0]);
    const auto message_after = [&valid](auto change) {
        EnginePayload changed = valid;
        change(changed);
        const auto made = block_of_payload(changed);
        return made ? std::string() : made.error().message;
    };
    EXPECT_EQ(message_after([](EnginePayload&) {}), "");
    const auto no_match = [&](auto change) {
        EXPECT_TRUE(message_after(change).starts_with("block hash: ")) << message_after(change);
    };
    no_match([](EnginePayload& payload) { payload.header.gas_used ^= 1; });
    no_match([](EnginePayload& payload) { payload.block_hash.bytes[31] ^= 1; });
    no_match([](EnginePayload& payload) { payload.transactions.pop_back(); });
    no_match([](EnginePayload& payload) { payload.withdrawals->emplace_back(); });
    no_match([](EnginePayload& payload) { payload.header.requests_hash.emplace(); });
    EXPECT_TRUE(message_after([](EnginePayload& payload) {
                    payload.blob_versioned_hashes->pop_back();
                }).starts_with("blob versioned hashes: "));
    EXPECT_EQ(message_after([](EnginePayload& payload) { payload.transactions[0].clear(); }),
              "transaction: empty");
}

}  // namespace
}  // namespace switchyard::conformance
