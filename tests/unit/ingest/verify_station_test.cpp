// SPDX-License-Identifier: Apache-2.0
#include "host/ingest/verify_station.hpp"

#include <gtest/gtest.h>

#include <map>

#include "host/chain/hash.hpp"
#include "host/ingest/memory_source.hpp"
#include "host/ingest/verified_queue.hpp"
#include "tests/support/test_data.hpp"
#include "tools/fixtures/mainnet_block.hpp"

namespace switchyard {
namespace {

/// Refuses every `nth` transaction as a duplicate.
class PickySink final : public TransactionSink {
  public:
    explicit PickySink(size_t nth) : nth_(nth) {}
    [[nodiscard]] size_t room() const override { return kBatchTransactionsMax; }
    void accept(std::span<SignedTransaction> transactions, std::span<Verdict> verdicts) override {
        for (size_t i = 0; i < transactions.size(); ++i) {
            const bool keep = ++seen_ % nth_ != 0;
            verdicts[i] = keep ? Verdict::Accepted : Verdict::Duplicate;
            if (keep) kept.push_back(transactions[i].hash);
        }
    }
    std::vector<Bytes32> kept;

  private:
    size_t nth_;
    size_t seen_ = 0;
};

/// Runs `source` dry; fails when the station stands still before.
void run_dry(VerifyStation& station, MemorySource& source, TransactionSink& sink) {
    while (!source.exhausted())
        ASSERT_GT(station.step(source, sink), 0U);
    EXPECT_EQ(source.outstanding(), 0U);
}

const fixtures::MainnetBlock* mainnet_block(const std::filesystem::path& mainnet,
                                            const std::string& number) {
    static std::map<std::string, fixtures::MainnetBlock> cache;
    if (const auto found = cache.find(number); found != cache.end()) return &found->second;
    auto block = fixtures::load_mainnet_block((mainnet / "blocks" / (number + ".json")).string());
    if (!block) {
        ADD_FAILURE() << block.error().message;
        return nullptr;
    }
    return &cache.emplace(number, *std::move(block)).first->second;
}

TEST(VerifyStation, RecoversWholeMainnetBlocks) {
    SWITCHYARD_REQUIRE_SUITE(mainnet, "mainnet");
    // Types 0 to 4, with and without replay protection.
    for (const char* number : {"2179522", "12300570", "19932148", "25229957"}) {
        const auto* block = mainnet_block(mainnet, number);
        ASSERT_NE(block, nullptr);
        MemorySource source(block->transactions);
        VerifyStation station({.batch_size = 100});
        VerifiedQueue queue(10'000);
        run_dry(station, source, queue);
        const auto verified = queue.take();
        ASSERT_EQ(verified.size(), block->transactions.size()) << number;
        for (size_t i = 0; i < verified.size(); ++i) {
            EXPECT_EQ(source.verdict(i), Verdict::Accepted);
            ASSERT_EQ(verified[i].hash, block->transaction_hashes[i]) << number << " " << i;
            ASSERT_EQ(verified[i].sender, block->senders[i]) << number << " " << i;
            EXPECT_EQ(verified[i].encoded_bytes, block->transactions[i].size());
        }
        EXPECT_EQ(station.statistics().transactions, verified.size());
        EXPECT_EQ(station.statistics().batches, (verified.size() + 99) / 100);
        EXPECT_EQ(station.statistics().count(Verdict::Accepted), verified.size());
    }
}

TEST(VerifyStation, AcceptsHighSOnlyBeforeHomestead) {
    SWITCHYARD_REQUIRE_SUITE(mainnet, "mainnet");
    const auto* block = mainnet_block(mainnet, "2179522");
    ASSERT_NE(block, nullptr);
    auto transaction = decode_transaction(block->transactions[0]);
    ASSERT_TRUE(transaction.has_value());
    constexpr Uint256 kOrder{0xbfd25e8cd0364141, 0xbaaedce6af48a03b, 0xfffffffffffffffe,
                             0xffffffffffffffff};
    transaction->signature.s = kOrder - transaction->signature.s;
    transaction->signature.y_parity ^= 1;
    for (const bool require : {true, false}) {
        MemorySource source({encode_transaction(*transaction)});
        VerifyStation station({.require_low_s = require});
        VerifiedQueue queue(10);
        run_dry(station, source, queue);
        EXPECT_EQ(source.verdict(0), require ? Verdict::InvalidSignature : Verdict::Accepted);
        const auto verified = queue.take();
        ASSERT_EQ(verified.size(), require ? 0U : 1U);
        EXPECT_TRUE(require || verified[0].sender == block->senders[0]);
    }
}

TEST(VerifyStation, GivesEachBadTransactionItsVerdict) {
    SWITCHYARD_REQUIRE_SUITE(mainnet, "mainnet");
    const auto* block = mainnet_block(mainnet, "19932148");
    ASSERT_NE(block, nullptr);
    const Bytes good = block->transactions[0];
    auto transaction = decode_transaction(good);
    ASSERT_TRUE(transaction.has_value());

    std::vector<std::pair<Bytes, Verdict>> cases = {{good, Verdict::Accepted}};
    cases.emplace_back(Bytes{}, Verdict::Malformed);
    cases.emplace_back(Bytes(good.begin(), good.end() - 1), Verdict::Malformed);
    cases.emplace_back(Bytes{0x7f, 0xc0}, Verdict::Unsupported);
    cases.emplace_back(Bytes(kTransactionBytesMax + 1, 0xff), Verdict::TooLarge);
    Transaction other = *transaction;
    other.chain_id = 5;
    cases.emplace_back(encode_transaction(other), Verdict::WrongChain);
    other = *transaction;
    other.signature.r = 0;
    cases.emplace_back(encode_transaction(other), Verdict::InvalidSignature);
    other.signature.r = ~Uint256{};
    cases.emplace_back(encode_transaction(other), Verdict::InvalidSignature);
    cases.emplace_back(good, Verdict::Accepted);

    std::vector<Bytes> all;
    for (const auto& [bytes, verdict] : cases)
        all.push_back(bytes);
    MemorySource source(all);
    VerifyStation station({.batch_size = 4});
    VerifiedQueue queue(10);
    run_dry(station, source, queue);
    for (size_t i = 0; i < cases.size(); ++i)
        EXPECT_EQ(source.verdict(i), cases[i].second) << i;
    const auto verified = queue.take();
    ASSERT_EQ(verified.size(), 2U);
    EXPECT_EQ(verified[0].hash, block->transaction_hashes[0]);
    EXPECT_EQ(station.statistics().transactions, cases.size());
    EXPECT_EQ(station.statistics().count(Verdict::InvalidSignature), 2U);
    EXPECT_EQ(station.statistics().count(Verdict::Malformed), 2U);
}

TEST(VerifyStation, RefusesUnprotectedTransactionsWhereToldTo) {
    SWITCHYARD_REQUIRE_SUITE(mainnet, "mainnet");
    const auto* block = mainnet_block(mainnet, "2179522");
    ASSERT_NE(block, nullptr);
    MemorySource source({block->transactions[0]});
    VerifyStation station({.require_replay_protection = true});
    VerifiedQueue queue(10);
    run_dry(station, source, queue);
    EXPECT_EQ(source.verdict(0), Verdict::WrongChain);
}

TEST(VerifyStation, WaitsForRoomWithoutLosingAny) {
    SWITCHYARD_REQUIRE_SUITE(mainnet, "mainnet");
    const auto* block = mainnet_block(mainnet, "19932148");
    ASSERT_NE(block, nullptr);
    MemorySource source(block->transactions);
    VerifyStation station({.batch_size = 64});
    VerifiedQueue queue(50);
    std::vector<Bytes32> hashes;
    while (!source.exhausted()) {
        EXPECT_LE(station.step(source, queue), 50U);
        EXPECT_EQ(station.step(source, queue), 0U);  // the queue is full or the source is dry
        for (const auto& transaction : queue.take())
            hashes.push_back(transaction.hash);
    }
    EXPECT_EQ(hashes, block->transaction_hashes);
    EXPECT_GT(station.statistics().waits_for_room, 0U);
}

TEST(VerifyStation, PassesTheSinksVerdictsOn) {
    SWITCHYARD_REQUIRE_SUITE(mainnet, "mainnet");
    const auto* block = mainnet_block(mainnet, "19932148");
    ASSERT_NE(block, nullptr);
    std::vector<Bytes> mixed;
    for (size_t i = 0; i < 30; ++i) {
        mixed.push_back(block->transactions[i]);
        mixed.push_back({0xc0});
    }
    MemorySource source(mixed);
    VerifyStation station({.batch_size = 7});
    PickySink sink(3);
    run_dry(station, source, sink);
    EXPECT_EQ(station.statistics().count(Verdict::Duplicate), 10U);
    EXPECT_EQ(station.statistics().count(Verdict::Malformed), 30U);
    EXPECT_EQ(station.statistics().count(Verdict::Accepted), 20U);
    ASSERT_EQ(sink.kept.size(), 20U);
    size_t next = 0;
    for (size_t i = 0; i < 30; ++i) {
        EXPECT_EQ(source.verdict(2 * i + 1), Verdict::Malformed);
        if (source.verdict(2 * i) != Verdict::Accepted) continue;
        EXPECT_EQ(sink.kept[next++], block->transaction_hashes[i]);
    }
}

TEST(VerifyStation, MeasuresWithTheClockItIsGiven) {
    MemorySource source(std::vector<Bytes>(10, Bytes{0xc0}));
    uint64_t now = 1000;
    VerifyStation station({.batch_size = 5}, [&now] { return now += 7; });
    VerifiedQueue queue(10);
    run_dry(station, source, queue);
    EXPECT_EQ(station.step(source, queue), 0U);
    EXPECT_EQ(station.statistics().batches, 2U);
    EXPECT_EQ(station.statistics().busy_ns, 14U);
    EXPECT_EQ(station.statistics().bytes, 10U);
}

TEST(VerifyStation, SurvivesDamagedTransactions) {
    SWITCHYARD_REQUIRE_SUITE(mainnet, "mainnet");
    const auto* block = mainnet_block(mainnet, "25229957");
    ASSERT_NE(block, nullptr);
    auto generator = test::test_generator(7);
    std::vector<Bytes> damaged;
    for (size_t i = 0; i < 2000; ++i) {
        Bytes bytes = block->transactions[generator() % block->transactions.size()];
        for (uint64_t n = generator() % 3; n-- > 0;)
            bytes[generator() % bytes.size()] = static_cast<uint8_t>(generator());
        if (generator() % 8 == 0) bytes.resize(generator() % bytes.size());
        damaged.push_back(std::move(bytes));
    }
    const std::vector<Bytes> copy = damaged;
    MemorySource source(std::move(damaged));
    VerifyStation station({});
    VerifiedQueue queue(2000);
    run_dry(station, source, queue);
    const auto verified = queue.take();
    size_t next = 0;
    for (size_t i = 0; i < copy.size(); ++i) {
        if (source.verdict(i) != Verdict::Accepted) continue;
        ASSERT_LT(next, verified.size());
        ASSERT_EQ(verified[next++].hash, keccak256(copy[i]));
    }
    EXPECT_EQ(next, verified.size());
    EXPECT_GT(next, 100U);
}

}  // namespace
}  // namespace switchyard
