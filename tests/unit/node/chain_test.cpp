// SPDX-License-Identifier: Apache-2.0
#include "host/node/chain/chain.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <fstream>
#include <thread>

#include "host/chain/rlp.hpp"
#include "tests/support/child_process.hpp"
#include "tests/support/test_data.hpp"
#include "tests/unit/node/chain_builder.hpp"
#include "tests/unit/state/commitment/one_trie.hpp"

namespace switchyard::node {
namespace {

namespace fs = std::filesystem;

class ChainTest : public ::testing::Test {
  protected:
    void SetUp() override {
        folder_ = fs::temp_directory_path() /
                  ("switchyard-chain-" + std::to_string(::getpid()) + "-" +
                   ::testing::UnitTest::GetInstance()->current_test_info()->name());
        fs::remove_all(folder_);
    }
    void TearDown() override { fs::remove_all(folder_); }

    static ChainOptions small_options() {
        ChainOptions out;
        out.store.flat.cache_bytes = 1 << 20;
        out.store.flat.code_cache_bytes = 1 << 20;
        out.store.trie.cache_bytes = 16 << 20;
        out.archive.tail_blocks = 8;
        out.tree.layers = 6;
        return out;
    }
    std::unique_ptr<Chain> open(const Genesis& genesis) const {
        auto chain = Chain::open(folder_, genesis, small_options());
        EXPECT_TRUE(chain) << chain.error().message;
        return chain ? *std::move(chain) : nullptr;
    }

