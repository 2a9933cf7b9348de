// SPDX-License-Identifier: Apache-2.0
#include "host/node/archive/archive.hpp"

#include <gtest/gtest.h>

#include <map>

#include "host/evm/evm.hpp"
#include "tests/support/test_data.hpp"

namespace switchyard::node {
namespace {

namespace fs = std::filesystem;

class ArchiveTest : public ::testing::Test {
  protected:
    void SetUp() override {
        folder_ = fs::temp_directory_path() /
                  ("switchyard-archive-" + std::to_string(::getpid()) + "-" +
                   ::testing::UnitTest::GetInstance()->current_test_info()->name());
        fs::remove_all(folder_);
    }
    void TearDown() override { fs::remove_all(folder_); }

    std::unique_ptr<Archive> open(const ArchiveOptions& options = {}) {
        auto archive = Archive::open(folder_, options);
        EXPECT_TRUE(archive) << archive.error().message;
        return archive ? *std::move(archive) : nullptr;
    }

    Address address(uint64_t n) { return to_address(Uint256(n)); }
    Bytes32 topic(uint64_t n) { return to_bytes32(Uint256(n)); }

    /// A block with random transactions and logs, few distinct values among them.
    BlockPointer make_block(uint64_t number, const Bytes32& parent) {
        auto out = std::make_shared<ArchivedBlock>();
        BlockHeader& header = out->block.header;
        header.number = number;
        header.parent_hash = parent;
        header.timestamp = random_();
        header.base_fee_per_gas = Uint256(random_());
        out->total_difficulty = Uint256(number, 1, 0, 0);
        for (uint64_t i = 0, count = random_() % 4; i < count; ++i) {
            Transaction transaction;
            transaction.type =
                random_() % 2 == 0 ? TransactionType::Legacy : TransactionType::DynamicFee;
            transaction.chain_id = 1;
            transaction.nonce = random_();
            if (random_() % 2 == 0) transaction.to = address(random_() % 4);
            transaction.signature = {Uint256(random_()), Uint256(random_()), 1};
            out->senders.push_back(address(random_() % 4));
            Receipt receipt;
            receipt.type = transaction.type;
            receipt.success = random_() % 2 == 0;
            receipt.gas_used = 21'000 + random_() % 100;
            receipt.cumulative_gas_used =
                receipt.gas_used +
                (out->receipts.empty() ? 0 : out->receipts.back().cumulative_gas_used);
            if (transaction.is_create() && receipt.success)
                receipt.created_address =
                    evm::create_address(out->senders.back(), transaction.nonce);
            for (uint64_t l = 0, logs = random_() % 3; l < logs; ++l) {
                Log log{address(random_() % 5), {}, Bytes(random_() % 5, 7)};
                for (uint64_t t = 0, topics = random_() % 5; t < topics; ++t)
                    log.topics.push_back(topic(random_() % 3));
                receipt.logs.push_back(std::move(log));
            }
            receipt.logs_bloom = bloom_of(receipt.logs);
            out->receipts.push_back(std::move(receipt));
            out->transaction_hashes.push_back(transaction_hash(transaction));
            out->block.transactions.push_back(std::move(transaction));
        }
        if (random_() % 3 == 0) out->access_list = Bytes(random_() % 3, 9);
        out->encoded_bytes = encode_block(out->block).size();
        out->hash = header_hash(header);
        return out;
    }

    static void advance(Archive& archive, HeadChange change, bool append = true) {
        if (append) {
            for (const BlockPointer& block : change.added)
                ASSERT_TRUE(archive.append(block));
        }
        change.marks.head = change.added.back()->hash;
        ASSERT_TRUE(archive.log_head(change));
        ASSERT_TRUE(archive.wait_durable());
        ASSERT_TRUE(archive.publish(std::move(change)));
    }

