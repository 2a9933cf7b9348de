// SPDX-License-Identifier: Apache-2.0
#include "host/node/genesis/development.hpp"

#include <gtest/gtest.h>

#include "host/chain/block.hpp"
#include "host/execute/block_execution.hpp"
#include "host/execute/system_contracts.hpp"
#include "host/state/memory_state.hpp"
#include "tools/workloads/signer.hpp"

namespace switchyard::node {
namespace {

TEST(DevelopmentChain, SecretsAreThoseOfTheAddresses) {
    const workloads::Signer signer;
    ASSERT_EQ(development_accounts().size(), 10U);
    for (const DevelopmentAccount& item : development_accounts()) {
        const auto identity = signer.identity_of(item.secret);
        ASSERT_TRUE(identity.has_value());
        EXPECT_EQ(identity->address, item.address);
    }
}

TEST(DevelopmentChain, TheSameOptionsGiveTheSameBlock) {
    const auto a = development_genesis();
    const auto b = development_genesis();
    ASSERT_TRUE(a.has_value()) << a.error().message;
    ASSERT_TRUE(b.has_value());
    EXPECT_EQ(header_hash(a->header), header_hash(b->header));
    DevelopmentOptions other;
    other.balance_ether = 1;
    const auto c = development_genesis(other);
    ASSERT_TRUE(c.has_value());
    EXPECT_NE(a->header.state_root, c->header.state_root);
}

TEST(DevelopmentChain, SystemCallsOfItsFirstBlockSucceed) {
    for (const Revision revision : {Revision::Paris, Revision::Shanghai, Revision::Cancun,
                                    Revision::Prague, Revision::Osaka, Revision::Amsterdam}) {
        DevelopmentOptions options;
        options.revision = revision;
        const auto genesis = development_genesis(options);
        ASSERT_TRUE(genesis.has_value()) << genesis.error().message;
        MemoryState state;
        state.apply(genesis->state);
        BlockHeader header = genesis->header;
        header.parent_hash = header_hash(genesis->header);
        header.number = 1;
        header.timestamp = 12;
        if (revision >= Revision::Cancun) header.parent_beacon_block_root = Bytes32{{0xbe}};
        execute::BlockInput input;
        input.header = &header;
        input.rules = execute::rules_for_block(genesis->config, 1, 12);
        ASSERT_EQ(input.rules.revision, revision);
        const auto result = execute::execute_block_serial(input, state);
        ASSERT_TRUE(result.has_value()) << to_string(revision) << ": " << result.error().message;
        state.apply(result->changes);
        // EIP-4788: the root stands at timestamp % 8191 + 8191; EIP-2935: the hash at slot 0.
        if (revision >= Revision::Cancun) {
            EXPECT_EQ(state.storage(execute::beacon_roots_contract(), Uint256{12 + 8191}),
                      to_uint256(Bytes32{{0xbe}}));
        }
        if (revision >= Revision::Prague) {
            EXPECT_EQ(state.storage(execute::block_hashes_contract(), Uint256{0}),
                      to_uint256(header.parent_hash));
        }
    }
}

TEST(DevelopmentChain, RefusesWhatIsNoChain) {
    DevelopmentOptions options;
    options.chain_id = 0;
    EXPECT_EQ(development_genesis(options).error().code, ErrorCode::InvalidInput);
    options = {};
    options.revision = Revision::London;
    EXPECT_EQ(development_genesis(options).error().code, ErrorCode::InvalidInput);
    options = {};
    options.accounts = 11;
    EXPECT_EQ(development_genesis(options).error().code, ErrorCode::InvalidInput);
}

}  // namespace
}  // namespace switchyard::node
