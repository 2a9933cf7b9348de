// SPDX-License-Identifier: Apache-2.0
#include "host/embedded/embedded_chain.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <random>

#include "host/execute/block_validation.hpp"
#include "host/state/memory_state.hpp"
#include "host/state/trie/state_trie.hpp"
#include "tests/unit/embedded/development_wallet.hpp"

namespace switchyard::embedded {
namespace {

namespace fs = std::filesystem;

EmbeddedOptions over_lanes(const std::string& detector = "software") {
    EmbeddedOptions out;
    out.lanes.lanes = 8;
    out.lanes.detector = detector;
    out.check_serially = true;
    out.cache_bytes = size_t{16} << 20;
    return out;
}

std::unique_ptr<EmbeddedChain> open(EmbeddedOptions options,
                                    const node::DevelopmentOptions& development = {}) {
    auto genesis = node::development_genesis(development);
    EXPECT_TRUE(genesis.has_value());
    auto out = EmbeddedChain::open(std::move(*genesis), std::move(options));
    EXPECT_TRUE(out.has_value()) << out.error().message;
    return out ? std::move(*out) : nullptr;
}

std::vector<Verdict> submit(EmbeddedChain& chain, const std::vector<Bytes>& transactions) {
    const std::vector<BytesView> raw(transactions.begin(), transactions.end());
    std::vector<Verdict> out(raw.size());
    chain.submit(raw, out);
    return out;
}

node::BlockPointer build(EmbeddedChain& chain, uint64_t seconds = 12) {
    BlockAttributes attributes;
    attributes.timestamp = chain.chain().head()->block->header().timestamp + seconds;
    attributes.slot_number = chain.chain().head()->block->number() + 1;
    const auto out = chain.build(attributes);
    EXPECT_TRUE(out.has_value()) << out.error().message;
    return out ? *out : nullptr;
}

/// The specification beside the chain: blocks one transaction after another over a state in memory,
/// whose root is computed from nothing.
class SerialChain {
  public:
    explicit SerialChain(const node::DevelopmentOptions& development)
        : genesis_(*node::development_genesis(development)) {
        state_.apply(genesis_.state);
    }
    [[nodiscard]] Bytes32 root_after(const node::ArchivedBlock& block) {
        const BlockHeader& header = block.header();
        execute::BlockInput input;
        input.header = &header;
        input.rules = execute::rules_for_block(genesis_.config, header.number, header.timestamp);
        const auto transactions =
            execute::recover_transactions(block.block.transactions, input.rules);
        EXPECT_TRUE(transactions.has_value());
        input.transactions = *transactions;
        const auto result = execute::execute_block_serial(input, state_);
        EXPECT_TRUE(result.has_value()) << result.error().message;
        EXPECT_EQ(result->receipts, block.receipts);
        state_.apply(result->changes);
        return trie::state_root(state_.all());
    }
    [[nodiscard]] const MemoryState& state() const { return state_; }