    std::mt19937_64 random_ = test::test_generator(91);
    fs::path folder_;
};

void expect_equal(const ArchivedBlock& found, const ArchivedBlock& expected) {
    EXPECT_EQ(found.hash, expected.hash);
    EXPECT_EQ(found.block, expected.block);
    EXPECT_EQ(found.transaction_hashes, expected.transaction_hashes);
    EXPECT_EQ(found.senders, expected.senders);
    EXPECT_EQ(found.receipts, expected.receipts);
    EXPECT_EQ(found.total_difficulty, expected.total_difficulty);
    EXPECT_EQ(found.encoded_bytes, expected.encoded_bytes);
    EXPECT_EQ(found.access_list, expected.access_list);
}

TEST_F(ArchiveTest, RecordsDecodeToWhatTheyWereMadeOf) {
    for (int i = 0; i < 200; ++i) {
        const auto block = make_block(random_() % 1000, topic(random_()));
        const Bytes encoded = encode_archived_block(*block);
        const auto decoded = decode_archived_block(encoded);
        ASSERT_TRUE(decoded) << decoded.error().message;
        expect_equal(**decoded, *block);
        // A changed byte is found, or gives another record that encodes to these bytes again.
        Bytes damaged = encoded;
        damaged[random_() % damaged.size()] ^= static_cast<uint8_t>(1 + random_() % 255);
        if (const auto other = decode_archived_block(damaged)) {
            EXPECT_EQ(encode_archived_block(**other), damaged);
        }
        EXPECT_FALSE(decode_archived_block(BytesView(encoded).first(random_() % encoded.size())));
    }
}

/// What the archive must answer, in maps.
struct Model {
    std::vector<BlockPointer> canonical;
    std::map<Bytes32, BlockPointer> all;

    void check(const Archive& archive) const {
        for (const auto& [hash, block] : all) {
            const auto found = archive.block(hash);
            ASSERT_TRUE(found) << found.error().message;
            ASSERT_NE(*found, nullptr) << "block " << block->number();
            expect_equal(**found, *block);
        }
        std::map<Bytes32, TransactionPlace> places;
        for (size_t number = 0; number < canonical.size(); ++number) {
            EXPECT_EQ(archive.canonical_hash(number).value(), canonical[number]->hash);
            EXPECT_EQ(archive.canonical_block(number).value()->hash, canonical[number]->hash);
            for (size_t i = 0; i < canonical[number]->transaction_hashes.size(); ++i)
                places[canonical[number]->transaction_hashes[i]] = {number,
                                                                    static_cast<uint32_t>(i)};
        }
        EXPECT_EQ(archive.canonical_hash(canonical.size()).value(), std::nullopt);
        EXPECT_EQ(archive.canonical_block(canonical.size()).value(), nullptr);
        for (const auto& [hash, block] : all)
            for (const Bytes32& transaction : block->transaction_hashes) {
                const auto found = archive.transaction(transaction).value();
                const auto expected = places.find(transaction);
                EXPECT_EQ(found, expected == places.end() ? std::nullopt
                                                          : std::optional(expected->second));
            }
        EXPECT_EQ(archive.marks().head, canonical.back()->hash);
    }

    [[nodiscard]] std::vector<std::tuple<Bytes32, uint32_t, uint32_t, uint64_t>> logs(
        const LogFilter& filter, uint64_t from, uint64_t to) const {
        std::vector<std::tuple<Bytes32, uint32_t, uint32_t, uint64_t>> out;
        for (uint64_t n = from; n <= to && n < canonical.size(); ++n) {
            uint64_t index = 0;
            const auto& receipts = canonical[n]->receipts;
            for (uint32_t t = 0; t < receipts.size(); ++t)
                for (uint32_t l = 0; l < receipts[t].logs.size(); ++l, ++index)
                    if (fits(filter, receipts[t].logs[l]))
                        out.emplace_back(canonical[n]->hash, t, l, index);
        }
        return out;
    }

