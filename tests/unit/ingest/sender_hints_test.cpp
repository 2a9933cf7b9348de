// SPDX-License-Identifier: Apache-2.0
// Sender hints must change how signatures are verified, and nothing else.
#include <gtest/gtest.h>

#include "host/ingest/memory_source.hpp"
#include "host/ingest/verified_queue.hpp"
#include "host/ingest/verify_station.hpp"
#include "tests/support/test_data.hpp"
#include "tools/workloads/signer.hpp"

namespace switchyard {
namespace {

using Hinted = MemorySource::Hinted;

constexpr size_t kSenders = 150;
constexpr size_t kTransactions = 600;
constexpr uint64_t kHonest = 7;
constexpr uint64_t kLiar = (uint64_t{1} << 40) + 8;

/// Transfers by a few senders, several of each; of every tenth the signature is damaged.
class SenderHints : public ::testing::Test {
  protected:
    void SetUp() override {
        auto random = test::test_generator(40);
        const workloads::Signer signer;
        for (size_t i = 0; i < kTransactions; ++i) {
            const auto identity = signer.identity(1, random() % kSenders);
            Transaction transaction;
            transaction.type = TransactionType::DynamicFee;
            transaction.chain_id = 1;
            transaction.nonce = i;
            transaction.to = Address{{1}};
            Bytes bytes = signer.sign(transaction, identity);
            if (i % 10 == 9) {
                transaction.signature.s = transaction.signature.s ^ Uint256 { 1 };
                bytes = encode_transaction(transaction);
            }
            signers_.push_back(identity.address);
            transactions_.push_back(std::move(bytes));
        }
        expected_ = run(station_without_, hinted(kHonest, [](size_t) { return std::nullopt; }));
        ASSERT_GE(expected_.verified.size(), kTransactions * 9 / 10);
    }

    struct Outcome {
        std::vector<Verdict> verdicts;
        std::vector<SignedTransaction> verified;
    };

    static Outcome run(VerifyStation& station, std::vector<Hinted> transactions) {
        MemorySource source = MemorySource::with_hints(std::move(transactions));
        VerifiedQueue queue(kTransactions);
        while (!source.exhausted())
            EXPECT_GT(station.step(source, queue), 0U);
        Outcome out;
        for (size_t i = 0; i < source.size(); ++i)
            out.verdicts.push_back(source.verdict(i));
        out.verified = queue.take();
        return out;
    }

    void expect_the_same(const Outcome& outcome) const {
        EXPECT_EQ(outcome.verdicts, expected_.verdicts);
        ASSERT_EQ(outcome.verified.size(), expected_.verified.size());
        for (size_t i = 0; i < outcome.verified.size(); ++i) {
            ASSERT_EQ(outcome.verified[i].sender, expected_.verified[i].sender) << i;
            ASSERT_EQ(outcome.verified[i].hash, expected_.verified[i].hash) << i;
        }
    }

    /// All transactions, each with the hint that `hint(i)` gives, from `source`.
    template <typename Hint>
    [[nodiscard]] std::vector<Hinted> hinted(uint64_t source, Hint hint) const {
        std::vector<Hinted> out;
        for (size_t i = 0; i < kTransactions; ++i)
            out.push_back({transactions_[i], hint(i), source});
        return out;
    }
    [[nodiscard]] std::vector<Hinted> honest() const {
        return hinted(kHonest, [&](size_t i) { return signers_[i]; });
    }