  private:
    node::Genesis genesis_;
    MemoryState state_;
};

class EmbeddedChainTest : public ::testing::TestWithParam<Revision> {};

TEST_P(EmbeddedChainTest, BlocksAreThoseOfSerialExecution) {
    node::DevelopmentOptions development;
    development.revision = GetParam();
    const auto chain = open(over_lanes(), development);
    ASSERT_NE(chain, nullptr);
    SerialChain serial(development);
    test::DevelopmentWallet wallet;
    std::mt19937_64 random(11);

    ASSERT_EQ(submit(*chain, {wallet.create(0, test::counter_creation(), 3)}),
              std::vector{Verdict::Accepted});
    const node::BlockPointer first = build(*chain);
    ASSERT_NE(first, nullptr);
    ASSERT_TRUE(first->receipts.at(0).created_address.has_value());
    const Address counter = *first->receipts[0].created_address;
    EXPECT_EQ(serial.root_after(*first), first->header().state_root);

    uint64_t calls = 0;
    for (int round = 0; round < 4; ++round) {
        std::vector<Bytes> transactions;
        for (int i = 0; i < 60; ++i) {
            const size_t from = random() % 10;
            if (random() % 3 == 0) {
                transactions.push_back(wallet.call(from, counter));
                ++calls;
            } else {
                transactions.push_back(wallet.pay(from, wallet.address(random() % 10), 5));
            }
        }
        for (const Verdict verdict : submit(*chain, transactions))
            ASSERT_EQ(verdict, Verdict::Accepted);
        const node::BlockPointer block = build(*chain);
        ASSERT_NE(block, nullptr);
        EXPECT_EQ(block->block.transactions.size(), 60U);
        EXPECT_EQ(serial.root_after(*block), block->header().state_root);
        const auto statistics = chain->lanes().statistics_of(block->hash);
        ASSERT_TRUE(statistics.has_value());
        EXPECT_EQ(statistics->execution.lanes, 8U);
        EXPECT_EQ(statistics->execution.transactions, 60U);
        EXPECT_EQ(statistics->execution.executions, 60 + statistics->execution.aborts);
    }
    const auto view = chain->chain().view(chain->chain().head()->block);
    ASSERT_TRUE(view.has_value());
    EXPECT_EQ((*view)->storage(counter, Uint256{0}), Uint256{calls});
    EXPECT_EQ(serial.state().storage(counter, Uint256{0}), Uint256{calls});
    EXPECT_EQ(chain->pool().size(), 0U);
}

INSTANTIATE_TEST_SUITE_P(Revisions, EmbeddedChainTest,
                         testing::Values(Revision::Shanghai, Revision::Cancun, Revision::Osaka,
                                         Revision::Amsterdam),
                         [](const auto& of) { return std::string(to_string(of.param)); });

TEST(EmbeddedChain, EveryDetectorGivesTheSameBlock) {
    std::optional<Bytes32> hash;
    for (const DetectorChoice& choice : available_detectors()) {
        if (!choice.available || choice.name == "card") continue;
        const auto chain = open(over_lanes(std::string(choice.name)));
        ASSERT_NE(chain, nullptr) << choice.name;
        EXPECT_EQ(chain->lanes().detector().name, choice.name);
        test::DevelopmentWallet wallet;
        std::vector<Bytes> transactions;
        for (size_t from = 0; from < 10; ++from)
            transactions.push_back(wallet.pay(from, wallet.address((from + 1) % 10), 1 + from));
        (void)submit(*chain, transactions);
        const node::BlockPointer block = build(*chain);
        ASSERT_NE(block, nullptr);
        EXPECT_EQ(block->block.transactions.size(), 10U);
        if (!hash) hash = block->hash;
        EXPECT_EQ(block->hash, *hash) << choice.name;
        EXPECT_GE(chain->lanes().detector().counters.batches, 1U) << choice.name;
    }
    EXPECT_TRUE(hash.has_value());
}

TEST(EmbeddedChain, ADetectorThatIsAbsentIsAnError) {
    auto options = over_lanes("no such detector");
    const auto opened = EmbeddedChain::open(*node::development_genesis(), options);
    ASSERT_FALSE(opened.has_value());
    EXPECT_EQ(opened.error().code, ErrorCode::NotFound);
}

TEST(EmbeddedChain, ExecutesBlocksOfOthersAndRefusesWrongOnes) {
    const auto ours = open(over_lanes());
    EmbeddedOptions unchecked = over_lanes();
    unchecked.check_serially = false;
    const auto theirs = open(unchecked);
    ASSERT_NE(ours, nullptr);
    ASSERT_NE(theirs, nullptr);
    test::DevelopmentWallet wallet;
    (void)submit(*theirs, {wallet.pay(0, wallet.address(1), 7)});
    const node::BlockPointer first = build(*theirs);
    const node::BlockPointer second = build(*theirs);
    ASSERT_NE(second, nullptr);
    const auto statistics = theirs->lanes().statistics_of(first->hash);
    ASSERT_TRUE(statistics.has_value());
    EXPECT_EQ(statistics->execution.lanes, 8U);
    EXPECT_EQ(statistics->execution.transactions, 1U);
    const Bytes first_rlp = encode_block(first->block);
    const Bytes second_rlp = encode_block(second->block);

    EXPECT_EQ(ours->execute(second_rlp, std::nullopt, true).error().code, ErrorCode::NotFound);
    EXPECT_EQ(ours->execute(first_rlp, second->hash, true).error().code, ErrorCode::Mismatch);
    EXPECT_EQ(ours->execute(Bytes{0xc0}, std::nullopt, true).error().code, ErrorCode::InvalidInput);
    Block wrong = first->block;
    wrong.header.state_root = Bytes32{{1}};
    const auto refused = ours->execute(encode_block(wrong), std::nullopt, true);
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error().code, ErrorCode::InvalidInput);
    EXPECT_NE(refused.error().message.find("state root"), std::string::npos);
    EXPECT_EQ(ours->chain().head()->block->number(), 0U);