    /// Written apart from `LogFilter::matches`.
    static bool fits(const LogFilter& filter, const Log& log) {
        const auto one_of = [](const auto& set, const auto& value) {
            return set.empty() || std::count(set.begin(), set.end(), value) != 0;
        };
        bool out = one_of(filter.addresses, log.address);
        for (size_t i = 0; i < filter.topics.size(); ++i)
            out = out && i < log.topics.size() && one_of(filter.topics[i], log.topics[i]);
        return out;
    }
};

TEST_F(ArchiveTest, AnswersLikeAMapThroughReorganisationsAndRestarts) {
    ArchiveOptions options;
    options.tail_blocks = 6;
    options.batch_steps = 5;
    options.cache_bytes = 20'000;
    auto archive = open(options);
    Model model;
    const auto genesis = make_block(0, {});
    model.canonical = {genesis};
    model.all[genesis->hash] = genesis;
    advance(*archive, {std::nullopt, {genesis}, {}});
    for (int round = 0; round < 120; ++round) {
        uint64_t keep = model.canonical.size();
        if (random_() % 3 == 0) keep = std::max<uint64_t>(1, keep - random_() % (keep + 1));
        if (keep + 20 < model.canonical.size()) keep = model.canonical.size() - 20;
        model.canonical.resize(keep);
        HeadChange change{keep - 1, {}, {}};
        for (uint64_t i = 0, count = 1 + random_() % 4; i < count; ++i) {
            const auto block = make_block(keep + i, model.canonical.back()->hash);
            model.canonical.push_back(block);
            model.all[block->hash] = block;
            change.added.push_back(block);
        }
        advance(*archive, change);
        if (random_() % 4 == 0) {
            ASSERT_TRUE(archive->flush());
        }
        if (random_() % 8 == 0) {
            archive.reset();
            archive = open(options);
        }
        if (round % 10 == 9) model.check(*archive);
        for (int query = 0; query < 4; ++query) {
            LogFilter filter;
            for (uint64_t i = 0, n = random_() % 3; i < n; ++i)
                filter.addresses.push_back(address(random_() % 5));
            filter.topics.resize(random_() % 4);
            for (auto& set : filter.topics)
                for (uint64_t i = 0, n = random_() % 3; i < n; ++i)
                    set.push_back(topic(random_() % 3));
            const uint64_t from = random_() % model.canonical.size();
            const uint64_t to = from + random_() % (model.canonical.size() - from);
            const auto found = archive->logs(filter, from, to, {});
            ASSERT_TRUE(found) << found.error().message;
            std::vector<std::tuple<Bytes32, uint32_t, uint32_t, uint64_t>> places;
            for (const FoundLog& log : *found)
                places.emplace_back(log.block->hash, log.transaction, log.log, log.index);
            ASSERT_EQ(places, model.logs(filter, from, to));
        }
    }
    model.check(*archive);
}

TEST_F(ArchiveTest, LimitsOfASearchHold) {
    auto archive = open();
    Model model;
    HeadChange change{std::nullopt, {}, {}};
    Bytes32 parent;
    for (uint64_t n = 0; n < 300; ++n) {
        change.added.push_back(make_block(n, parent));
        parent = change.added.back()->hash;
    }
    model.canonical = change.added;
    advance(*archive, change);
    ASSERT_TRUE(archive->flush());
    const size_t all = model.logs({}, 0, 299).size();
    LogLimits limits;
    limits.logs = all;
    EXPECT_EQ(archive->logs({}, 0, 299, limits).value().size(), all);
    limits.logs = all - 1;
    EXPECT_EQ(archive->logs({}, 0, 299, limits).error().code, ErrorCode::LimitExceeded);
    limits = {};
    limits.blocks_read = 100;
    EXPECT_EQ(archive->logs({}, 0, 299, limits).error().code, ErrorCode::LimitExceeded);
    EXPECT_TRUE(archive->logs({}, 50, 99, limits));
    limits = {};
    limits.cancelled = [] { return true; };
    EXPECT_EQ(archive->logs({}, 0, 299, limits).error().code, ErrorCode::Timeout);
    // A criterion whose index is too long is left out, and nothing is missed.
    limits = {};
    limits.index_rows = 1;
    const LogFilter filter{{address(1)}, {}};
    EXPECT_EQ(archive->logs(filter, 0, 299, limits).value().size(),
              model.logs(filter, 0, 299).size());
}

TEST_F(ArchiveTest, BlocksThatDidNotBecomeCanonicalGoAfterAWhile) {
    ArchiveOptions options;
    options.side_blocks = 10;
    options.tail_blocks = 2;
    options.cache_bytes = 0;
    auto archive = open(options);
    const auto genesis = make_block(0, {});
    advance(*archive, {std::nullopt, {genesis}, {}});
    const auto side = make_block(1, genesis->hash);
    ASSERT_TRUE(archive->append(side));
    BlockPointer last = genesis;
    for (uint64_t n = 1; n < 30; ++n) {
        const auto next = make_block(n, last->hash);
        advance(*archive, {n - 1, {next}, {}});
        last = next;
        ASSERT_TRUE(archive->flush());
        if (n < 9) {
            EXPECT_NE(archive->block(side->hash).value(), nullptr) << n;
        }
    }
    EXPECT_EQ(archive->block(side->hash).value(), nullptr);
    EXPECT_NE(archive->block(genesis->hash).value(), nullptr);
}

}  // namespace
}  // namespace switchyard::node