    std::vector<Address> signers_;
    std::vector<Bytes> transactions_;
    VerifyStation station_without_{{}};
    Outcome expected_;
};

TEST_F(SenderHints, KeysAreLearnedOnceAndThenUsed) {
    VerifyStation station({.batch_size = 300});
    const VerifyStatistics& statistics = station.statistics();
    std::vector<Hinted> good;
    for (size_t i = 0; i < kTransactions; ++i)
        if (i % 10 != 9) good.push_back({transactions_[i], signers_[i], kHonest});
    const size_t count = good.size();
    EXPECT_EQ(run(station, good).verified.size(), count);
    EXPECT_GT(statistics.hints_of_strangers, kSenders / 2);
    const uint64_t strangers = statistics.hints_of_strangers;
    EXPECT_EQ(run(station, good).verified.size(), count);
    EXPECT_EQ(statistics.hints_of_strangers, strangers);
    EXPECT_EQ(statistics.hints_right + strangers, 2 * count);
    EXPECT_EQ(statistics.hints_wrong, 0U);
    EXPECT_EQ(statistics.hints_passed_over, 0U);
}

TEST_F(SenderHints, DamagedSignaturesStayRefusedUnderRightHints) {
    // A batch of one, below and above the break-even of verification, and the largest.
    for (const size_t batch_size : {1U, 30U, 256U, 1024U}) {
        VerifyStation station({.batch_size = batch_size});
        for (int round = 0; round < 3; ++round)
            expect_the_same(run(station, honest()));
    }
}

TEST_F(SenderHints, WrongHintsChangeNothing) {
    for (const size_t batch_size : {7U, 200U, 1024U}) {
        VerifyStation station({.batch_size = batch_size});
        (void)run(station, honest());
        // Another known sender, twice, so that the liar is known the second time; addresses without
        // a key; half of them right.
        for (int round = 0; round < 2; ++round)
            expect_the_same(
                run(station, hinted(kLiar, [&](size_t i) { return signers_[(i + 1) % 600]; })));
        expect_the_same(run(station, hinted(kLiar + 1, [](size_t) { return Address{{9}}; })));
        expect_the_same(run(station, hinted(kLiar + 2, [](size_t) { return Address{}; })));
        expect_the_same(run(station, hinted(kLiar + 3, [&](size_t i) {
                                return signers_[i % 2 == 0 ? i : 599 - i];
                            })));
        EXPECT_GT(station.statistics().hints_wrong, 0U);
        EXPECT_GT(station.statistics().hints_passed_over, 0U);
    }
}

TEST_F(SenderHints, ALiarPaysAndItsNeighboursDoNot) {
    VerifyStation station({.batch_size = 100});
    (void)run(station, honest());
    (void)run(station, honest());
    const VerifyStatistics before = station.statistics();
    // Every second transaction comes from a source that names somebody else.
    std::vector<Hinted> mixed;
    for (size_t i = 0; i < kTransactions; ++i) {
        const bool lie = i % 2 == 1;
        mixed.push_back({transactions_[i], signers_[lie ? (i + 1) % kTransactions : i],
                         lie ? kLiar : kHonest + 1});
    }
    expect_the_same(run(station, mixed));
    const VerifyStatistics& after = station.statistics();
    // One batch of the liar's hints was believed, half of 100; then 256 are passed over.
    EXPECT_LE(after.hints_wrong - before.hints_wrong, 50U);
    EXPECT_GE(after.hints_passed_over - before.hints_passed_over, 200U);
    EXPECT_GE(after.hints_right - before.hints_right, 250U);
}

TEST_F(SenderHints, ATrustedSourceKeepsItsProofsBesideAnyNumberOfLiars) {
    VerifyStation station({.batch_size = kTransactions});
    std::vector<Hinted> good;
    for (size_t i = 0; i < kTransactions; ++i)
        if (i % 10 != 9) good.push_back({transactions_[i], signers_[i], kHonest});
    // The first round makes the keys known, the third ends after a thousand right hints.
    for (int round = 0; round < 3; ++round)
        (void)run(station, good);
    const uint64_t before = station.statistics().signatures_proven;
    EXPECT_LE(before, 2 * good.size());
    EXPECT_GT(before, good.size());
    // Every third hint is of a source that nobody has seen, and wrong.
    std::vector<Hinted> mixed = good;
    size_t honest = good.size();
    for (size_t i = 0; i < mixed.size(); i += 3) {
        mixed[i].sender_hint = good[(i + 1) % good.size()].sender_hint;
        mixed[i].source_id = kLiar + i;
        --honest;
    }
    EXPECT_EQ(run(station, mixed).verified.size(), good.size());
    EXPECT_EQ(station.statistics().signatures_proven - before, honest);
}

TEST_F(SenderHints, AStationWithoutRoomForKeysIgnoresThem) {
    VerifyStation station({.known_keys = 0});
    expect_the_same(run(station, honest()));
    const VerifyStatistics& statistics = station.statistics();
    EXPECT_EQ(statistics.hints_right + statistics.hints_wrong + statistics.hints_of_strangers +
                  statistics.hints_passed_over,
              0U);
}

TEST_F(SenderHints, ASenderIsRememberedOnlyForWhatWasAccepted) {
    /// Refuses all.
    class Nothing final : public TransactionSink {
      public:
        [[nodiscard]] size_t room() const override { return kBatchTransactionsMax; }
        void accept(std::span<SignedTransaction>, std::span<Verdict> verdicts) override {
            std::ranges::fill(verdicts, Verdict::InsufficientFunds);
        }
    };
    VerifyStation station({});
    for (int round = 0; round < 2; ++round) {
        MemorySource source = MemorySource::with_hints({{transactions_[0], signers_[0], kHonest}});
        Nothing nothing;
        EXPECT_EQ(station.step(source, nothing), 1U);
    }
    EXPECT_EQ(station.statistics().hints_of_strangers, 2U);
    EXPECT_EQ(station.statistics().hints_right, 0U);
}

}  // namespace
}  // namespace switchyard