    // Kept, and not the head.
    const auto kept = ours->execute(first_rlp, first->hash, false);
    ASSERT_TRUE(kept.has_value()) << kept.error().message;
    EXPECT_EQ(ours->chain().head()->block->number(), 0U);
    const auto done = ours->execute(second_rlp, second->hash, true);
    ASSERT_TRUE(done.has_value()) << done.error().message;
    EXPECT_EQ(ours->chain().head()->block->hash, second->hash);
    EXPECT_EQ((*kept)->receipts, first->receipts);
    EXPECT_EQ(ours->set_head(Bytes32{{9}}).error().code, ErrorCode::NotFound);
}

TEST(EmbeddedChain, AReorganisationIsToldAndReturnsItsTransactions) {
    const auto chain = open(over_lanes());
    const auto branch = open(over_lanes());
    ASSERT_NE(chain, nullptr);
    test::DevelopmentWallet wallet;
    const auto queue = chain->subscribe(16);
    (void)submit(*chain, {wallet.pay(0, wallet.address(1), 7)});
    const node::BlockPointer first = build(*chain);
    EXPECT_EQ(chain->pool().size(), 0U);
    const node::BlockPointer other = build(*branch, 13);
    const node::BlockPointer next = build(*branch, 13);
    for (const node::BlockPointer& block : {other, next})
        ASSERT_TRUE(chain->execute(encode_block(block->block), block->hash, block == next));
    EXPECT_EQ(chain->pool().status().executable, 1U);

    const auto expect = [&queue](BlockEvent::Kind kind, const Bytes32& hash) {
        const auto event = queue->next(std::chrono::milliseconds(0));
        ASSERT_TRUE(event.has_value());
        EXPECT_EQ(event->kind, kind);
        EXPECT_EQ(event->block->hash, hash);
        EXPECT_EQ(event->missed, 0U);
    };
    expect(BlockEvent::Kind::Added, first->hash);
    expect(BlockEvent::Kind::Removed, first->hash);
    expect(BlockEvent::Kind::Added, other->hash);
    expect(BlockEvent::Kind::Added, next->hash);
    EXPECT_FALSE(queue->next(std::chrono::milliseconds(0)).has_value());
    // Back, by a block that is here already.
    ASSERT_TRUE(chain->set_head(first->hash).has_value());
    EXPECT_EQ(chain->pool().size(), 0U);
}

TEST(EmbeddedChain, AQueueThatNobodyReadsDropsTheOldest) {
    const auto chain = open(over_lanes());
    ASSERT_NE(chain, nullptr);
    const auto queue = chain->subscribe(2);
    for (int i = 0; i < 5; ++i)
        (void)build(*chain);
    auto event = queue->next(std::chrono::milliseconds(0));
    ASSERT_TRUE(event.has_value());
    EXPECT_EQ(event->block->number(), 4U);
    EXPECT_EQ(event->missed, 3U);
    event = queue->next(std::chrono::milliseconds(0));
    ASSERT_TRUE(event.has_value());
    EXPECT_EQ(event->block->number(), 5U);
    EXPECT_EQ(event->missed, 0U);
}

TEST(EmbeddedChain, AFolderKeepsTheHeadAndThePool) {
    const fs::path folder =
        fs::temp_directory_path() / ("switchyard-embedded-" + std::to_string(::getpid()));
    fs::remove_all(folder);
    EmbeddedOptions options = over_lanes();
    options.folder = folder;
    test::DevelopmentWallet wallet;
    Bytes32 head;
    {
        const auto chain = open(options);
        ASSERT_NE(chain, nullptr);
        (void)submit(*chain, {wallet.pay(0, wallet.address(1), 7)});
        head = build(*chain)->hash;
        ASSERT_EQ(submit(*chain, {wallet.pay(0, wallet.address(2), 8)}),
                  std::vector{Verdict::Accepted});
    }
    {
        const auto chain = open(options);
        ASSERT_NE(chain, nullptr);
        EXPECT_EQ(chain->chain().head()->block->hash, head);
        EXPECT_EQ(chain->pool().status().executable, 1U);
        EXPECT_EQ(build(*chain)->block.transactions.size(), 1U);
    }
    node::DevelopmentOptions other;
    other.chain_id = 5;
    other.balance_ether = 1;
    const auto refused = EmbeddedChain::open(*node::development_genesis(other), options);
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error().code, ErrorCode::InvalidInput);
    fs::remove_all(folder);
}

