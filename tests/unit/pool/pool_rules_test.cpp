// SPDX-License-Identifier: Apache-2.0
// The rules that geth's pools have (core/txpool), one by one.
#include <map>
#include <set>

#include "host/pool/refusal_text.hpp"
#include "tests/unit/pool/pool_fixture.hpp"

namespace switchyard {
namespace {

using namespace pool_tests;

class PoolRulesTest : public PoolTest {
  protected:
    /// All events since the last call.
    static std::vector<PoolEvent> events_of(PoolEventQueue& queue) {
        std::vector<PoolEvent> out(1000);
        out.resize(queue.poll(out));
        return out;
    }
    void delegate(uint8_t sender) {
        Account account;
        account.balance = Uint256{1'000'000'000 * kGwei};
        account.code_hash = Bytes32{{0xef, 0x01}};
        state_.set_account(sender_of(sender), account);
    }
};

TEST_F(PoolRulesTest, QueuesBehindAGapAndPromotesWhenItIsFilled) {
    const auto pool = make_pool();
    const auto queue = pool->subscribe();
    ASSERT_EQ(pool->add(transaction({.nonce = 2})), Verdict::Accepted);
    ASSERT_EQ(pool->add(transaction({.nonce = 1})), Verdict::Accepted);
    EXPECT_EQ(pool->status().executable, 0U);
    EXPECT_EQ(pool->status().queued, 2U);
    EXPECT_EQ(pool->next_nonce(sender_of(1)), 0U);
    ASSERT_EQ(pool->add(transaction({.nonce = 0})), Verdict::Accepted);
    EXPECT_EQ(pool->status().executable, 3U);
    EXPECT_EQ(pool->next_nonce(sender_of(1)), 3U);
    EXPECT_FALSE(pool->next_nonce(sender_of(2)).has_value());
    const auto events = events_of(*queue);
    ASSERT_EQ(events.size(), 5U);
    using Kind = PoolEvent::Kind;
    EXPECT_EQ(events[0].kind, Kind::Queued);
    EXPECT_TRUE(events[0].is_new);
    EXPECT_EQ(events[1].kind, Kind::Queued);
    const std::vector<uint64_t> nonces = {0, 1, 2};
    for (size_t i = 2; i < 5; ++i) {
        EXPECT_EQ(events[i].kind, Kind::Pending);
        EXPECT_EQ(events[i].nonce, nonces[i - 2]);
        EXPECT_EQ(events[i].is_new, i == 2);
    }
}

TEST_F(PoolRulesTest, LimitsASendersQueueAndAllSenders) {
    const auto pool = make_pool({.queued_max = 5, .queued_per_sender_max = 3});
    for (uint64_t nonce = 2; nonce < 5; ++nonce)
        ASSERT_EQ(pool->add(transaction({.nonce = nonce})), Verdict::Accepted);
    EXPECT_EQ(pool->add(transaction({.nonce = 5})), Verdict::SenderLimit);
    ASSERT_EQ(pool->add(transaction({.sender = 2, .nonce = 1})), Verdict::Accepted);
    ASSERT_EQ(pool->add(transaction({.sender = 3, .nonce = 1})), Verdict::Accepted);
    EXPECT_EQ(pool->add(transaction({.sender = 4, .nonce = 1})), Verdict::PoolFull);
    // An executable one takes no place of the queue.
    EXPECT_EQ(pool->add(transaction({.sender = 4, .nonce = 0})), Verdict::Accepted);
}

TEST_F(PoolRulesTest, ADearerOneTakesThePlaceOfTheCheapestPublicOne) {
    const auto pool = make_pool({.transactions_max = 3});
    const auto queue = pool->subscribe();
    const auto add = [&pool](const Fields& fields, Origin origin) {
        return pool->add(transaction(fields), origin);
    };
    ASSERT_EQ(add({.sender = 1, .max_fee = 20 * kGwei}, Origin::Public), Verdict::Accepted);
    ASSERT_EQ(add({.sender = 2, .max_fee = 30 * kGwei}, Origin::Public), Verdict::Accepted);
    ASSERT_EQ(add({.sender = 3, .max_fee = 10 * kGwei}, Origin::Promised), Verdict::Accepted);
    EXPECT_EQ(add({.sender = 4, .max_fee = 20 * kGwei}, Origin::Public), Verdict::FeeTooLow);
    EXPECT_EQ(add({.sender = 4, .nonce = 1, .max_fee = 90 * kGwei}, Origin::Public),
              Verdict::FutureReplacesPending);
    (void)events_of(*queue);
    EXPECT_EQ(add({.sender = 4, .max_fee = 21 * kGwei}, Origin::Public), Verdict::Accepted);
    const auto events = events_of(*queue);
    ASSERT_EQ(events.size(), 2U);
    EXPECT_EQ(events[0].kind, PoolEvent::Kind::Dropped);
    EXPECT_EQ(events[0].reason, DropReason::Evicted);
    EXPECT_EQ(events[0].sender, sender_of(1));
    EXPECT_EQ(pool->statistics().evicted, 1U);
    // What was promised stays, however cheap it is.
    ASSERT_EQ(add({.sender = 5, .max_fee = 50 * kGwei}, Origin::Promised), Verdict::Accepted);
    ASSERT_EQ(add({.sender = 6, .max_fee = 50 * kGwei}, Origin::Promised), Verdict::Accepted);
    EXPECT_EQ(add({.sender = 7, .max_fee = 90 * kGwei}, Origin::Public), Verdict::PoolFull);
    EXPECT_EQ(pool->of_sender(sender_of(3), 10).size(), 1U);
}

TEST_F(PoolRulesTest, TheFutureMakesRoomForThePresent) {
    const auto pool = make_pool({.transactions_max = 3});
    ASSERT_EQ(pool->add(transaction({.sender = 1, .max_fee = 20 * kGwei}), Origin::Public),
              Verdict::Accepted);
    ASSERT_EQ(
        pool->add(transaction({.sender = 2, .nonce = 5, .max_fee = 90 * kGwei}), Origin::Public),
        Verdict::Accepted);
    ASSERT_EQ(
        pool->add(transaction({.sender = 2, .nonce = 7, .max_fee = 80 * kGwei}), Origin::Public),
        Verdict::Accepted);
    ASSERT_EQ(pool->add(transaction({.sender = 3, .max_fee = 15 * kGwei}), Origin::Public),
              Verdict::Accepted);
    const auto left = pool->of_sender(sender_of(2), 10);
    ASSERT_EQ(left.size(), 1U);
    EXPECT_EQ(left[0].transaction.transaction.nonce, 5U) << "the cheaper one of the queue goes";
}

TEST_F(PoolRulesTest, EvictingFromTheMiddleQueuesWhatFollows) {
    const auto pool = make_pool({.transactions_max = 4});
    ASSERT_EQ(pool->add(transaction({.nonce = 0, .max_fee = 50 * kGwei}), Origin::Public),
              Verdict::Accepted);
    ASSERT_EQ(pool->add(transaction({.nonce = 1, .max_fee = 20 * kGwei}), Origin::Public),
              Verdict::Accepted);
    ASSERT_EQ(pool->add(transaction({.nonce = 2, .max_fee = 50 * kGwei}), Origin::Public),
              Verdict::Accepted);
    ASSERT_EQ(pool->add(transaction({.sender = 2, .max_fee = 50 * kGwei}), Origin::Public),
              Verdict::Accepted);
    ASSERT_EQ(pool->add(transaction({.sender = 3, .max_fee = 50 * kGwei}), Origin::Public),
              Verdict::Accepted);
    EXPECT_EQ(pool->status().executable, 3U);
    EXPECT_EQ(pool->status().queued, 1U);
    EXPECT_EQ(pool->next_nonce(sender_of(1)), 1U);
    // Next goes what stands behind the gap.
    ASSERT_EQ(pool->add(transaction({.sender = 4, .max_fee = 11 * kGwei}), Origin::Public),
              Verdict::Accepted);
    EXPECT_EQ(pool->of_sender(sender_of(1), 10).size(), 1U);
}

TEST_F(PoolRulesTest, TheFutureExpires) {
    const auto pool = make_pool({.lifetime_s = 100});
    const auto queue = pool->subscribe();
    pool->tick(1000);
    ASSERT_EQ(pool->add(transaction({.sender = 1, .nonce = 1})), Verdict::Accepted);
    ASSERT_EQ(pool->add(transaction({.sender = 1, .nonce = 3})), Verdict::Accepted);
    ASSERT_EQ(pool->add(transaction({.sender = 2, .nonce = 0})), Verdict::Accepted);
    ASSERT_EQ(pool->add(transaction({.sender = 2, .nonce = 2})), Verdict::Accepted);
    pool->tick(1090);
    EXPECT_EQ(pool->size(), 4U);
    // Something of the sender that can be executed lets the others wait longer.
    ASSERT_EQ(pool->add(transaction({.sender = 1, .nonce = 0})), Verdict::Accepted);
    (void)events_of(*queue);
    pool->tick(1151);
    EXPECT_EQ(pool->size(), 4U);
    EXPECT_EQ(pool->of_sender(sender_of(2), 10).size(), 1U);
    const auto events = events_of(*queue);
    ASSERT_EQ(events.size(), 1U);
    EXPECT_EQ(events[0].reason, DropReason::Expired);
    EXPECT_EQ(events[0].nonce, 2U);
    EXPECT_EQ(pool->statistics().expired, 1U);
}

TEST_F(PoolRulesTest, BlobsHaveNoGapsNoMixtureAndACapOfTheirOwn) {
    const auto pool = make_pool({.blobs_per_sender_max = 2});
    EXPECT_EQ(pool->add(transaction({.nonce = 1, .blobs = 1})), Verdict::NonceTooHigh);
    EXPECT_EQ(pool->add(transaction({.blobs = 1, .max_blob_fee = 0})), Verdict::FeeTooLow);
    ASSERT_EQ(pool->add(transaction({.blobs = 1})), Verdict::Accepted);
    EXPECT_EQ(pool->add(transaction({.nonce = 1})), Verdict::AddressReserved);
    ASSERT_EQ(pool->add(transaction({.nonce = 1, .blobs = 1})), Verdict::Accepted);
    EXPECT_EQ(pool->add(transaction({.nonce = 2, .blobs = 1})), Verdict::SenderLimit);
    ASSERT_EQ(pool->add(transaction({.sender = 2})), Verdict::Accepted);
    EXPECT_EQ(pool->add(transaction({.sender = 2, .nonce = 1, .blobs = 1})),
              Verdict::AddressReserved);
    EXPECT_EQ(pool->add(transaction({.sender = 3, .authorities = {1}})),
              Verdict::AuthorityReserved);
}

TEST_F(PoolRulesTest, WithoutSidecarsBlobsAreRefusedWhereTheyWouldBeAskedFor) {
    const auto pool = make_pool({.takes_blobs = false});
    EXPECT_EQ(pool->add(transaction({.blobs = 1})), Verdict::SidecarMissing);
    EXPECT_EQ(refusal_text(Verdict::SidecarMissing), "missing sidecar in blob transaction");
    EXPECT_EQ(pool->add(transaction({})), Verdict::Accepted);
}

TEST_F(PoolRulesTest, BlobsAreReplacedForTwiceTheFees) {
    const auto pool = make_pool();
    const Fields first = {.max_fee = 1000, .tip = 100, .blobs = 1, .max_blob_fee = 10};
    ASSERT_EQ(pool->add(transaction(first)), Verdict::Accepted);
    for (const Fields& low : {Fields{.max_fee = 1999, .tip = 200, .blobs = 1, .max_blob_fee = 20},
                              Fields{.max_fee = 2000, .tip = 199, .blobs = 1, .max_blob_fee = 20},
                              Fields{.max_fee = 2000, .tip = 200, .blobs = 1, .max_blob_fee = 19}})
        EXPECT_EQ(pool->add(transaction(low)), Verdict::ReplacementUnderpriced);
    EXPECT_EQ(pool->add(transaction({.max_fee = 2000, .tip = 200, .blobs = 1, .max_blob_fee = 20})),
              Verdict::Accepted);
    EXPECT_EQ(pool->size(), 1U);
}

TEST_F(PoolRulesTest, EvictionOpensNoGapBeforeBlobs) {
    const auto pool = make_pool({.transactions_max = 3});
    for (uint64_t nonce = 0; nonce < 3; ++nonce)
        ASSERT_EQ(
            pool->add(transaction(
                          {.nonce = nonce, .max_fee = (nonce == 0 ? 20 : 50) * kGwei, .blobs = 1}),
                      Origin::Public),
            Verdict::Accepted);
    ASSERT_EQ(pool->add(transaction({.sender = 2, .max_fee = 21 * kGwei}), Origin::Public),
              Verdict::Accepted);
    EXPECT_EQ(pool->next_nonce(sender_of(1)), 2U);
    EXPECT_EQ(pool->status().queued, 0U);
}

TEST_F(PoolRulesTest, ADelegatedAccountHasOneInFlight) {
    delegate(1);
    const auto pool = make_pool();
    EXPECT_EQ(pool->add(transaction({.nonce = 1})), Verdict::DelegatedGap);
    ASSERT_EQ(pool->add(transaction({.nonce = 0})), Verdict::Accepted);
    EXPECT_EQ(pool->add(transaction({.nonce = 1})), Verdict::DelegatedInFlight);
    EXPECT_EQ(pool->add(transaction({.nonce = 0, .max_fee = 200 * kGwei, .tip = 2 * kGwei})),
              Verdict::Accepted)
        << "a replacement is not a second one";
    EXPECT_EQ(pool->take_block(target()).size(), 1U);
    EXPECT_EQ(pool->add(transaction({.nonce = 1})), Verdict::DelegatedInFlight)
        << "the first is under way in a block";
}

TEST_F(PoolRulesTest, APendingAuthorizationCountsLikeADelegation) {
    const auto pool = make_pool();
    ASSERT_EQ(pool->add(transaction({.sender = 2, .nonce = 0})), Verdict::Accepted);
    ASSERT_EQ(pool->add(transaction({.sender = 2, .nonce = 1})), Verdict::Accepted);
    EXPECT_EQ(pool->add(transaction({.sender = 1, .authorities = {2}})),
              Verdict::AuthorityReserved);
    ASSERT_EQ(pool->add(transaction({.sender = 1, .authorities = {3, 4}})), Verdict::Accepted);
    ASSERT_EQ(pool->add(transaction({.sender = 3, .nonce = 0})), Verdict::Accepted);
    EXPECT_EQ(pool->add(transaction({.sender = 3, .nonce = 1})), Verdict::DelegatedInFlight);
    EXPECT_EQ(pool->add(transaction({.sender = 4, .nonce = 1})), Verdict::DelegatedGap);
    // With the authorization goes the limit.
    BlockTarget one = target();
    one.transactions_max = 1;
    const auto taken = pool->take_block(one);
    ASSERT_EQ(taken.size(), 1U);
    for (const SignedTransaction& item : pool->take_block(target()))
        EXPECT_NE(item.sender, sender_of(9));
    EXPECT_EQ(pool->add(transaction({.sender = 4, .nonce = 1})), Verdict::Accepted);
}

TEST_F(PoolRulesTest, WhatWasTakenBackReturnsInItsOrderIfItFits) {
    const auto pool = make_pool({.spread_percent = 0});
    for (uint64_t nonce = 0; nonce < 3; ++nonce)
        ASSERT_EQ(pool->add(transaction({.sender = 1, .nonce = nonce})), Verdict::Accepted);
    ASSERT_EQ(pool->add(transaction({.sender = 2})), Verdict::Accepted);
    const auto mined = pool->take_block(target());
    ASSERT_EQ(mined.size(), 4U);
    set_account(1, 3, Uint256{1'000'000'000 * kGwei});
    set_account(2, 1, Uint256{1'000'000'000 * kGwei});
    pool->set_head(head());
    EXPECT_EQ(pool->size(), 0U);
    ASSERT_EQ(pool->add(transaction({.sender = 3})), Verdict::Accepted);

    // The other branch holds sender 1's first, and sender 2 has lost its money there.
    set_account(1, 1, Uint256{1'000'000'000 * kGwei});
    set_account(2, 0, Uint256{1});
    const auto queue = pool->subscribe();
    pool->set_head(head(), mined);
    EXPECT_EQ(pool->statistics().returned, 2U);
    EXPECT_EQ(pool->statistics().returned_refused, 2U);
    std::map<Address, Verdict> dropped;
    for (const PoolEvent& event : events_of(*queue))
        if (event.kind == PoolEvent::Kind::Dropped) {
            EXPECT_EQ(event.reason, DropReason::NotValidAfterReorg);
            dropped[event.sender] = event.verdict;
        }
    EXPECT_EQ(dropped[sender_of(1)], Verdict::NonceTooLow);
    EXPECT_EQ(dropped[sender_of(2)], Verdict::InsufficientFunds);
    const auto block = pool->take_block(target());
    ASSERT_EQ(block.size(), 3U);
    EXPECT_EQ(block[0].transaction.nonce, 1U) << "what returns stands before later arrivals";
    EXPECT_EQ(block[1].transaction.nonce, 2U);
    EXPECT_EQ(block[2].sender, sender_of(3));
}

TEST_F(PoolRulesTest, WhatExecutionRefusesLeavesAGapAndAWord) {
    const auto pool = make_pool();
    for (uint64_t nonce = 0; nonce < 3; ++nonce)
        ASSERT_EQ(pool->add(transaction({.nonce = nonce})), Verdict::Accepted);
    auto taken = pool->take_block(target());
    ASSERT_EQ(taken.size(), 3U);
    const SignedTransaction guilty = taken[1];
    taken.erase(taken.begin() + 1);
    const auto queue = pool->subscribe();
    pool->put_back(taken);
    pool->reject(guilty, Verdict::SenderHasCode);
    EXPECT_EQ(pool->status().executable, 1U);
    EXPECT_EQ(pool->status().queued, 1U);
    EXPECT_EQ(pool->statistics().rejected, 1U);
    const auto events = events_of(*queue);
    ASSERT_FALSE(events.empty());
    EXPECT_EQ(events.back().reason, DropReason::Rejected);
    EXPECT_EQ(events.back().verdict, Verdict::SenderHasCode);
    EXPECT_EQ(pool->add(transaction({.nonce = 1, .tip = 3})), Verdict::Accepted);
    EXPECT_EQ(pool->take_block(target()).size(), 3U);
}

TEST_F(PoolRulesTest, APreviewLeavesThePoolAsItWas) {
    const auto pool = make_pool();
    for (uint8_t sender = 1; sender <= 5; ++sender)
        for (uint64_t nonce = 0; nonce < 3; ++nonce)
            ASSERT_EQ(
                pool->add(transaction(
                    {.sender = sender, .nonce = nonce, .tip = (sender * 7 + nonce) % 5 * kGwei})),
                Verdict::Accepted);
    const auto first = pool->preview_block(target());
    EXPECT_EQ(pool->size(), 15U);
    const auto second = pool->preview_block(target());
    const auto taken = pool->take_block(target());
    ASSERT_EQ(taken.size(), 15U);
    for (size_t i = 0; i < taken.size(); ++i) {
        EXPECT_EQ(first[i].hash, taken[i].hash);
        EXPECT_EQ(second[i].hash, taken[i].hash);
        EXPECT_EQ(first[i].transaction, taken[i].transaction);
    }
}

TEST_F(PoolRulesTest, TellsWhatItHasInPieces) {
    const auto pool = make_pool();
    for (uint8_t sender = 1; sender <= 7; ++sender)
        for (uint64_t nonce = 0; nonce < 2; ++nonce)
            ASSERT_EQ(pool->add(transaction({.sender = sender, .nonce = nonce})),
                      Verdict::Accepted);
    std::set<Bytes32> seen;
    std::optional<uint32_t> from = 0;
    size_t pieces = 0;
    while (from) {
        std::vector<PooledTransaction> piece;
        from = pool->content(*from, 4, piece);
        EXPECT_LE(piece.size(), 4U);
        for (const PooledTransaction& item : piece)
            EXPECT_TRUE(seen.insert(item.transaction.hash).second);
        ++pieces;
    }
    EXPECT_EQ(seen.size(), 14U);
    EXPECT_GE(pieces, 4U);
    const auto found = pool->find(transaction({.sender = 3, .nonce = 1}).hash);
    ASSERT_TRUE(found.has_value());
    EXPECT_TRUE(found->executable);
    EXPECT_FALSE(pool->find(Bytes32{{1}}).has_value());
}

TEST_F(PoolRulesTest, AListenerThatSleepsMissesTheOldestAndKnowsIt) {
    PoolEventQueue queue(2);
    for (uint64_t nonce = 0; nonce < 5; ++nonce) {
        PoolEvent event;
        event.nonce = nonce;
        queue.push(event);
    }
    std::vector<PoolEvent> out(4);
    ASSERT_EQ(queue.poll(out), 2U);
    EXPECT_EQ(out[0].nonce, 3U);
    EXPECT_EQ(out[1].nonce, 4U);
    EXPECT_EQ(queue.missed(), 3U);
}

TEST_F(PoolRulesTest, EveryRefusalHasItsOwnWords) {
    std::set<std::string_view> texts;
    for (size_t i = 1; i < kVerdictCount; ++i) {
        const std::string_view text = refusal_text(static_cast<Verdict>(i));
        EXPECT_FALSE(text.empty());
        EXPECT_NE(text, "unknown") << i;
        EXPECT_TRUE(texts.insert(text).second) << text;
    }
    EXPECT_EQ(refusal_text(Verdict::NonceTooLow), "nonce too low");
    EXPECT_EQ(refusal_text(Verdict::InsufficientFunds),
              "insufficient funds for gas * price + value");
    EXPECT_EQ(refusal_text(Verdict::ReplacementUnderpriced), "replacement transaction underpriced");
}

}  // namespace
}  // namespace switchyard