    std::mt19937_64 random_ = test::test_generator(92);
    fs::path folder_;
};

void expect_state(const StateView& found, const MemoryState& expected) {
    const StateChanges all = expected.all();
    for (const AccountChange& account : all.accounts) {
        EXPECT_EQ(found.account(account.address), account.account);
        for (const StorageChange& slot : all.storage_of(account))
            EXPECT_EQ(found.storage(account.address, slot.key), slot.value);
    }
}

/// Follows the canonical chain by events alone.
struct Follower final : HeadListener {
    std::vector<Bytes32> chain;
    void on_head(const HeadEvent& event) override {
        for (const BlockPointer& block : event.removed) {
            ASSERT_EQ(chain.back(), block->hash);
            chain.pop_back();
        }
        for (const BlockPointer& block : event.added) {
            ASSERT_EQ(chain.back(), block->header().parent_hash);
            chain.push_back(block->hash);
        }
        EXPECT_EQ(chain.back(), event.head->block->hash);
    }
};

// A tree of blocks on which the head jumps about, against whole states in memory.
TEST_F(ChainTest, EveryStateIsTheModelsThroughReorganisationsAndRestarts) {
    const test::ChainBuilder builder;
    auto chain = open(builder.genesis());
    Follower follower;
    follower.chain = {builder.first().hash};
    chain->add_listener(follower);
    std::vector<test::BuiltBlock> blocks{builder.first()};
    size_t head = 0;
    for (int round = 0; round < 45; ++round) {
        // Mostly grows near the end, sometimes far back.
        for (int i = 0; i < 2; ++i) {
            const size_t back = random_() % 4 == 0 ? random_() % 12 : random_() % 3;
            const size_t parent = blocks.size() - 1 - std::min(back, blocks.size() - 1);
            blocks.push_back(builder.child(blocks[parent], random_, random_() % 5, 8));
            const auto imported = chain->import(blocks.back().block);
            ASSERT_TRUE(imported) << imported.error().message;
            ASSERT_EQ(imported->status, BlockStatus::Valid) << imported->reason;
            EXPECT_EQ(imported->block->hash, blocks.back().hash);
        }
        head = blocks.size() - 1 - random_() % std::min<size_t>(blocks.size(), 6);
        const auto set = chain->set_head(blocks[head].hash);
        ASSERT_TRUE(set) << set.error().message;
        ASSERT_EQ(set->status, BlockStatus::Valid) << set->reason;
        EXPECT_EQ(chain->head()->block->hash, blocks[head].hash);
        if (round % 15 == 14) {
            chain.reset();
            chain = open(builder.genesis());
            chain->add_listener(follower);
            EXPECT_EQ(chain->head()->block->hash, blocks[head].hash);
        }
        size_t seen = 0;
        for (size_t i = blocks.size() - std::min<size_t>(blocks.size(), 10); i < blocks.size();
             ++i) {
            const auto block = chain->block({BlockTag::Hash, 0, blocks[i].hash, false});
            ASSERT_TRUE(block);
            ASSERT_NE(*block, nullptr);
            const auto view = chain->view(*block);
            // Effects of a branch that were forgotten are the one thing that may be missing.
            if (!view) {
                EXPECT_EQ(view.error().code, ErrorCode::NotFound);
                continue;
            }
            ++seen;
            expect_state(**view, blocks[i].state);
            EXPECT_FALSE((*view)->failure());
        }
        EXPECT_GE(seen, 1u);
        const auto root = chain->root_over(chain->head()->block, {});
        ASSERT_TRUE(root);
        EXPECT_EQ(*root, blocks[head].block.header.state_root);
        EXPECT_EQ(follower.chain.back(), blocks[head].hash);
    }
}

/// The proof of an account of the model, from the header's root down to each slot.
void expect_proven(Chain& chain, const test::BuiltBlock& built, const Address& address,
                   std::span<const Uint256> keys) {
    const auto block = chain.block({BlockTag::Hash, 0, built.hash, false});
    ASSERT_TRUE(block && *block != nullptr);
    const auto proof = chain.prove(*block, address, keys);
    ASSERT_TRUE(proof) << proof.error().message;
    const auto account = built.state.account(address);
    ASSERT_EQ(proof->account, account);
    const auto leaf =
        commitment::proved_value(built.block.header.state_root, keccak256(address), proof->nodes);
    ASSERT_EQ(leaf.has_value(), account.has_value());
    if (!account) return;
    Bytes expected;
    rlp::Encoder encoder(expected);
    const size_t mark = encoder.begin_list();
    encoder.uint64(account->nonce);
    encoder.uint256(account->balance);
    encoder.string(proof->storage_root);
    encoder.string(account->code_hash);
    encoder.end_list(mark);
    EXPECT_EQ(*leaf, expected);
    ASSERT_EQ(proof->storage.size(), keys.size());
    for (size_t i = 0; i < keys.size(); ++i) {
        const Uint256 value = built.state.storage(address, keys[i]);
        EXPECT_EQ(proof->storage[i].value, value);
        const auto slot = commitment::proved_value(
            proof->storage_root, keccak256(to_bytes32(keys[i])), proof->storage[i].nodes);
        EXPECT_EQ(slot.has_value(), !value.is_zero());
    }
}

TEST_F(ChainTest, ProofsOfOlderStatesLeadToTheRootsOfTheirHeaders) {
    const test::ChainBuilder builder;
    auto chain = open(builder.genesis());
    std::vector<test::BuiltBlock> blocks{builder.first()};
    for (int i = 0; i < 24; ++i) {
        blocks.push_back(builder.child(blocks.back(), random_, random_() % 5, 8));
        ASSERT_TRUE(chain->import(blocks.back().block));
        ASSERT_TRUE(chain->set_head(blocks.back().hash));
    }
    // A branch that is not canonical, two blocks long.
    std::vector<test::BuiltBlock> branch{blocks[20]};
    for (int i = 0; i < 2; ++i) {
        branch.push_back(builder.child(branch.back(), random_, 6, 8));
        ASSERT_TRUE(chain->import(branch.back().block));
    }
    const auto some_keys = [&] {
        // What the beacon root contract stored in any block, and what nobody did.
        std::vector<Uint256> out{Uint256(random_())};
        for (size_t n = 0; n < 4; ++n)
            out.emplace_back(blocks[random_() % blocks.size()].block.header.timestamp);
        return out;
    };
    const auto prove_some = [&](const test::BuiltBlock& built) {
        expect_proven(*chain, built, to_address(Uint256(0x1000 + random_() % 10)), {});
        expect_proven(*chain, built, test::ChainBuilder::kBeaconRoots, some_keys());
    };
    for (int i = 0; i < 30; ++i) {
        prove_some(blocks[random_() % blocks.size()]);
        if (i % 5 == 0) prove_some(branch[1 + random_() % 2]);
    }
    // The chain goes on from where it was.
    blocks.push_back(builder.child(blocks.back(), random_, 3, 8));
    ASSERT_TRUE(chain->import(blocks.back().block));
    prove_some(blocks[3]);
    const auto moved = chain->set_head(blocks.back().hash);
    ASSERT_TRUE(moved) << moved.error().message;
    ASSERT_EQ(moved->status, BlockStatus::Valid);
    prove_some(blocks.back());
    chain.reset();
    chain = open(builder.genesis());
    prove_some(blocks[5]);
    prove_some(blocks.back());
}

TEST_F(ChainTest, ImportsThePublishedChainOfAllForks) {
    const auto suite = test::conformance_suite("rpc-compat");
    if (!suite) GTEST_SKIP() << "no data";
    const auto genesis = load_genesis((*suite / "genesis.json").string());
    ASSERT_TRUE(genesis) << genesis.error().message;
    std::ifstream stream(*suite / "chain.rlp", std::ios::binary);
    const Bytes file{std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
    auto chain = open(*genesis);
    rlp::Failure failure;
    rlp::Reader reader(file, failure);
    Bytes32 last;
    uint64_t count = 0;
    uint64_t transactions = 0;
    while (!reader.at_end()) {
        rlp::Item item;
        ASSERT_TRUE(reader.item("block", item));
        const auto block = decode_block(item.encoded);
        ASSERT_TRUE(block);
        const auto imported = chain->import(*block);
        ASSERT_TRUE(imported) << imported.error().message;
        ASSERT_EQ(imported->status, BlockStatus::Valid)
            << "block " << block->header.number << ": " << imported->reason;
        last = imported->block->hash;
        transactions += block->transactions.size();
        ++count;
        if (count % 7 == 0) {
            ASSERT_TRUE(chain->set_head(last));
        }
    }
    EXPECT_EQ(count, 54u);
    EXPECT_EQ(transactions, 249u);
    const auto set = chain->set_head(last, last, last);
    ASSERT_TRUE(set) << set.error().message;
    chain.reset();
    chain = open(*genesis);
    EXPECT_EQ(chain->head()->block->hash, last);
    EXPECT_EQ(chain->head()->finalized->hash, last);
    for (uint64_t number = 0; number <= count; ++number) {
        const auto block = chain->block({BlockTag::Number, number, {}, false});
        ASSERT_TRUE(block && *block != nullptr);
        const auto view = chain->view(*block);
        ASSERT_TRUE(view) << view.error().message;
        // The state's root by way of the head's trie: the way back and nothing else.
        const auto root = chain->root_over(*block, {});
        ASSERT_TRUE(root) << root.error().message;
        EXPECT_EQ(*root, (*block)->header().state_root) << number;
        for (size_t i = 0; i < (*block)->transaction_hashes.size(); ++i)
            EXPECT_EQ(chain->archive().transaction((*block)->transaction_hashes[i]).value(),
                      (TransactionPlace{number, static_cast<uint32_t>(i)}));
    }
}

TEST_F(ChainTest, SaysWhatIsWrongWithABlockAndItsDescendants) {
    const test::ChainBuilder builder;
    auto chain = open(builder.genesis());
    const auto good = builder.child(builder.first(), random_, 3, 8);
    auto bad = builder.child(good, random_, 3, 8);
    bad.block.header.state_root = to_bytes32(Uint256(1));
    bad.hash = header_hash(bad.block.header);
    ASSERT_EQ(chain->import(good.block)->status, BlockStatus::Valid);
    const auto refused = chain->import(bad.block);
    ASSERT_TRUE(refused);
    EXPECT_EQ(refused->status, BlockStatus::Invalid);
    EXPECT_EQ(refused->latest_valid, good.hash);
    EXPECT_NE(refused->reason.find("state root"), std::string::npos);
    const auto child = builder.child(bad, random_, 0, 8);
    const auto also = chain->import(child.block);
    EXPECT_EQ(also->status, BlockStatus::Invalid);
    EXPECT_EQ(also->latest_valid, good.hash);
    auto late = builder.child(good, random_, 0, 8);
    late.block.header.timestamp = good.block.header.timestamp;
    EXPECT_EQ(chain->import(late.block)->status, BlockStatus::Invalid);
    EXPECT_EQ(chain->set_head(bad.hash)->status, BlockStatus::Invalid);
    EXPECT_EQ(chain->set_head(bad.hash)->latest_valid, good.hash);
    EXPECT_EQ(chain->archive().block(bad.hash).value(), nullptr);
    EXPECT_EQ(chain->set_head(good.hash)->status, BlockStatus::Valid);
    expect_state(**chain->view(chain->head()->block), good.state);
    // Marks must be on the chain.
    EXPECT_EQ(chain->set_head(good.hash, bad.hash).error().code, ErrorCode::InvalidInput);
    EXPECT_EQ(chain->set_head(good.hash, builder.first().hash)->status, BlockStatus::Valid);
    EXPECT_EQ(chain->head()->safe->hash, builder.first().hash);
}

TEST_F(ChainTest, BlocksWaitForTheirParents) {
    const test::ChainBuilder builder;
    auto chain = open(builder.genesis());
    std::vector<test::BuiltBlock> blocks{builder.first()};
    for (int i = 0; i < 5; ++i)
        blocks.push_back(builder.child(blocks.back(), random_, 2, 8));
    for (size_t i = blocks.size() - 1; i > 1; --i)
        EXPECT_EQ(chain->import(blocks[i].block)->status, BlockStatus::Syncing);
    EXPECT_EQ(chain->set_head(blocks.back().hash)->status, BlockStatus::Syncing);
    EXPECT_EQ(chain->import(blocks[1].block)->status, BlockStatus::Valid);
    const auto set = chain->set_head(blocks.back().hash);
    ASSERT_TRUE(set);
    EXPECT_EQ(set->status, BlockStatus::Valid);
    expect_state(**chain->view(chain->head()->block), blocks.back().state);
}

TEST_F(ChainTest, AnotherGenesisIsRefused) {
    const test::ChainBuilder builder;
    (void)open(builder.genesis());
    Genesis other = builder.genesis();
    other.header.timestamp = 7;
    EXPECT_EQ(Chain::open(folder_, other, small_options()).error().code, ErrorCode::InvalidInput);
}

// All balances together are the number of withdrawals so far: a reader that saw a part of a block
// would find another sum.
TEST_F(ChainTest, ReadersSeeWholeBlocksBesideImportsAndReorganisations) {
    constexpr uint64_t kAccounts = 6;
    constexpr uint64_t kPerBlock = 3;
    const test::ChainBuilder builder;
    auto chain = open(builder.genesis());
    std::vector<test::BuiltBlock> blocks{builder.first()};
    for (int i = 0; i < 40; ++i) {
        const size_t back = i % 5 == 4 ? std::min<size_t>(2, blocks.size() - 1) : 0;
        blocks.push_back(
            builder.child(blocks[blocks.size() - 1 - back], random_, kPerBlock, kAccounts));
    }
    std::atomic<bool> stop{false};
    std::atomic<uint64_t> looks{0};
    std::vector<std::thread> readers;
    for (int t = 0; t < 2; ++t)
        readers.emplace_back([&] {
            while (!stop.load()) {
                const auto view = chain->view(chain->head()->block);
                if (!view) {
                    EXPECT_EQ(view.error().code, ErrorCode::NotFound);
                    continue;
                }
                Uint256 sum;
                for (uint64_t i = 0; i < kAccounts; ++i)
                    if (const auto account = (*view)->account(to_address(Uint256(0x1000 + i))))
                        sum += account->balance;
                if ((*view)->failure()) continue;
                EXPECT_EQ(sum,
                          Uint256((*view)->block()->number() * kPerBlock) * Uint256(1'000'000'000));
                ++looks;
            }
        });
    for (size_t i = 1; i < blocks.size(); ++i) {
        ASSERT_EQ(chain->import(blocks[i].block)->status, BlockStatus::Valid);
        ASSERT_EQ(chain->set_head(blocks[i].hash)->status, BlockStatus::Valid);
        const uint64_t before = looks.load();
        while (i % 4 == 0 && looks.load() == before)
            std::this_thread::yield();
    }
    stop = true;
    for (std::thread& reader : readers)
        reader.join();
    EXPECT_GE(looks.load(), 10u);
}

// A process that dies at any moment leaves the head that it acknowledged last, or the next.
TEST_F(ChainTest, AcknowledgedHeadsSurviveAKill) {
    const test::ChainBuilder builder;
    std::vector<test::BuiltBlock> blocks{builder.first()};
    for (int i = 0; i < 60; ++i) {
        const size_t back = i % 4 == 3 ? std::min<size_t>(2, blocks.size() - 1) : 0;
        blocks.push_back(builder.child(blocks[blocks.size() - 1 - back], random_, 2, 8));
    }
    uint32_t reached = 0;
    for (int kill = 0; kill < 5 && reached + 12 < blocks.size(); ++kill) {
        uint32_t last = reached;
        {
            const test::ChildProcess child([&](int acknowledge) {
                auto chain = Chain::open(folder_, builder.genesis(), small_options());
                if (!chain) return 1;
                for (uint32_t i = reached + 1; i < blocks.size(); ++i) {
                    if ((*chain)->import(blocks[i].block)->status != BlockStatus::Valid) return 2;
                    if ((*chain)->set_head(blocks[i].hash)->status != BlockStatus::Valid) return 3;
                    if (::write(acknowledge, &i, sizeof i) != sizeof i) return 4;
                }
                ::pause();
                return 0;
            });
            ASSERT_TRUE(child.started());
            const uint32_t wanted = last + 1 + static_cast<uint32_t>(random_() % 8);
            for (uint32_t i = 0; last < wanted && child.read(i);)
                last = i;
            ASSERT_EQ(last, wanted);
            // It goes on until the kill reaches it.
        }
        const auto chain = open(builder.genesis());
        const Bytes32 head = chain->head()->block->hash;
        while (last + 1 < blocks.size() && blocks[last].hash != head)
            ++last;
        ASSERT_EQ(head, blocks[last].hash) << "kill " << kill;
        reached = last;
        expect_state(**chain->view(chain->head()->block), blocks[reached].state);
        EXPECT_EQ(*chain->root_over(chain->head()->block, {}),
                  blocks[reached].block.header.state_root);
    }
    EXPECT_GE(reached, 5u);
}

}  // namespace
}  // namespace switchyard::node