TEST(EmbeddedChain, ATemporaryFolderIsRemoved) {
    fs::path folder;
    {
        const auto chain = open(over_lanes());
        ASSERT_NE(chain, nullptr);
        folder = chain->folder();
        EXPECT_TRUE(fs::exists(folder / "state"));
    }
    EXPECT_FALSE(fs::exists(folder));
}

TEST(EmbeddedChain, EveryTransactionHasItsVerdictAndHash) {
    const auto chain = open(over_lanes());
    ASSERT_NE(chain, nullptr);
    test::DevelopmentWallet wallet;
    test::DevelopmentWallet stranger(1);
    const Bytes good = wallet.pay(0, wallet.address(1), 7);
    wallet.set_nonce(1, 3);
    const Bytes gap = wallet.pay(1, wallet.address(2), 7);
    wallet.set_nonce(2, 0);
    const Bytes rich = wallet.pay(2, wallet.address(1), UINT64_MAX);
    std::vector<Bytes> transactions{good,
                                    Bytes{},
                                    Bytes{0x02, 0xc0},
                                    good,
                                    stranger.pay(3, wallet.address(1), 1),
                                    gap,
                                    rich,
                                    Bytes(kTransactionBytesMax + 1, 0x02)};
    const std::vector<BytesView> raw(transactions.begin(), transactions.end());
    std::vector<Verdict> verdicts(raw.size());
    std::vector<Bytes32> hashes(raw.size());
    chain->submit(raw, verdicts, hashes);
    EXPECT_EQ(verdicts, (std::vector{Verdict::Accepted, Verdict::Malformed, Verdict::Malformed,
                                     Verdict::Duplicate, Verdict::WrongChain, Verdict::Accepted,
                                     Verdict::InsufficientFunds, Verdict::TooLarge}));
    EXPECT_FALSE(hashes[0].is_zero());
    EXPECT_EQ(hashes[3], hashes[0]);
    EXPECT_TRUE(hashes[1].is_zero());
    EXPECT_TRUE(hashes[4].is_zero());
    EXPECT_FALSE(hashes[6].is_zero());
    EXPECT_EQ(chain->pool().status().executable, 1U);
    EXPECT_EQ(chain->pool().status().queued, 1U);
    const node::BlockPointer block = build(*chain);
    ASSERT_EQ(block->transaction_hashes.size(), 1U);
    EXPECT_EQ(block->transaction_hashes[0], hashes[0]);
}

}  // namespace
}  // namespace switchyard::embedded
